import { and, asc, desc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import {
  cephPoints,
  cephTracings,
  instances,
  series,
  studies,
  type CephCalibration,
  type CephLandmark,
  type CephPointState,
  type FramePoint,
} from '../schema/index.ts'

/** A landmark as it is now, or as somebody left it out. */
export type CephPoint = {
  landmark: CephLandmark
  state: CephPointState
  /** null unless placed */
  at: FramePoint | null
  version: number
  /** by name; null when nobody of that id is left in the practice */
  changedBy: string | null
  changedAt: Date
}

export type CephTracing = {
  id: string
  instanceId: string
  frame: number // 1-based
  studyInstanceUid: string
  seriesInstanceUid: string
  sopInstanceUid: string
  studyDate: string | null
  calibration: CephCalibration
  createdBy: string | null
  createdAt: Date
  /** those that were ever placed or left out, without those that were taken away again */
  points: CephPoint[]
}

/**
 * The tracings of a patient's cephalograms, of the latest image first. Those of deleted images are not there. Inside
 * withTenant.
 *
 * @param ids only these
 */
export async function listTracings(
  tx: Transaction,
  { patientId, ids }: { patientId: string; ids?: readonly string[] },
): Promise<CephTracing[]> {
  if (ids?.length === 0) return []
  const tracings = await tx
    .select({
      id: cephTracings.id,
      instanceId: cephTracings.instanceId,
      frame: cephTracings.frame,
      studyInstanceUid: studies.studyInstanceUid,
      seriesInstanceUid: series.seriesInstanceUid,
      sopInstanceUid: instances.sopInstanceUid,
      studyDate: studies.studyDate,
      calibration: cephTracings.calibration,
      createdBy: userName(cephTracings.createdBy),
      createdAt: cephTracings.createdAt,
    })
    .from(cephTracings)
    .innerJoin(instances, eq(instances.id, cephTracings.instanceId))
    .innerJoin(series, eq(series.id, instances.seriesId))
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(
      and(
        eq(studies.patientId, patientId),
        isNull(cephTracings.deletedAt),
        ids === undefined ? undefined : inArray(cephTracings.id, [...ids]),
      ),
    )
    .orderBy(sql`${studies.studyDate} DESC NULLS LAST`, desc(cephTracings.createdAt), desc(cephTracings.id))
    .limit(tracingsMax)
  if (tracings.length === 0) return []

  const latest = tx
    .selectDistinctOn([cephPoints.tracingId, cephPoints.landmark])
    .from(cephPoints)
    .where(
      inArray(
        cephPoints.tracingId,
        tracings.map(({ id }) => id),
      ),
    )
    .orderBy(asc(cephPoints.tracingId), asc(cephPoints.landmark), desc(cephPoints.version))
    .as('latest')
  const points = await tx
    .select({
      tracingId: latest.tracingId,
      landmark: latest.landmark,
      state: latest.state,
      column: latest.column,
      row: latest.row,
      version: latest.version,
      changedBy: userName(latest.changedBy),
      changedAt: latest.changedAt,
    })
    .from(latest)
  const byTracing = Map.groupBy(points, ({ tracingId }) => tracingId)
  return tracings.map((tracing) => ({
    ...tracing,
    points: (byTracing.get(tracing.id) ?? []).map(({ tracingId: _, column, row, ...point }) => ({
      ...point,
      at: column === null || row === null ? null : [column, row],
    })),
  }))
}

/** More than anybody looks through. */
const tracingsMax = 100
