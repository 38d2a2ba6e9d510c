import { practiceClock } from '../appointments/practice-clock.ts'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database } from '../database.ts'
import { milestoneDays, planItems, type PlannedDay } from '../plan-rules/index.ts'
import { planMilestoneStates } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { milestoneStates } from './milestone-states.ts'
import { noteDue } from './note-due.ts'
import { itemState, lockPlan, moveItem, type ItemMove } from './set-item-state.ts'
import { shownContent } from './shown-content.ts'
import { staffEvent, type Staff } from './staff.ts'

export type MilestoneSet = {
  outcome: 'set'
  /** what to ask for to take the step back */
  back: { from: PlannedDay; to: PlannedDay; item: Omit<ItemMove, 'itemId'> | null }
}

/**
 * Notes that a milestone of a presented plan's item was reached, or when it is expected. The first that is reached
 * begins its item: what is under way is declined no more. What was expected then is kept, so that it stays known how
 * late it was.
 *
 * @param change.from what is known of it for who changes it: somebody else may have written meanwhile
 * @param change.item the item's step back, where a step is taken back
 * @returns `no-such-step` where the patient has not accepted the item, or the day is still to come
 */
export function setMilestone(
  db: Database,
  staff: Staff,
  change: {
    patientId: string
    planId: string
    milestoneId: string
    from: PlannedDay
    to: PlannedDay
    item: Omit<ItemMove, 'itemId'> | null
  },
): Promise<MilestoneSet | { outcome: 'absent' | 'changed' | 'no-such-step' }> {
  const { patientId, planId, milestoneId, from, to } = change
  return withTenant(db, staff.tenantId, async (tx) => {
    if (!(await lockPlan(tx, { patientId, planId }))) return { outcome: 'absent' }
    const content = await shownContent(tx, planId)
    const item =
      content &&
      planItems(content).find(({ milestones = [] }) => milestones.some(({ id }) => id === milestoneId))
    if (!item) return { outcome: 'absent' }
    const noted = (await milestoneStates(tx, [planId]))[planId] ?? {}
    const { expected, actual } = noted[milestoneId] ?? { expected: null, actual: null }
    if (expected !== from.expected || actual !== from.actual) return { outcome: 'changed' }
    const standing = await itemState(tx, planId, item.id)
    if (standing.state === 'proposed' || standing.state === 'declined') return { outcome: 'no-such-step' }

    if (to.actual !== null && to.actual > (await practiceClock(tx)).day) return { outcome: 'no-such-step' }

    const reached = to.actual !== null && from.actual === null
    const begins = reached && (standing.state === 'accepted' || standing.state === 'scheduled')
    const others = Object.fromEntries(Object.entries(noted).filter(([id]) => id !== milestoneId))
    const byOffset = milestoneDays(item.milestones ?? [], standing, others)[milestoneId]?.expected ?? null
    // the day that its offset says moves on with what comes before, until it is reached
    const setByHand = to.expected === byOffset ? null : to.expected
    const kept = {
      expected: to.actual === null ? setByHand : (to.expected ?? (reached ? byOffset : null)),
      actual: to.actual,
    }
    const step = begins ? { from: standing.state, to: 'in-progress' as const, day: to.actual } : change.item
    if (step) {
      const moved = await moveItem(tx, staff, { patientId, planId, itemId: item.id, ...step })
      if (moved !== 'set') return { outcome: moved }
    }
    const values = { ...kept, changedBy: staff.userId, changedAt: new Date() }
    await tx
      .insert(planMilestoneStates)
      .values({ planId, milestoneId, tenantId: staff.tenantId, ...values })
      .onConflictDoUpdate({
        target: [planMilestoneStates.planId, planMilestoneStates.milestoneId],
        set: values,
      })
    await noteDue(tx, planId)
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'plan.milestone-set',
      patientId,
      detail: { planId, itemId: item.id, milestoneId, ...kept },
    })
    const back = step && { from: step.to, to: step.from, day: standing.day }
    return { outcome: 'set', back: { from: kept, to: from, item: back } }
  })
}
