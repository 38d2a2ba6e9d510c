import { boolean, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** Staff and operators, over all practices. The app's role has no right here: only the named doors read it. */
export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    email: text('email').notNull(), // lower case
    name: text('name').notNull(),
    passwordHash: text('password_hash').notNull(), // argon2id, PHC string
    isOperator: boolean('is_operator').notNull().default(false),
    locale: text('locale').notNull().default('fr'),
    disabledAt: instant('disabled_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (user) => [uniqueIndex('users_email').on(user.email)],
).enableRLS()
