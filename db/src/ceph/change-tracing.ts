import { and, eq, exists, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { cephTracings, instances, studies, type CephCalibration } from '../schema/index.ts'

/** Away, back again, or looked at with the calibration that the image has now. */
export type TracingChange = { removed: boolean } | { calibration: CephCalibration }

/**
 * Takes a tracing away, brings it back, or notes the image's calibration as seen. Inside withTenant.
 *
 * @returns whether there was one to change
 */
export async function changeTracing(
  tx: Transaction,
  which: { id: string; patientId: string },
  change: TracingChange,
): Promise<boolean> {
  const restores = 'removed' in change && !change.removed
  const changed = await tx
    .update(cephTracings)
    .set(
      'removed' in change
        ? { deletedAt: change.removed ? new Date() : null }
        : { calibration: change.calibration },
    )
    .where(
      and(
        eq(cephTracings.id, which.id),
        restores ? isNotNull(cephTracings.deletedAt) : isNull(cephTracings.deletedAt),
        exists(
          tx
            .select({ one: sql`1` })
            .from(instances)
            .innerJoin(studies, eq(studies.id, instances.studyId))
            .where(and(eq(instances.id, cephTracings.instanceId), eq(studies.patientId, which.patientId))),
        ),
      ),
    )
    .returning({ id: cephTracings.id })
  return changed.length > 0
}
