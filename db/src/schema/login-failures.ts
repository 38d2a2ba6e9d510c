import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** Wrong passwords counted per key: an e-mail at an address, an e-mail, an address. Keys are hashes. */
export const loginFailures = pgTable('login_failures', {
  key: text('key').primaryKey(),
  failures: integer('failures').notNull(),
  lastAt: instant('last_at').notNull().defaultNow(),
  lockedUntil: instant('locked_until'),
}).enableRLS()
