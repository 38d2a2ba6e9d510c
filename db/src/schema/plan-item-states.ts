import { sql } from 'drizzle-orm'
import { date, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { itemStates } from '../plan-rules/index.ts'
import { instant } from './columns.ts'
import { plans } from './plans.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { ofTenant } from './tenant-columns.ts'
import { users } from './users.ts'

/** Where the items of a plan stand; kept apart from its versions, which do not change. No row: proposed. */
export const planItemStates = pgTable(
  'plan_item_states',
  {
    planId: uuid('plan_id').notNull(),
    itemId: uuid('item_id').notNull(), // in the versions' content, the same in all of them
    tenantId: ofTenant(),
    state: text('state', { enum: itemStates }).notNull(),
    day: date('day'), // when it is to be done, or was
    due: date('due'), // when the next of its milestones is expected: see `noteDue`
    changedBy: uuid('changed_by').references(() => users.id), // null: the patient, by signing through a link
    changedAt: instant('changed_at').notNull().defaultNow(),
  },
  (row) => [
    primaryKey({ columns: [row.planId, row.itemId] }),
    index('plan_item_states_due')
      .on(row.tenantId, row.due)
      .where(sql`due IS NOT NULL`),
    sameTenant(row.tenantId, row.planId, plans),
    ownTenantOnly(row.tenantId),
  ],
)
