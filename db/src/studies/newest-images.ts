import { inArray, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { studies } from '../schema/index.ts'
import { studyImages, type StudyImage } from './study-images.ts'

/**
 * The first pictures of each patient's newest study, newest by its own date. Inside withTenant.
 *
 * @returns by patient id; patients without a study are missing
 */
export async function newestImages(
  tx: Transaction,
  patientIds: string[],
  imagesMax: number,
): Promise<Map<string, { studyInstanceUid: string; images: StudyImage[] }>> {
  if (patientIds.length === 0) return new Map()
  const newest = await tx
    .selectDistinctOn([studies.patientId], {
      patientId: studies.patientId,
      studyId: studies.id,
      studyInstanceUid: studies.studyInstanceUid,
    })
    .from(studies)
    .where(inArray(studies.patientId, patientIds))
    .orderBy(
      studies.patientId,
      sql`${studies.studyDate} DESC NULLS LAST, ${studies.studyTime} DESC NULLS LAST, ${studies.arrivedAt} DESC`,
    )
  const images = await studyImages(
    tx,
    newest.map(({ studyId }) => studyId),
    imagesMax,
  )
  return new Map(
    newest.flatMap(({ patientId, studyId, studyInstanceUid }) =>
      patientId ? [[patientId, { studyInstanceUid, images: images.get(studyId) ?? [] }] as const] : [],
    ),
  )
}
