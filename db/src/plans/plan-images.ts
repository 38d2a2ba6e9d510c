import { eq, inArray } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { instances, studies } from '../schema/index.ts'
import { studyImages, type StudyImage } from '../studies/study-images.ts'

export type PlanImage = StudyImage & { studyInstanceUid: string; studyDate: string | null }

/** The images a plan names, in the order of their ids' first mention; those that are gone are left out. Inside withTenant. */
export async function planImages(tx: Transaction, ids: readonly string[]): Promise<PlanImage[]> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return []
  const of = await tx
    .selectDistinct({
      id: studies.id,
      studyInstanceUid: studies.studyInstanceUid,
      studyDate: studies.studyDate,
    })
    .from(instances)
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(inArray(instances.id, wanted))
  const images = await studyImages(
    tx,
    of.map(({ id }) => id),
    1000,
  )
  const found = of.flatMap(({ id, studyInstanceUid, studyDate }) =>
    (images.get(id) ?? []).map((image) => ({ ...image, studyInstanceUid, studyDate })),
  )
  return wanted.flatMap((id) => found.find((image) => image.id === id) ?? [])
}
