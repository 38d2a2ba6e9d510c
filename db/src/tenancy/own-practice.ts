import { sql } from 'drizzle-orm'
import { tenants } from '../schema/index.ts'

/**
 * The practice that `withTenant` names, said in the query itself: whoever owns the tables, as a start does that makes the
 * demo, sees every row of `tenants`.
 */
export const ownPractice = sql`${tenants.id} = current_tenant_id()`
