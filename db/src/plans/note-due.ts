import { eq, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { nextMilestone, planItems } from '../plan-rules/index.ts'
import { planItemStates } from '../schema/index.ts'
import { milestoneStates } from './milestone-states.ts'
import { shownContent } from './shown-content.ts'

/**
 * Writes beside each item of a plan when its next milestone is expected, for the practice's list of those. To be called
 * after all that may change it: a version shown, an item moved, a milestone reached. Inside withTenant.
 */
export async function noteDue(tx: Transaction, planId: string): Promise<void> {
  const content = await shownContent(tx, planId)
  const milestones = new Map(content ? planItems(content).map((item) => [item.id, item.milestones]) : [])
  const noted = (await milestoneStates(tx, [planId]))[planId] ?? {}
  const rows = await tx.select().from(planItemStates).where(eq(planItemStates.planId, planId))
  const changed = rows
    .map((row) => ({
      ...row,
      next: nextMilestone(milestones.get(row.itemId) ?? [], row, noted)?.expected ?? null,
    }))
    .filter(({ due, next }) => due !== next)
  if (changed.length === 0) return
  await tx.execute(sql`
    UPDATE ${planItemStates} AS s SET due = (n.value #>> '{}')::date
    FROM jsonb_each(${JSON.stringify(Object.fromEntries(changed.map(({ itemId, next }) => [itemId, next])))}::jsonb) AS n
    WHERE s.plan_id = ${planId} AND s.item_id = n.key::uuid`)
}
