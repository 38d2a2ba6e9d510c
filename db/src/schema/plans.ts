import { pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { ownTenantOnly } from './policies.ts'
import { created, ofTenant } from './tenant-columns.ts'
import { treatmentCases } from './treatment-cases.ts'

/** One of the alternatives of a case. What it says stands in its versions. */
export const plans = pgTable(
  'plans',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    caseId: uuid('case_id')
      .notNull()
      .references(() => treatmentCases.id),
    letter: text('letter').notNull(), // A, B, C …
    ...created(),
  },
  (plan) => [uniqueIndex('plans_letter').on(plan.caseId, plan.letter), ownTenantOnly(plan.tenantId)],
)
