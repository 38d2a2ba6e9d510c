import { pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { created, ofTenant } from './tenant-columns.ts'
import { treatmentCases } from './treatment-cases.ts'

/** One of the alternatives of a case. What it says stands in its versions. */
export const plans = pgTable(
  'plans',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    caseId: uuid('case_id').notNull(),
    letter: text('letter').notNull(), // A, B, C …
    ...created(),
  },
  (plan) => [
    uniqueIndex('plans_tenant_id').on(plan.tenantId, plan.id), // for sameTenant
    uniqueIndex('plans_letter').on(plan.caseId, plan.letter),
    sameTenant(plan.tenantId, plan.caseId, treatmentCases),
    ownTenantOnly(plan.tenantId),
  ],
)
