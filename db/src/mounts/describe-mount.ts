import { and, eq, isNull } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { mounts, type RecordStage } from '../schema/index.ts'

/**
 * Says which time point a set of orthodontic records is of; its images stay as they are. Inside withTenant.
 *
 * @returns whether there is such a set
 */
export async function describeMount(
  tx: Transaction,
  which: { id: string; patientId: string },
  { label, stage }: { label: string; stage: RecordStage },
): Promise<boolean> {
  const changed = await tx
    .update(mounts)
    .set({ label, stage })
    .where(
      and(
        eq(mounts.id, which.id),
        eq(mounts.patientId, which.patientId),
        eq(mounts.template, 'orthodontic-records'),
        isNull(mounts.deletedAt),
      ),
    )
    .returning({ id: mounts.id })
  return changed.length > 0
}
