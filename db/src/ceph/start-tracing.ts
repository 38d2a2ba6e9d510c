import { and, eq, gte } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { cephTracings, instances, studies, type CephCalibration } from '../schema/index.ts'

/**
 * Begins the tracing of an image, empty. Inside withTenant.
 *
 * @param calibration what millimetres are on the image now
 * @returns its id; null when the image is not this patient's, is not there, or has no such frame
 */
export async function startTracing(
  tx: Transaction,
  tenantId: string,
  image: { patientId: string; instanceId: string; frame: number },
  calibration: CephCalibration,
  userId: string,
): Promise<string | null> {
  const [held] = await tx
    .select({ id: instances.id })
    .from(instances)
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(
      and(
        eq(instances.id, image.instanceId),
        eq(studies.patientId, image.patientId),
        gte(instances.frames, image.frame),
      ),
    )
  if (!held) return null
  const [made] = await tx
    .insert(cephTracings)
    .values({ tenantId, instanceId: held.id, frame: image.frame, calibration, createdBy: userId })
    .returning({ id: cephTracings.id })
  return made?.id ?? null
}
