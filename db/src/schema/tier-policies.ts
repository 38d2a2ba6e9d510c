import { sql } from 'drizzle-orm'
import { boolean, check, integer, pgTable, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { tenants } from './tenants.ts'

/** When a practice's originals go to cheaper storage; no row until its owner has chosen: nothing moves then. */
export const tierPolicies = pgTable(
  'tier_policies',
  {
    tenantId: uuid('tenant_id')
      .primaryKey()
      .references(() => tenants.id),
    enabled: boolean('enabled').notNull().default(false),
    hotMonths: integer('hot_months').notNull().default(6), // calendar months from arrival
    warmMonths: integer('warm_months').notNull().default(24), // calendar months from arrival
    cold: boolean('cold').notNull().default(true), // false: warm for good
    evict: boolean('evict').notNull().default(true), // Orthanc's copy goes when the hot months are over
    keepCases: boolean('keep_cases').notNull().default(true), // patients under treatment stay as they are
    changedAt: instant('changed_at').notNull().defaultNow(),
  },
  (row) => [
    check(
      'tier_policies_months',
      sql`0 <= ${row.hotMonths} AND ${row.hotMonths} <= ${row.warmMonths} AND ${row.warmMonths} <= 1200`,
    ),
    ownTenantOnly(row.tenantId),
  ],
)
