import { and, asc, eq, isNull } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import {
  series,
  studies,
  volumeDrawings,
  type CurveSettings,
  type PatientPoint,
  type VolumeDrawingKind,
} from '../schema/index.ts'

export type VolumeDrawing = {
  id: string
  kind: VolumeDrawingKind
  points: PatientPoint[]
  /** of a curve; null else */
  settings: CurveSettings | null
  version: number
  createdAt: Date
  /** by name; null when nobody of that id is left in the practice */
  createdBy: string | null
  changedAt: Date
  changedBy: string | null
}

/** What staff drew in a volume and did not take away, the oldest first. Inside withTenant. */
export async function listVolumeDrawings(
  tx: Transaction,
  which: { studyInstanceUid: string; seriesInstanceUid: string },
): Promise<VolumeDrawing[]> {
  return tx
    .select({
      id: volumeDrawings.id,
      kind: volumeDrawings.kind,
      points: volumeDrawings.points,
      settings: volumeDrawings.settings,
      version: volumeDrawings.version,
      createdAt: volumeDrawings.createdAt,
      createdBy: userName(volumeDrawings.createdBy),
      changedAt: volumeDrawings.changedAt,
      changedBy: userName(volumeDrawings.changedBy),
    })
    .from(volumeDrawings)
    .innerJoin(series, eq(series.id, volumeDrawings.seriesId))
    .innerJoin(studies, eq(studies.id, series.studyId))
    .where(
      and(
        eq(studies.studyInstanceUid, which.studyInstanceUid),
        eq(series.seriesInstanceUid, which.seriesInstanceUid),
        isNull(volumeDrawings.deletedAt),
      ),
    )
    .orderBy(asc(volumeDrawings.createdAt), asc(volumeDrawings.id))
}
