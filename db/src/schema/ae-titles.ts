import { pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { ofTenant } from './tenant-columns.ts'

/** The called AE titles that mean a practice; unique over the system, at most 16 characters (PS3.5 §6.2). */
export const aeTitles = pgTable(
  'ae_titles',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    aeTitle: text('ae_title').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (row) => [uniqueIndex('ae_titles_ae_title').on(row.aeTitle), ownTenantOnly(row.tenantId)],
)
