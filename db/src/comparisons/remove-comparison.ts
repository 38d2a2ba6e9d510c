import { and, eq, isNotNull, isNull } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { comparisons } from '../schema/index.ts'

/**
 * Takes a comparison away, or brings it back. Inside withTenant.
 *
 * @returns whether there was one to take away or bring back
 */
export async function removeComparison(
  tx: Transaction,
  which: { id: string; patientId: string },
  { restore }: { restore: boolean },
): Promise<boolean> {
  const changed = await tx
    .update(comparisons)
    .set({ deletedAt: restore ? null : new Date() })
    .where(
      and(
        eq(comparisons.id, which.id),
        eq(comparisons.patientId, which.patientId),
        restore ? isNotNull(comparisons.deletedAt) : isNull(comparisons.deletedAt),
      ),
    )
    .returning({ id: comparisons.id })
  return changed.length > 0
}
