import { pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { tenants } from './tenants.ts'
import { treatmentCases } from './treatment-cases.ts'
import { users } from './users.ts'

/** One of the alternatives of a case. What it says stands in its versions. */
export const plans = pgTable(
  'plans',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    caseId: uuid('case_id')
      .notNull()
      .references(() => treatmentCases.id),
    letter: text('letter').notNull(), // A, B, C …
    createdBy: uuid('created_by')
      .notNull()
      .references(() => users.id),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (plan) => [uniqueIndex('plans_letter').on(plan.caseId, plan.letter), ownTenantOnly(plan.tenantId)],
)
