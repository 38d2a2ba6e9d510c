import { pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { systemOnly } from './policies.ts'

/** One row per running process that reads or writes objects, and what it knows of a move of the store. */
export const storageWatchers = pgTable(
  'storage_watchers',
  {
    id: uuid('id').primaryKey(), // of one run of the process
    process: text('process').notNull(), // gateway, worker or cli, its process id and host
    seenAt: instant('seen_at').notNull().defaultNow(), // said again every few seconds
    moveId: uuid('move_id'), // the move it takes part in; null without one
    moveState: text('move_state'), // as far as it goes along
    failure: text('failure'), // why it does not go along
  },
  () => [systemOnly()],
)
