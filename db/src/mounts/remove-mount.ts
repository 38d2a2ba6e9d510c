import { and, eq } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { removeOrRestore } from '../removal.ts'
import { mounts } from '../schema/index.ts'

/**
 * Takes a mount away, or brings it back; its images stay where they are. Inside withTenant.
 *
 * @returns whether there was one to take away or bring back
 */
export async function removeMount(
  tx: Transaction,
  which: { id: string; patientId: string },
  { restore }: { restore: boolean },
): Promise<boolean> {
  const here = and(eq(mounts.id, which.id), eq(mounts.patientId, which.patientId))
  return removeOrRestore(tx, mounts, here, { restore })
}
