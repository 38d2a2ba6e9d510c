import { sql } from 'drizzle-orm'
import { check, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { systemOnly } from './policies.ts'

/** One row per move of all objects from one store to another. */
export const storageMoves = pgTable(
  'storage_moves',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    fromUrl: text('from_url').notNull(), // as STORAGE_URL, without credentials
    toUrl: text('to_url').notNull(),
    // copying: the old store counts; switched: the new one does, the old is kept up; done: the new one alone
    state: text('state', { enum: ['copying', 'switched', 'done', 'cancelled'] }).notNull(),
    startedAt: instant('started_at').notNull().defaultNow(),
    switchedAt: instant('switched_at'),
    endedAt: instant('ended_at'),
  },
  (move) => [
    uniqueIndex('storage_moves_one')
      .on(sql`(true)`)
      .where(sql`${move.endedAt} IS NULL`),
    check(
      'storage_moves_ended',
      sql`(${move.state} IN ('done', 'cancelled')) = (${move.endedAt} IS NOT NULL)`,
    ),
    systemOnly(),
  ],
)
