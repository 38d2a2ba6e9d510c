import { bigint, pgTable, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { users } from './users.ts'

/** Apps that show a code every thirty seconds (TOTP, RFC 6238); one a user. */
export const authenticators = pgTable('authenticators', {
  userId: uuid('user_id')
    .primaryKey()
    .references(() => users.id),
  sealedSecret: bytea('sealed_secret').notNull(), // AES-256-GCM under the account key
  createdAt: instant('created_at').notNull().defaultNow(),
  confirmedAt: instant('confirmed_at'), // null until the first code was right: asked for by nobody before
  lastStep: bigint('last_step', { mode: 'number' }).notNull().default(0), // of the last code taken: no code twice
}).enableRLS()
