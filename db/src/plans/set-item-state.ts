import { and, desc, eq, ne } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database } from '../database.ts'
import { nextItemStates, planItems, type ItemState } from '../plan-rules/index.ts'
import { planItemStates, plans, planVersions, treatmentCases } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { staffEvent, type Staff } from './staff.ts'
import { standingCases } from './standing-cases.ts'

/**
 * Moves an item of a presented plan on: scheduled, in progress, done, or back.
 *
 * @param change.from where it stands for who changes it: somebody else may have moved it meanwhile
 * @param change.day ISO date it is to be done or was; null when nobody said
 */
export function setItemState(
  db: Database,
  staff: Staff,
  change: {
    patientId: string
    planId: string
    itemId: string
    from: ItemState
    to: ItemState
    day: string | null
  },
): Promise<'set' | 'absent' | 'changed' | 'no-such-step'> {
  const { patientId, planId, itemId, from, to, day } = change
  return withTenant(db, staff.tenantId, async (tx) => {
    const [plan] = await tx
      .select({ id: plans.id })
      .from(plans)
      .innerJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
      .where(and(eq(plans.id, planId), standingCases(patientId)))
      .for('update', { of: plans })
    if (!plan) return 'absent'
    const [version] = await tx
      .select({ content: planVersions.content })
      .from(planVersions)
      .where(and(eq(planVersions.planId, planId), ne(planVersions.state, 'draft')))
      .orderBy(desc(planVersions.number))
      .limit(1)
    if (!version || !planItems(version.content).some(({ id }) => id === itemId)) return 'absent'
    const [row] = await tx
      .select({ state: planItemStates.state })
      .from(planItemStates)
      .where(and(eq(planItemStates.planId, planId), eq(planItemStates.itemId, itemId)))
    if ((row?.state ?? 'proposed') !== from) return 'changed'
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
  })
}
