import { eq } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { tierPolicies } from '../schema/index.ts'
import { defaultTierPolicy, TierPolicy } from './tier-rules.ts'

/** The practice's policy; the default, which is off, where nobody has chosen. Inside withTenant. */
export async function readTierPolicy(tx: Transaction, tenantId: string): Promise<TierPolicy> {
  const { enabled, hotMonths, warmMonths, cold, evict, keepCases } = tierPolicies
  const [row] = await tx
    .select({ enabled, hotMonths, warmMonths, cold, evict, keepCases })
    .from(tierPolicies)
    .where(eq(tierPolicies.tenantId, tenantId))
  return row ?? defaultTierPolicy
}

/** Inside withTenant, with its audit event. @throws {z.ZodError} */
export async function saveTierPolicy(tx: Transaction, tenantId: string, policy: TierPolicy): Promise<void> {
  const values = { ...TierPolicy.parse(policy), changedAt: new Date() }
  await tx
    .insert(tierPolicies)
    .values({ tenantId, ...values })
    .onConflictDoUpdate({ target: tierPolicies.tenantId, set: values })
}
