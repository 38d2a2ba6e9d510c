import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { users } from './users.ts'

/** Between password and second factor: no session yet. Also what a passkey is asked to sign. */
export const pendingLogIns = pgTable(
  'pending_log_ins',
  {
    idHash: bytea('id_hash').primaryKey(), // SHA-256 of the cookie's value
    userId: uuid('user_id').references(() => users.id), // null where a passkey is to tell who it is
    challenge: text('challenge'), // base64url; taken by the first answer
    expiresAt: instant('expires_at').notNull(),
  },
  (pending) => [index('pending_log_ins_expires').on(pending.expiresAt)],
).enableRLS()
