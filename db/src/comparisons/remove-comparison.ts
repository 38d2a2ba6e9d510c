import { and, eq } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { removeOrRestore } from '../removal.ts'
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
  const here = and(eq(comparisons.id, which.id), eq(comparisons.patientId, which.patientId))
  return removeOrRestore(tx, comparisons, here, { restore })
}
