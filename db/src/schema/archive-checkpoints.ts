import { bigint, pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { systemOnly } from './policies.ts'

/** How far the changes feed of each Orthanc has been followed. */
export const archiveCheckpoints = pgTable(
  'archive_checkpoints',
  {
    archiveId: text('archive_id').primaryKey(),
    lastChange: bigint('last_change', { mode: 'number' }).notNull(), // Seq of the last change that was taken over
    databaseId: text('database_id').notNull().default(''), // DatabaseServerIdentifier: a new database starts from 0
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  () => [systemOnly()],
)
