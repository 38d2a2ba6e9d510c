import { askTogether, type Database, type Transaction } from '@bitewing/db'
import { instances, series, studies } from '@bitewing/db/schema'
import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm'
import { isUid } from '../dicom/uid.ts'
import type { BulkDataIndex } from '../dicom/bulk-data-index.ts'
import type { FrameIndex } from '../dicom/frame-index.ts'
import type { OriginalPlace } from '../originals/read-original.ts'
import { archivedCondition } from './archived-condition.ts'

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
  renditionVersion: number | null
  /** by the index alone it lies in the archive, if the store has one that is not read at once */
  maybeArchived: boolean
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
  if (scope.series !== undefined && scope.instance !== undefined) {
    return findOne(tx, { study, series: scope.series, instance: scope.instance }, onlyStudyId)
  }
  const { metadata, frameIndex, bulkIndex } = getTableColumns(instances)
  const rows = await tx
    .select({ ...fileColumns, metadata, frameIndex, bulkIndex })
    .from(instances)
    .innerJoin(series, eq(series.id, instances.seriesId))
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(isIn(scope, onlyStudyId))
    .orderBy(...inOrder)
  // our own JSON, written by registerInstance
  return rows.map((row) => ({
    ...row,
    frameIndex: row.frameIndex as FrameIndex | null,
    bulkIndex: row.bulkIndex as BulkDataIndex,
  }))
}

/** An instance as far as its file is concerned. */
export type HeldFile = Omit<HeldInstance, 'metadata' | 'frameIndex' | 'bulkIndex'> & {
  metadataBytes: number
  hasFrames: boolean
}

/**
 * The instances of a study or series in the order of the index, without metadata and indexes: a study may have 20,000 of
 * them, and together they would be hundreds of megabytes for as long as somebody is downloading.
 *
 * @param onlyStudyId as for `findInstances`
 */
export async function findFiles(
  tx: Transaction,
  scope: Omit<InstanceScope, 'instance'>,
  onlyStudyId: string | null,
): Promise<HeldFile[]> {
  const { study, series: seriesUid = study } = scope
  if (![study, seriesUid].every(isUid)) return []
  return tx
    .select({
      ...fileColumns,
      metadataBytes: sql<number>`octet_length(${instances.metadata})`,
      hasFrames: sql<boolean>`${instances.frameIndex} IS NOT NULL`,
    })
    .from(instances)
    .innerJoin(series, eq(series.id, instances.seriesId))
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(isIn(scope, onlyStudyId))
    .orderBy(...inOrder)
}

const fileColumns = {
  instanceId: instances.id,
  studyId: instances.studyId,
  patientId: studies.patientId,
  studyInstanceUid: studies.studyInstanceUid,
  seriesInstanceUid: series.seriesInstanceUid,
  sopInstanceUid: instances.sopInstanceUid,
  sopClassUid: instances.sopClassUid,
  transferSyntaxUid: instances.transferSyntaxUid,
  frames: instances.frames,
  orthancId: instances.orthancId,
  heldByArchive: instances.heldByArchive,
  originalState: instances.originalState,
  fileBytes: instances.fileBytes,
  fileMd5: instances.fileMd5,
  fileSha256: instances.fileSha256,
  imageKind: instances.imageKind,
  renditionState: instances.renditionState,
  renditionReason: instances.renditionReason,
  renditionVersion: instances.renditionVersion,
  maybeArchived: sql<boolean>`${sql.raw(archivedCondition('"instances".'))}`,
}

const inOrder = [
  asc(series.seriesNumber),
  asc(series.seriesInstanceUid),
  asc(instances.instanceNumber),
  asc(instances.sopInstanceUid),
]

function isIn({ study, series: seriesUid, instance }: InstanceScope, onlyStudyId: string | null) {
  return and(
    eq(studies.studyInstanceUid, study),
    seriesUid === undefined ? undefined : eq(series.seriesInstanceUid, seriesUid),
    instance === undefined ? undefined : eq(instances.sopInstanceUid, instance),
    onlyStudyId === null ? undefined : eq(studies.id, onlyStudyId),
  )
}

const columnsOfOne = {
  instanceId: 'i.id',
  studyId: 'i.study_id',
  patientId: 't.patient_id',
  studyInstanceUid: 't.study_instance_uid',
  seriesInstanceUid: 's.series_instance_uid',
  sopInstanceUid: 'i.sop_instance_uid',
  sopClassUid: 'i.sop_class_uid',
  transferSyntaxUid: 'i.transfer_syntax_uid',
  frames: 'i.frames',
  metadata: 'i.metadata',
  frameIndex: 'i.frame_index',
  bulkIndex: 'i.bulk_index',
  orthancId: 'i.orthanc_id',
  heldByArchive: 'i.held_by_archive',
  originalState: 'i.original_state',
  fileBytes: 'i.file_bytes',
  fileMd5: 'i.file_md5',
  fileSha256: 'i.file_sha256',
  imageKind: 'i.image_kind',
  renditionState: 'i.rendition_state',
  renditionReason: 'i.rendition_reason',
  renditionVersion: 'i.rendition_version',
  maybeArchived: archivedCondition('i.'),
} satisfies Record<keyof HeldInstance, string>

const from = 'FROM instances i JOIN series s ON s.id = i.series_id JOIN studies t ON t.id = i.study_id'
const selectOne = `SELECT ${columnList(Object.keys(columnsOfOne) as (keyof HeldInstance)[])} ${from}`

function columnList(names: readonly (keyof HeldInstance)[]): string {
  return names.map((name) => `${columnsOfOne[name]} AS "${name}"`).join(', ')
}

const shownColumns = [
  'instanceId',
  'studyId',
  'patientId',
  'frames',
  'fileSha256',
  'imageKind',
  'renditionState',
  'renditionVersion',
] as const satisfies readonly (keyof HeldInstance)[]

/** What a picture that is made already needs of its instance: without metadata and indexes, which are many kilobytes. */
export type ShownInstance = Pick<HeldInstance, (typeof shownColumns)[number]>

/** As `findInstance`, for a picture that is there. @returns null when there is none */
export async function findShown(
  db: Database,
  tenantId: string,
  names: InstanceNames,
  onlyStudyId: string | null,
): Promise<ShownInstance | null> {
  const rows = await askForOne(db, tenantId, `SELECT ${columnList(shownColumns)} ${from}`, names, onlyStudyId)
  return (rows[0] as ShownInstance | undefined) ?? null // the columns above, by those names
}

/**
 * One instance in one round trip, by a statement that is written out: a viewer asks it for every frame, and to build it
 * anew from its parts cost more than Postgres takes to answer it.
 *
 * @param onlyStudyId as for `findInstances`
 */
export async function findInstance(
  db: Database,
  tenantId: string,
  names: InstanceNames,
  onlyStudyId: string | null,
): Promise<HeldInstance | null> {
  const [row] = (await askForOne(db, tenantId, selectOne, names, onlyStudyId)) as HeldInstance[] // by those names
  return row ? { ...row, fileBytes: Number(row.fileBytes) } : null
}

type InstanceNames = { study: string; series: string; instance: string }

async function askForOne(
  db: Database,
  tenantId: string,
  select: string,
  { study, series: seriesUid, instance }: InstanceNames,
  onlyStudyId: string | null,
): Promise<object[]> {
  // the path's words come from outside: only UIDs name anything
  if (![study, seriesUid, instance].every(isUid)) return []
  return askTogether(db, tenantId, {
    text: `${select} WHERE t.study_instance_uid = $1 AND s.series_instance_uid = $2 AND i.sop_instance_uid = $3
        AND ($4::uuid IS NULL OR t.id = $4::uuid)`,
    values: [study, seriesUid, instance, onlyStudyId],
  })
}

/** The same inside a transaction. */
async function findOne(
  tx: Transaction,
  { study, series: seriesUid, instance }: { study: string; series: string; instance: string },
  onlyStudyId: string | null,
): Promise<HeldInstance[]> {
  // as Postgres gives them: our own JSON parsed, a bigint as text
  const { rows } = await tx.execute<HeldInstance>(sql`${sql.raw(selectOne)}
    WHERE t.study_instance_uid = ${study} AND s.series_instance_uid = ${seriesUid} AND i.sop_instance_uid = ${instance}
      AND (${onlyStudyId}::uuid IS NULL OR t.id = ${onlyStudyId}::uuid)`)
  return rows.map((row) => ({ ...row, fileBytes: Number(row.fileBytes) }))
}
