import { eq, inArray, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { imageKinds, instances, series, studies, type ImageKind } from '../schema/index.ts'

/** Instances looked at in each series: a volume of hundreds is of one kind, a full-mouth survey of two or three. */
const perSeriesMax = 30

/**
 * What kinds of images the practice holds of each patient, in the order of `imageKinds`. Inside withTenant.
 *
 * @returns by patient id; patients without images are missing
 */
export async function patientImageKinds(
  tx: Transaction,
  patientIds: readonly string[],
): Promise<Map<string, ImageKind[]>> {
  if (patientIds.length === 0) return new Map()
  const first = tx
    .select({ kind: instances.imageKind })
    .from(instances)
    .where(eq(instances.seriesId, series.id))
    .limit(perSeriesMax)
    .as('first')
  const rows = await tx
    .selectDistinct({ patientId: studies.patientId, kind: first.kind })
    .from(studies)
    .innerJoin(series, eq(series.studyId, studies.id))
    .innerJoinLateral(first, sql`true`)
    .where(inArray(studies.patientId, [...patientIds]))
  const kinds = new Map<string, ImageKind[]>()
  for (const kind of imageKinds) {
    for (const row of rows) {
      if (row.patientId === null || row.kind !== kind) continue
      kinds.set(row.patientId, [...(kinds.get(row.patientId) ?? []), kind])
    }
  }
  return kinds
}
