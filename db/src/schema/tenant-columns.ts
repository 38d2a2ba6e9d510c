import { uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { tenants } from './tenants.ts'
import { users } from './users.ts'

/** Whose row it is; stands with the policy `ownTenantOnly`. */
export const ofTenant = () =>
  uuid('tenant_id')
    .notNull()
    .references(() => tenants.id)

/** Somebody of the staff, still or once. */
export const byUser = (name: string) =>
  uuid(name)
    .notNull()
    .references(() => users.id)

/** Who made a row, and when. */
export const created = () => ({
  createdBy: byUser('created_by'),
  createdAt: instant('created_at').notNull().defaultNow(),
})

/** Who changed a row last, and when; who made it, when nobody has. */
export const changed = () => ({
  changedBy: byUser('changed_by'),
  changedAt: instant('changed_at').notNull().defaultNow(),
})
