import { asSystem } from '@bitewing/db'
import { sql } from 'drizzle-orm'
import { applyTiers, type TierBudget } from './apply-tiers.ts'

/**
 * One run over all practices whose policy is on. A practice that could not be gone through does not hold up the others.
 *
 * @returns how many originals were moved or given up by Orthanc
 */
export async function applyAllTiers(
  ports: Parameters<typeof applyTiers>[0],
  budget: TierBudget,
): Promise<number> {
  const tenants = await asSystem(ports.db, async (tx) => {
    const { rows } = await tx.execute<{ tenant_id: string }>(sql`SELECT tenant_id FROM door_tier_tenants()`)
    return rows
  })
  let done = 0
  for (const { tenant_id: tenantId } of tenants) {
    try {
      const { toWarm, toCold, evicted } = await applyTiers(ports, tenantId, budget)
      done += toWarm + toCold + evicted
    } catch (error) {
      ports.log.warn({ err: error, tenantId }, "a practice's originals could not all be moved yet")
    }
  }
  return done
}
