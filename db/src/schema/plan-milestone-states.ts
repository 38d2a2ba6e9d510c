import { date, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { plans } from './plans.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { byUser, ofTenant } from './tenant-columns.ts'

/** What is known of the milestones of a plan's items; kept apart from its versions, which do not change. */
export const planMilestoneStates = pgTable(
  'plan_milestone_states',
  {
    planId: uuid('plan_id').notNull(),
    milestoneId: uuid('milestone_id').notNull(), // in the versions' content, the same in all of them
    tenantId: ofTenant(),
    expected: date('expected'), // set by somebody, or as it was when the milestone was reached; null: by its offset
    actual: date('actual'), // null: not reached
    changedBy: byUser('changed_by'),
    changedAt: instant('changed_at').notNull().defaultNow(),
  },
  (row) => [
    primaryKey({ columns: [row.planId, row.milestoneId] }),
    sameTenant(row.tenantId, row.planId, plans),
    ownTenantOnly(row.tenantId),
  ],
)
