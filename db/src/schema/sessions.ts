import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { byUser } from './tenant-columns.ts'
import { tenants } from './tenants.ts'

/** Logged-in browsers. The session id itself is only in the cookie; here lies its SHA-256. */
export const sessions = pgTable(
  'sessions',
  {
    idHash: bytea('id_hash').primaryKey(), // SHA-256 of the session id
    publicId: uuid('public_id').notNull().defaultRandom(), // names the session in the audit log
    userId: byUser('user_id'),
    activeTenantId: uuid('active_tenant_id').references(() => tenants.id),
    expiresAt: instant('expires_at').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    confirmedAt: instant('confirmed_at').notNull().defaultNow(), // its user gave the password last
    address: text('address'), // it was opened from
    agent: text('agent'), // browser and system, in two words
  },
  (session) => [index('sessions_user').on(session.userId), index('sessions_expires').on(session.expiresAt)],
).enableRLS()
