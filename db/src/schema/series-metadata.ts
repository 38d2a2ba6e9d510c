import { index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { series } from './series.ts'
import { ofTenant } from './tenant-columns.ts'

/** Assembled series metadata answers, compressed; `key` covers members, public URL, scope and overlay version. */
export const seriesMetadata = pgTable(
  'series_metadata',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    seriesId: uuid('series_id').notNull(),
    key: text('key').notNull(),
    gzip: bytea('gzip').notNull(),
    madeAt: instant('made_at').notNull().defaultNow(),
  },
  (row) => [
    uniqueIndex('series_metadata_key').on(row.seriesId, row.key),
    index('series_metadata_tenant').on(row.tenantId),
    sameTenant(row.tenantId, row.seriesId, series),
    ownTenantOnly(row.tenantId),
  ],
)
