import type { Transaction } from '@bitewing/db'
import { foldName, insertRows } from '@bitewing/db'
import { instances, series, studies } from '@bitewing/db/schema'
import { and, eq, sql } from 'drizzle-orm'
import { imageKindOf } from '../dental/image-kind-of.ts'
import { teethOf } from '../dental/teeth-of.ts'
import { isOneStream, type FrameIndex } from '../dicom/frame-index.ts'
import type { ArrivedInstance, Registered } from './arrived-instance.ts'
import { date, integer, personName, text, time, type Attributes } from './attribute-values.ts'
import { matchPatient } from './match-patient.ts'
import { seriesAttributes, studyAttributes } from './levels.ts'

/** As `registerInstances`, for one. */
export async function registerInstance(
  tx: Transaction,
  tenantId: string,
  arrived: ArrivedInstance,
): Promise<Registered> {
  const [registered] = await registerInstances(tx, tenantId, [arrived])
  if (!registered) throw new Error('instance was not written')
  return registered
}

type Arrival = { arrived: ArrivedInstance; attributes: Attributes }

/**
 * Writes instances into the index: their studies and series are made or grown, the patients matched. Says so where
 * the practice holds one already. Runs inside the caller's `withTenant`, so that jobs, audit and checkpoint are
 * committed with them; open pages hear of it when the transaction commits.
 *
 * The cost is that of the studies and series they belong to, and of one insertion. A new study takes its attributes
 * from its first instance in the list.
 *
 * Safe against the same instance arriving twice at once: the study's row lock orders them.
 *
 * @param arrivals no two under one SOP Instance UID
 * @returns in the order of `arrivals`
 */
export async function registerInstances(
  tx: Transaction,
  tenantId: string,
  arrivals: readonly ArrivedInstance[],
): Promise<Registered[]> {
  const uids = arrivals.map(({ identifiers }) => identifiers.sopInstanceUid)
  // Serialises arrivals under one SOP Instance UID, in whatever study: the unique index would abort the transaction.
  // In one order, so that two transactions never wait for each other.
  const keys = uids.map((uid) => `${tenantId} ${uid}`).sort()
  await tx.execute(
    sql`SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(${sql.param(keys)}::text[]) AS key`,
  )
  const found = await tx
    .select({
      sopInstanceUid: instances.sopInstanceUid,
      instanceId: instances.id,
      studyId: instances.studyId,
      transferSyntaxUid: instances.transferSyntaxUid,
      fileSha256: instances.fileSha256,
      digest: instances.dataSetDigest,
      patientId: studies.patientId,
    })
    .from(instances)
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(
      and(
        eq(instances.tenantId, tenantId),
        sql`${instances.sopInstanceUid} = ANY(${sql.param(uids)}::text[])`,
      ),
    )
  const held = new Map(found.map((row) => [row.sopInstanceUid, row]))
  const outcomes = new Map<ArrivedInstance, Registered>()
  const fresh: Arrival[] = []
  for (const arrived of arrivals) {
    const row = held.get(arrived.identifiers.sopInstanceUid)
    if (!row) {
      fresh.push({ arrived, attributes: JSON.parse(arrived.metadata) as Attributes })
      continue
    }
    const { sopInstanceUid: _, digest, ...known } = row
    outcomes.set(arrived, { outcome: 'held', ...known, dataSetDigest: digest?.toString('hex') ?? null })
  }

  const rows: InstanceRow[] = []
  const notices: string[] = []
  const byStudy = Map.groupBy(fresh, ({ arrived }) => arrived.identifiers.studyInstanceUid)
  // again in one order: each study's row is locked to the end
  for (const studyInstanceUid of [...byStudy.keys()].sort()) {
    const ofStudy = byStudy.get(studyInstanceUid) ?? []
    const study = await growStudy(tx, tenantId, ofStudy)
    for (const ofSeries of Map.groupBy(
      ofStudy,
      ({ arrived }) => arrived.identifiers.seriesInstanceUid,
    ).values()) {
      const { id: seriesId, instanceCount } = await growSeries(tx, tenantId, study.id, ofSeries)
      for (const [index, arrival] of ofSeries.entries()) {
        const row = instanceRow(tenantId, study.id, seriesId, arrival)
        rows.push(row)
        outcomes.set(arrival.arrived, {
          outcome: 'stored',
          instanceId: arrival.arrived.instanceId,
          studyId: study.id,
          patientId: study.patientId,
          imageKind: row.imageKind,
          inSeries: instanceCount - ofSeries.length + index + 1,
        })
      }
    }
    notices.push(JSON.stringify({ tenantId, studyInstanceUid, patientId: study.patientId }))
  }
  if (rows.length > 0) {
    await insertRows(tx, instances, rowKeys, rows)
    await tx.execute(
      sql`SELECT pg_notify('bitewing_studies', notice) FROM unnest(${sql.param(notices)}::text[]) AS notice`,
    )
  }
  return arrivals.map((arrived) => {
    const outcome = outcomes.get(arrived)
    if (!outcome) throw new Error('instance was not written')
    return outcome
  })
}

const rowKeys = [
  'id',
  'tenantId',
  'studyId',
  'seriesId',
  'sopInstanceUid',
  'sopClassUid',
  'transferSyntaxUid',
  'instanceNumber',
  'rows',
  'columns',
  'bitsAllocated',
  'frames',
  'contentDate',
  'contentTime',
  'imageKind',
  'teeth',
  'metadata',
  'frameIndex',
  'bulkIndex',
  'fileBytes',
  'fileSha256',
  'fileMd5',
  'dataSetDigest',
  'orthancId',
  'heldByArchive',
  'originalState',
  'renditionState',
  'renditionReason',
  'origin',
  'callingAeTitle',
] as const
type InstanceRow = Pick<typeof instances.$inferInsert, (typeof rowKeys)[number]>

function instanceRow(
  tenantId: string,
  studyId: string,
  seriesId: string,
  { arrived, attributes }: Arrival,
): InstanceRow {
  const { identifiers } = arrived
  const hasPixels = arrived.frameIndex !== null
  return {
    id: arrived.instanceId,
    tenantId,
    studyId,
    seriesId,
    sopInstanceUid: identifiers.sopInstanceUid,
    sopClassUid: identifiers.sopClassUid,
    transferSyntaxUid: arrived.transferSyntaxUid,
    instanceNumber: integer(attributes, '00200013'),
    rows: hasPixels ? integer(attributes, '00280010') : null,
    columns: hasPixels ? integer(attributes, '00280011') : null,
    bitsAllocated: hasPixels ? integer(attributes, '00280100') : null,
    frames: framesOf(arrived.frameIndex, attributes),
    contentDate: text(attributes, '00080023') || null,
    contentTime: text(attributes, '00080033') || null,
    imageKind: imageKindOf(attributes),
    teeth: teethOf(attributes),
    metadata: arrived.metadata,
    frameIndex: arrived.frameIndex,
    bulkIndex: arrived.bulkIndex,
    fileBytes: arrived.file.bytes,
    fileSha256: arrived.file.sha256,
    fileMd5: arrived.file.md5,
    dataSetDigest: arrived.dataSetDigest === null ? null : Buffer.from(arrived.dataSetDigest, 'hex'),
    orthancId: arrived.archive.orthancId,
    heldByArchive: arrived.archive.held,
    originalState: arrived.originalState,
    renditionState: hasPixels ? 'pending' : 'none',
    renditionReason: hasPixels ? null : 'no-pixel-data',
    origin: arrived.origin,
    callingAeTitle: arrived.callingAeTitle,
  }
}

/** Of a video one, since its stream is what a frame is elsewhere. */
function framesOf(frameIndex: FrameIndex | null, attributes: Attributes): number {
  if (!frameIndex) return 0
  return isOneStream(frameIndex) ? 1 : Math.max(1, integer(attributes, '00280008') ?? 1)
}

async function growStudy(tx: Transaction, tenantId: string, arrivals: readonly Arrival[]) {
  const [first] = arrivals
  if (!first) throw new Error('a study has an instance')
  const { attributes } = first
  const modalities = distinct(arrivals.map((one) => indexed(text(one.attributes, '00080060'))))
  const sopClassUids = distinct(arrivals.map(({ arrived }) => arrived.identifiers.sopClassUid))
  const bytes = arrivals.reduce((sum, { arrived }) => sum + arrived.file.bytes, 0)
  const grown = {
    modalities: sql`(SELECT coalesce(array_agg(DISTINCT m ORDER BY m), '{}') FROM unnest(${studies.modalities} || ${sql.param(modalities)}::text[]) AS m)`,
    sopClassUids: sql`(SELECT coalesce(array_agg(DISTINCT c ORDER BY c), '{}') FROM unnest(${studies.sopClassUids} || ${sql.param(sopClassUids)}::text[]) AS c)`,
    instanceCount: sql`${studies.instanceCount} + ${arrivals.length}::integer`,
    bytes: sql`${studies.bytes} + ${bytes}::bigint`,
    version: sql`${studies.version} + 1`,
    updatedAt: sql`now()`,
  }
  const { studyInstanceUid } = first.arrived.identifiers
  const isStudy = and(eq(studies.tenantId, tenantId), eq(studies.studyInstanceUid, studyInstanceUid))

  const [held] = await tx
    .update(studies)
    .set(grown)
    .where(isStudy)
    .returning({ id: studies.id, patientId: studies.patientId })
  if (held) return held

  const patient = await matchPatient(tx, tenantId, attributes)
  const patientName = personName(attributes, '00100010')
  const referringPhysicianName = personName(attributes, '00080090')
  const [made] = await tx
    .insert(studies)
    .values({
      tenantId,
      studyInstanceUid,
      patientId: patient.patientId,
      matchState: patient.matchState,
      dicomPatientId: indexed(text(attributes, '00100020')),
      issuerOfPatientId: text(attributes, '00100021'),
      patientName,
      patientNameFold: indexed(foldName(patientName)),
      patientBirthDate: date(attributes, '00100030'),
      patientSex: text(attributes, '00100040'),
      studyDate: date(attributes, '00080020'),
      studyTime: time(attributes, '00080030'),
      accessionNumber: indexed(text(attributes, '00080050')),
      studyId: text(attributes, '00200010'),
      studyDescription: text(attributes, '00081030'),
      referringPhysicianName,
      referringPhysicianNameFold: foldName(referringPhysicianName),
      modalities,
      sopClassUids,
      instanceCount: arrivals.length,
      bytes,
      attributes: studyAttributes(attributes),
    })
    // another instance of the study may have made it meanwhile
    .onConflictDoUpdate({ target: [studies.tenantId, studies.studyInstanceUid], set: grown })
    .returning({ id: studies.id, patientId: studies.patientId })
  if (!made) throw new Error('study was not written')
  return made
}

/** The study's row is locked by now, so two first instances of a series cannot race. */
async function growSeries(tx: Transaction, tenantId: string, studyId: string, arrivals: readonly Arrival[]) {
  const [first] = arrivals
  if (!first) throw new Error('a series has an instance')
  const { attributes } = first
  const { seriesInstanceUid } = first.arrived.identifiers
  const [held] = await tx
    .update(series)
    .set({
      instanceCount: sql`${series.instanceCount} + ${arrivals.length}::integer`,
      version: sql`${series.version} + 1`,
      updatedAt: sql`now()`,
    })
    .where(and(eq(series.studyId, studyId), eq(series.seriesInstanceUid, seriesInstanceUid)))
    .returning({ id: series.id, instanceCount: series.instanceCount })
  if (held) return held

  const [made] = await tx
    .insert(series)
    .values({
      tenantId,
      studyId,
      seriesInstanceUid,
      modality: text(attributes, '00080060'),
      seriesNumber: integer(attributes, '00200011'),
      seriesDescription: text(attributes, '0008103E'),
      bodyPartExamined: text(attributes, '00180015'),
      laterality: text(attributes, '00200060'),
      seriesDate: date(attributes, '00080021'),
      seriesTime: time(attributes, '00080031'),
      performedStepStartDate: date(attributes, '00400244'),
      performedStepStartTime: time(attributes, '00400245'),
      instanceCount: arrivals.length,
      attributes: seriesAttributes(attributes),
    })
    .returning({ id: series.id, instanceCount: series.instanceCount })
  if (!made) throw new Error('series was not written')
  await tx
    .update(studies)
    .set({ seriesCount: sql`${studies.seriesCount} + 1` })
    .where(eq(studies.id, studyId))
  return made
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values.filter(Boolean))].sort()
}

/** Longest value of an indexed column, in characters: Postgres refuses an index entry above 2704 bytes. */
const indexedMax = 500

/** The start of a value that no device should make so long; the whole stays in the attributes. */
function indexed(value: string): string {
  return value.slice(0, indexedMax)
}
