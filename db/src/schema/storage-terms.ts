import { boolean, integer, jsonb, pgPolicy, pgTable, text } from 'drizzle-orm/pg-core'
import { sql } from 'drizzle-orm'
import { instant } from './columns.ts'
import { appRole, systemOnly } from './policies.ts'
import type { StoragePrices } from '../storage/storage-prices.ts'

/** What the object store can do and what it costs, as the worker found it: one row, for pages that do not ask the store. */
export const storageTerms = pgTable(
  'storage_terms',
  {
    name: text('name').primaryKey(), // 'store'
    warm: boolean('warm').notNull(), // there is a cheaper class that is read at once
    cold: text('cold', { enum: ['at-once', 'after-recall'] }), // how the cheapest class is read; null: there is none
    recallHours: integer('recall_hours').notNull(), // the longest that the store says a recall takes
    prices: jsonb('prices').$type<StoragePrices>().notNull(),
    readAt: instant('read_at').notNull().defaultNow(),
  },
  () => [
    systemOnly(),
    pgPolicy('read_by_all', { for: 'select', to: appRole, using: sql`true` }), // prices, nobody's data
  ],
)
