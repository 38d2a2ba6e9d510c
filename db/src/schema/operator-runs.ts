import { jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { systemOnly } from './policies.ts'

/** How far a long command of the operator came, so that it goes on there; the row goes when it is through. */
export const operatorRuns = pgTable(
  'operator_runs',
  {
    name: text('name').primaryKey(), // command and practice
    cursor: text('cursor').notNull(),
    found: jsonb('found').$type<unknown>().notNull(), // what it counted so far
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  () => [systemOnly()],
)
