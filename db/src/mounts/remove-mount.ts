import { and, eq, isNotNull, isNull } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
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
  const changed = await tx
    .update(mounts)
    .set({ deletedAt: restore ? null : new Date() })
    .where(
      and(
        eq(mounts.id, which.id),
        eq(mounts.patientId, which.patientId),
        restore ? isNotNull(mounts.deletedAt) : isNull(mounts.deletedAt),
      ),
    )
    .returning({ id: mounts.id })
  return changed.length > 0
}
