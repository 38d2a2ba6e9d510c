import type { Transaction } from '@bitewing/db'
import { foldName } from '@bitewing/db'
import { instances, series, studies } from '@bitewing/db/schema'
import { and, eq, sql } from 'drizzle-orm'
import { imageKindOf } from '../dental/image-kind-of.ts'
import { teethOf } from '../dental/teeth-of.ts'
import type { ArrivedInstance, Registered } from './arrived-instance.ts'
import { date, integer, personName, text, time, type Attributes } from './attribute-values.ts'
import { matchPatient } from './match-patient.ts'
import { seriesAttributes, studyAttributes } from './levels.ts'

/**
 * Writes an instance into the index: its study and series are made or grown, its patient matched. Says so when
 * the practice holds it already. Runs inside the caller's `withTenant`, so that jobs, audit and checkpoint are
 * committed with it; open pages hear of it when the transaction commits.
 *
 * Safe against the same instance arriving twice at once: the study's row lock orders them.
 */
export async function registerInstance(
  tx: Transaction,
  tenantId: string,
  arrived: ArrivedInstance,
): Promise<Registered> {
  const attributes: Attributes = JSON.parse(arrived.metadata) as Attributes
  const { identifiers } = arrived

  // Serialises arrivals under one SOP Instance UID, in whatever study: the unique index would abort the transaction.
  await tx.execute(
    sql`SELECT pg_advisory_xact_lock(hashtextextended(${`${tenantId} ${identifiers.sopInstanceUid}`}, 0))`,
  )
  const [known] = await tx
    .select({
      instanceId: instances.id,
      studyId: instances.studyId,
      digest: instances.dataSetDigest,
      patientId: studies.patientId,
    })
    .from(instances)
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(and(eq(instances.tenantId, tenantId), eq(instances.sopInstanceUid, identifiers.sopInstanceUid)))
  if (known) {
    const outcome = known.digest.toString('hex') === arrived.dataSetDigest ? 'identical' : 'conflict'
    return { outcome, instanceId: known.instanceId, studyId: known.studyId, patientId: known.patientId }
  }

  const study = await growStudy(tx, tenantId, arrived, attributes)
  const seriesId = await growSeries(tx, tenantId, study.id, arrived, attributes)
  const hasPixels = arrived.frameIndex !== null
  await tx.insert(instances).values({
    id: arrived.instanceId,
    tenantId,
    studyId: study.id,
    seriesId,
    sopInstanceUid: identifiers.sopInstanceUid,
    sopClassUid: identifiers.sopClassUid,
    transferSyntaxUid: arrived.transferSyntaxUid,
    instanceNumber: integer(attributes, '00200013'),
    rows: hasPixels ? integer(attributes, '00280010') : null,
    columns: hasPixels ? integer(attributes, '00280011') : null,
    bitsAllocated: hasPixels ? integer(attributes, '00280100') : null,
    frames: hasPixels ? Math.max(1, integer(attributes, '00280008') ?? 1) : 0,
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
    dataSetDigest: Buffer.from(arrived.dataSetDigest, 'hex'),
    orthancId: arrived.archive.orthancId,
    heldByArchive: arrived.archive.held,
    originalState: arrived.originalState,
    renditionState: hasPixels ? 'pending' : 'none',
    renditionReason: hasPixels ? null : 'no-pixel-data',
    origin: arrived.origin,
    callingAeTitle: arrived.callingAeTitle,
  })
  await tx.execute(
    sql`SELECT pg_notify('bitewing_studies', ${JSON.stringify({
      tenantId,
      studyInstanceUid: identifiers.studyInstanceUid,
      patientId: study.patientId,
    })})`,
  )
  return { outcome: 'stored', instanceId: arrived.instanceId, studyId: study.id, patientId: study.patientId }
}

async function growStudy(
  tx: Transaction,
  tenantId: string,
  arrived: ArrivedInstance,
  attributes: Attributes,
) {
  const modality = indexed(text(attributes, '00080060'))
  const grown = {
    modalities: sql`(SELECT coalesce(array_agg(DISTINCT m ORDER BY m), '{}') FROM unnest(${studies.modalities} || ${arrayOf(modality)}) AS m)`,
    sopClassUids: sql`(SELECT coalesce(array_agg(DISTINCT c ORDER BY c), '{}') FROM unnest(${studies.sopClassUids} || ${arrayOf(arrived.identifiers.sopClassUid)}) AS c)`,
    instanceCount: sql`${studies.instanceCount} + 1`,
    bytes: sql`${studies.bytes} + ${arrived.file.bytes}`,
    version: sql`${studies.version} + 1`,
    updatedAt: sql`now()`,
  }
  const { studyInstanceUid } = arrived.identifiers
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
      modalities: modality ? [modality] : [],
      sopClassUids: [arrived.identifiers.sopClassUid],
      instanceCount: 1,
      bytes: arrived.file.bytes,
      attributes: studyAttributes(attributes),
    })
    // another instance of the study may have made it meanwhile
    .onConflictDoUpdate({ target: [studies.tenantId, studies.studyInstanceUid], set: grown })
    .returning({ id: studies.id, patientId: studies.patientId })
  if (!made) throw new Error('study was not written')
  return made
}

/** The study's row is locked by now, so two first instances of a series cannot race. */
async function growSeries(
  tx: Transaction,
  tenantId: string,
  studyId: string,
  arrived: ArrivedInstance,
  attributes: Attributes,
) {
  const { seriesInstanceUid } = arrived.identifiers
  const [held] = await tx
    .update(series)
    .set({
      instanceCount: sql`${series.instanceCount} + 1`,
      version: sql`${series.version} + 1`,
      updatedAt: sql`now()`,
    })
    .where(and(eq(series.studyId, studyId), eq(series.seriesInstanceUid, seriesInstanceUid)))
    .returning({ id: series.id })
  if (held) return held.id

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
      instanceCount: 1,
      attributes: seriesAttributes(attributes),
    })
    .returning({ id: series.id })
  if (!made) throw new Error('series was not written')
  await tx
    .update(studies)
    .set({ seriesCount: sql`${studies.seriesCount} + 1` })
    .where(eq(studies.id, studyId))
  return made.id
}

function arrayOf(value: string) {
  return value ? sql`ARRAY[${value}]::text[]` : sql`ARRAY[]::text[]`
}

/** Longest value of an indexed column, in characters: Postgres refuses an index entry above 2704 bytes. */
const indexedMax = 500

/** The start of a value that no device should make so long; the whole stays in the attributes. */
function indexed(value: string): string {
  return value.slice(0, indexedMax)
}
