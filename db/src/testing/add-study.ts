import { randomBytes, randomUUID } from 'node:crypto'
import type { Transaction } from '../database.ts'
import { foldName } from '../patients/fold-name.ts'
import {
  instances,
  patientIdentifiers,
  patients,
  series,
  studies,
  type ImageKind,
  type MatchState,
} from '../schema/index.ts'

/** A patient of a practice, for tests. Inside withTenant. */
export async function addPatient(
  tx: Transaction,
  tenantId: string,
  { familyName = '', givenName = '', birthDate = null as string | null, identifiers = [] as string[] },
): Promise<string> {
  const id = randomUUID()
  await tx.insert(patients).values({
    id,
    tenantId,
    familyName,
    givenName,
    birthDate,
    nameFold: foldName(`${familyName} ${givenName}`),
  })
  for (const value of identifiers) {
    await tx.insert(patientIdentifiers).values({ tenantId, patientId: id, kind: 'dicom', value })
  }
  return id
}

type NewStudy = {
  patientId: string | null
  matchState?: MatchState
  studyDate?: string | null
  arrivedAt?: Date
  kind?: ImageKind
  instances?: number
}
/** A study of one series whose instances have no bytes, for tests. Inside withTenant. @returns our id */
export async function addStudy(tx: Transaction, tenantId: string, study: NewStudy): Promise<string> {
  const {
    patientId,
    matchState = 'matched',
    studyDate = null,
    arrivedAt = new Date(),
    kind = 'panoramic',
  } = study
  const count = study.instances ?? 1
  const [id, seriesId] = [randomUUID(), randomUUID()]
  const uid = () => `2.25.${BigInt(`0x${randomBytes(12).toString('hex')}`)}`
  await tx.insert(studies).values({
    id,
    tenantId,
    studyInstanceUid: uid(),
    patientId,
    matchState,
    studyDate,
    arrivedAt,
    attributes: {},
  })
  await tx
    .insert(series)
    .values({ id: seriesId, tenantId, studyId: id, seriesInstanceUid: uid(), attributes: {} })
  for (let number = 1; number <= count; number++) {
    await tx.insert(instances).values({
      id: randomUUID(),
      tenantId,
      studyId: id,
      seriesId,
      sopInstanceUid: uid(),
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      transferSyntaxUid: '1.2.840.10008.1.2.1',
      instanceNumber: number,
      frames: 1,
      imageKind: kind,
      metadata: '{}',
      fileBytes: 1,
      fileSha256: randomBytes(32),
      fileMd5: '',
      dataSetDigest: randomBytes(32),
      orthancId: '',
      heldByArchive: false,
      originalState: 'secured',
      origin: 'stow',
    })
  }
  return id
}
