import type { Transaction } from '@bitewing/db'
import { instances, series, studies } from '@bitewing/db/schema'
import { and, asc, eq, getTableColumns } from 'drizzle-orm'
import { isUid } from '../dicom/uid.ts'
import type { BulkDataIndex } from '../dicom/bulk-data-index.ts'
import type { FrameIndex } from '../dicom/frame-index.ts'
import type { OriginalPlace } from '../originals/read-original.ts'

/** An instance as retrieval needs it. */
export type HeldInstance = OriginalPlace & {
  studyId: string
  patientId: string | null
  studyInstanceUid: string
  seriesInstanceUid: string
  sopInstanceUid: string
  sopClassUid: string
  transferSyntaxUid: string
  frames: number
  metadata: string
  frameIndex: FrameIndex | null
  bulkIndex: BulkDataIndex
  fileSha256: Buffer
  imageKind: (typeof instances.$inferSelect)['imageKind']
  renditionState: (typeof instances.$inferSelect)['renditionState']
  renditionReason: string | null
}

export type InstanceScope = { study: string; series?: string | undefined; instance?: string | undefined }

/**
 * The instances of a study, series or single instance in the order of the index.
 *
 * @param onlyStudyId our id of the one study a share opens; anything else is as if it were not there
 */
export async function findInstances(
  tx: Transaction,
  scope: InstanceScope,
  onlyStudyId: string | null,
): Promise<HeldInstance[]> {
  // the path's words come from outside: only UIDs name anything
  const { study, series: seriesUid = study, instance: instanceUid = study } = scope
  if (![study, seriesUid, instanceUid].every(isUid)) return []
  const columns = getTableColumns(instances)
  const rows = await tx
    .select({
      instanceId: columns.id,
      studyId: columns.studyId,
      patientId: studies.patientId,
      studyInstanceUid: studies.studyInstanceUid,
      seriesInstanceUid: series.seriesInstanceUid,
      sopInstanceUid: columns.sopInstanceUid,
      sopClassUid: columns.sopClassUid,
      transferSyntaxUid: columns.transferSyntaxUid,
      frames: columns.frames,
      metadata: columns.metadata,
      frameIndex: columns.frameIndex,
      bulkIndex: columns.bulkIndex,
      orthancId: columns.orthancId,
      heldByArchive: columns.heldByArchive,
      originalState: columns.originalState,
      fileBytes: columns.fileBytes,
      fileMd5: columns.fileMd5,
      fileSha256: columns.fileSha256,
      imageKind: columns.imageKind,
      renditionState: columns.renditionState,
      renditionReason: columns.renditionReason,
    })
    .from(instances)
    .innerJoin(series, eq(series.id, instances.seriesId))
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(
      and(
        eq(studies.studyInstanceUid, scope.study),
        scope.series === undefined ? undefined : eq(series.seriesInstanceUid, scope.series),
        scope.instance === undefined ? undefined : eq(instances.sopInstanceUid, scope.instance),
        onlyStudyId === null ? undefined : eq(studies.id, onlyStudyId),
      ),
    )
    .orderBy(
      asc(series.seriesNumber),
      asc(series.seriesInstanceUid),
      asc(instances.instanceNumber),
      asc(instances.sopInstanceUid),
    )
  // our own JSON, written by registerInstance
  return rows.map((row) => ({
    ...row,
    frameIndex: row.frameIndex as FrameIndex | null,
    bulkIndex: row.bulkIndex as BulkDataIndex,
  }))
}
