import { and, eq, inArray } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { instances, studies } from '../schema/index.ts'

/** Whether images, by our ids, are all a patient's; deleted ones are nobody's. Inside withTenant. */
export async function areImagesOf(
  tx: Transaction,
  patientId: string,
  instanceIds: readonly string[],
): Promise<boolean> {
  const wanted = [...new Set(instanceIds)]
  if (wanted.length === 0) return true
  const held = await tx
    .select({ id: instances.id })
    .from(instances)
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(and(inArray(instances.id, wanted), eq(studies.patientId, patientId)))
  return held.length === wanted.length
}
