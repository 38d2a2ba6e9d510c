import { and, eq } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { nextItemStates, planItems, type ItemState } from '../plan-rules/index.ts'
import { planItemStates, plans, treatmentCases } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { noteDue } from './note-due.ts'
import { shownContent } from './shown-content.ts'
import { staffEvent, type Staff } from './staff.ts'
import { standingCases } from './standing-cases.ts'

/** One step of an item. */
export type ItemMove = {
  itemId: string
  /** where it stands for who changes it: somebody else may have moved it meanwhile */
  from: ItemState
  to: ItemState
  /** ISO date it is to be done or was; null when nobody said */
  day: string | null
}

/** Moves an item of a presented plan on: scheduled, in progress, done, or back. */
export function setItemState(
  db: Database,
  staff: Staff,
  change: ItemMove & { patientId: string; planId: string },
): Promise<'set' | 'absent' | 'changed' | 'no-such-step'> {
  const { patientId, planId, itemId } = change
  return withTenant(db, staff.tenantId, async (tx) => {
    if (!(await lockPlan(tx, { patientId, planId }))) return 'absent'
    const content = await shownContent(tx, planId)
    if (!content || !planItems(content).some(({ id }) => id === itemId)) return 'absent'
    const moved = await moveItem(tx, staff, change)
    if (moved === 'set') await noteDue(tx, planId)
    return moved
  })
}

/** Whether a patient has such a plan; who changes where it stands waits for who does already. Inside withTenant. */
export async function lockPlan(
  tx: Transaction,
  { patientId, planId }: { patientId: string; planId: string },
): Promise<boolean> {
  const [plan] = await tx
    .select({ id: plans.id })
    .from(plans)
    .innerJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
    .where(and(eq(plans.id, planId), standingCases(patientId)))
    .for('update', { of: plans })
  return plan !== undefined
}

/** Where an item stands. Inside withTenant. */
export async function itemState(
  tx: Transaction,
  planId: string,
  itemId: string,
): Promise<{ state: ItemState; day: string | null }> {
  const [row] = await tx
    .select({ state: planItemStates.state, day: planItemStates.day })
    .from(planItemStates)
    .where(and(eq(planItemStates.planId, planId), eq(planItemStates.itemId, itemId)))
  return row ?? { state: 'proposed', day: null }
}

/** The step itself, of a plan that is locked and has the item. Inside withTenant. */
export async function moveItem(
  tx: Transaction,
  staff: Staff,
  { patientId, planId, itemId, from, to, day }: ItemMove & { patientId: string; planId: string },
): Promise<'set' | 'changed' | 'no-such-step'> {
  if ((await itemState(tx, planId, itemId)).state !== from) return 'changed'
  if (from !== to && !nextItemStates(from).includes(to)) return 'no-such-step'
  const values = { state: to, day, changedBy: staff.userId, changedAt: new Date() }
  await tx
    .insert(planItemStates)
    .values({ planId, itemId, tenantId: staff.tenantId, ...values })
    .onConflictDoUpdate({ target: [planItemStates.planId, planItemStates.itemId], set: values })
  await recordInTransaction(tx, {
    ...staffEvent(staff),
    kind: 'plan.item-moved',
    patientId,
    detail: { planId, itemId, from, to },
  })
  return 'set'
}
