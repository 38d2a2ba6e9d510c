import { and, eq, inArray } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Transaction } from '../database.ts'
import { noteDue } from '../plans/note-due.ts'
import { lockPlan } from '../plans/set-item-state.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { planItemStates } from '../schema/index.ts'
import type { PlannedVisit } from './plan-visits.ts'

/**
 * What the patient has accepted of a visit is scheduled by booking it, and only accepted again when that ends. Items
 * that stand anywhere else stay: to start and finish treatment is for those who treat. Inside withTenant.
 *
 * @param day      ISO date of the appointment
 * @param schedule whether it is booked, or no longer
 */
export async function scheduleVisit(
  tx: Transaction,
  staff: Staff,
  {
    patientId,
    visit,
    day,
    schedule,
  }: { patientId: string; visit: PlannedVisit; day: string; schedule: boolean },
): Promise<void> {
  const [from, to] = schedule ? (['accepted', 'scheduled'] as const) : (['scheduled', 'accepted'] as const)
  const ids = visit.items.map(({ id }) => id)
  if (ids.length === 0 || !(await lockPlan(tx, { patientId, planId: visit.planId }))) return
  const moved = await tx
    .update(planItemStates)
    .set({ state: to, day: schedule ? day : null, changedBy: staff.userId, changedAt: new Date() })
    .where(
      and(
        eq(planItemStates.planId, visit.planId),
        inArray(planItemStates.itemId, ids),
        eq(planItemStates.state, from),
        // somebody may have given it another day since
        schedule ? undefined : eq(planItemStates.day, day),
      ),
    )
    .returning({ itemId: planItemStates.itemId })
  if (moved.length > 0) await noteDue(tx, visit.planId)
  for (const { itemId } of moved)
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'plan.item-moved',
      patientId,
      detail: { planId: visit.planId, itemId, from, to },
    })
}
