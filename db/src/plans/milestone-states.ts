import { inArray } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import type { PlannedDay } from '../plan-rules/index.ts'
import { planMilestoneStates } from '../schema/index.ts'

/** What is known of a milestone: a day set by somebody, the day it was reached, and who wrote it down. */
export type MilestoneState = PlannedDay & {
  /** null when nobody of that id is left */
  by: string | null
}

/** What is known of the milestones of plans, by plan and milestone. Inside withTenant. */
export async function milestoneStates(
  tx: Transaction,
  planIds: string[],
): Promise<Record<string, Record<string, MilestoneState>>> {
  if (planIds.length === 0) return {}
  const rows = await tx
    .select({
      planId: planMilestoneStates.planId,
      milestoneId: planMilestoneStates.milestoneId,
      expected: planMilestoneStates.expected,
      actual: planMilestoneStates.actual,
      by: userName(planMilestoneStates.changedBy),
    })
    .from(planMilestoneStates)
    .where(inArray(planMilestoneStates.planId, planIds))
  const found: Record<string, Record<string, MilestoneState>> = {}
  for (const { planId, milestoneId, ...state } of rows) (found[planId] ??= {})[milestoneId] = state
  return found
}
