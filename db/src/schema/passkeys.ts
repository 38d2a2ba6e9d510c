import { bigint, index, pgTable, text } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { byUser } from './tenant-columns.ts'

/** WebAuthn credentials of users. */
export const passkeys = pgTable(
  'passkeys',
  {
    id: text('id').primaryKey(), // credential id, base64url
    userId: byUser('user_id'),
    name: text('name').notNull(), // as its user calls it
    publicKey: bytea('public_key').notNull(), // COSE
    counter: bigint('counter', { mode: 'number' }).notNull(), // signatures; 0 for ever where the device does not count
    transports: text('transports').array().notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    lastUsedAt: instant('last_used_at'),
  },
  (passkey) => [index('passkeys_user').on(passkey.userId)],
).enableRLS()
