import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mayBeCommitted, noteReturn } from '@bitewing/db'
import { fileSource } from '../dicom/byte-source.ts'
import { dataSetDigest } from '../dicom/data-set-digest.ts'
import { toDicomJson } from '../dicom/dicom-json.ts'
import { frameIndex } from '../dicom/frame-index.ts'
import { parseInstance } from '../dicom/parse-instance.ts'
import { isSameContent } from '../originals/is-same-content.ts'
import { originalName } from '../originals/original-name.ts'
import type { HeldContent } from '../study-index/arrived-instance.ts'
import { fileTogether } from '../study-index/file-together.ts'
import { findHeld } from '../study-index/find-held.ts'
import { isIndexed } from '../study-index/is-indexed.ts'
import { DeletedArrival } from './deleted-arrival.ts'
import { noteConflict } from './note-conflict.ts'
import type { ArrivalOrigin } from './practice-of.ts'
import type { IngestDependencies } from './start-ingest.ts'

export type ArrivedFile = {
  tenantId: string
  file: { path: string; bytes: number; sha256: Buffer; md5: string /* hex */ }
  /** Orthanc id of the instance whose file this is; null for a duplicate, which Orthanc dropped */
  inArchive: string | null
  arrival: Omit<ArrivalOrigin, 'receivedAt'>
}

/**
 * Files an instance with a practice: index row, jobs and audit event in one transaction, with others that arrive at the
 * same time. The original is the file
 * that Orthanc wrote, `pending` until the job has copied it; a duplicate's is put into the object store first, since
 * nothing else has it. The same content again is a success without a second row; other content under a UID the
 * practice has waits for staff, its bytes kept.
 *
 * @throws {DicomError} when the file cannot be read as DICOM
 * @throws {DeletedArrival} when it belongs to what the practice deleted
 */
export async function ingestFile(
  dependencies: IngestDependencies,
  { tenantId, file, inArchive, arrival }: ArrivedFile,
): Promise<'stored' | 'identical' | 'conflict'> {
  const { db } = dependencies
  await using source = await fileSource(file.path)
  const parsed = await parseInstance(source)
  let taken: Promise<string> | undefined
  const digest = () => (taken ??= dataSetDigest(source, parsed))
  const besideHeld = async (held: HeldContent) => {
    const arrived = { sha256: file.sha256, transferSyntaxUid: parsed.encoding.transferSyntaxUid, digest }
    if (await isSameContent(dependencies, tenantId, held, arrived)) return 'identical'
    await noteConflict(dependencies, { tenantId, file, dataSetDigest: await digest(), arrival, held })
    return 'conflict'
  }
  const held = await findHeld(db, tenantId, parsed.identifiers.sopInstanceUid)
  if (held) return besideHeld(held)

  const { json, bulkData } = toDicomJson(parsed)
  const frames = parsed.pixelData ? await frameIndex(source, parsed) : null
  const instanceId = randomUUID()
  const kept = inArchive
    ? {
        archive: { orthancId: inArchive, held: true, due: false },
        originalState: 'pending' as const,
        undo: async () => {},
      }
    : await keepDuplicate(dependencies, tenantId, instanceId, parsed.identifiers.sopInstanceUid, file)
  try {
    const registered = await fileTogether(
      dependencies,
      tenantId,
      {
        instanceId,
        identifiers: parsed.identifiers,
        transferSyntaxUid: parsed.encoding.transferSyntaxUid,
        metadata: json,
        bulkIndex: bulkData,
        frameIndex: frames,
        // a deflated data set shows only when it is read to its end that it has one
        dataSetDigest: parsed.encoding.deflated ? await digest() : null,
        file: { bytes: file.bytes, sha256: file.sha256, md5: file.md5 },
        archive: kept.archive,
        originalState: kept.originalState,
        origin: 'c-store',
        callingAeTitle: arrival.callingAeTitle,
      },
      ({ patientId, studyId }) => ({
        tenantId,
        kind: 'image.received',
        outcome: 'success',
        actor: { kind: 'device', id: arrival.callingAeTitle },
        address: arrival.remoteAddress,
        patientId,
        studyId,
        detail: { instanceId, bytes: file.bytes, calledAeTitle: arrival.calledAeTitle },
      }),
    )
    if (registered.outcome === 'stored') return 'stored'

    // it came on another way meanwhile
    await kept.undo()
    return await besideHeld(registered)
  } catch (error) {
    await kept.undo(error)
    // what is deleted and unseen refuses the row
    if (await noteReturn(db, tenantId, parsed.identifiers).catch(() => false)) throw new DeletedArrival()
    throw error
  }
}

/**
 * Puts a duplicate where it can be read from: always the object store, and Orthanc where that holds these very
 * bytes, or has lost what it held.
 */
async function keepDuplicate(
  { db, archive, objectStore }: IngestDependencies,
  tenantId: string,
  instanceId: string,
  sopInstanceUid: string,
  file: ArrivedFile['file'],
) {
  const object = { tenantId, name: originalName(instanceId) }
  const undo = async (reason?: unknown) => {
    const indexed = await isIndexed(db, tenantId, { instanceId, sopInstanceUid }).catch(() => null)
    // bytes without a row are litter, a row without bytes is a lost image
    if (!(indexed ?? mayBeCommitted(reason))) await objectStore.delete(object).catch(() => {})
  }
  await objectStore.put(object, createReadStream(file.path, { highWaterMark: 256 * 1024 }))
  try {
    const { orthancId, alreadyHeld } = await archive.store(file)
    const held = !alreadyHeld || (await archive.md5(orthancId)) === file.md5
    return { archive: { orthancId, held, due: false }, originalState: 'secured' as const, undo }
  } catch (error) {
    await undo()
    throw error
  }
}
