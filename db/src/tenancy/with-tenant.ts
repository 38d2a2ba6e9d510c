import { sql } from 'drizzle-orm'
import type { Database, Transaction } from '../database.ts'

/**
 * Runs `work` in a transaction that sees and changes the rows of one practice alone (row-level security).
 * Every query on tenant data goes through here.
 *
 * @param tenantId id of the practice, from an authenticated credential, never from a request's parameters
 * @see asSystem for the few rows that belong to no practice
 */
export function withTenant<T>(
  db: Database,
  tenantId: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`SELECT set_config('bitewing.tenant_id', ${tenantId}, true)`)
    return work(tx)
  })
}
