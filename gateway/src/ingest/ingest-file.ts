import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { enqueue, recordInTransaction, withTenant } from '@bitewing/db'
import { instanceConflicts } from '@bitewing/db/schema'
import { fileSource } from '../dicom/byte-source.ts'
import { dataSetDigest } from '../dicom/data-set-digest.ts'
import { toDicomJson } from '../dicom/dicom-json.ts'
import { frameIndex } from '../dicom/frame-index.ts'
import { parseInstance } from '../dicom/parse-instance.ts'
import { spoolFile } from '../originals/spool-file.ts'
import { registerInstance } from '../study-index/register-instance.ts'
import type { IngestDependencies } from './start-ingest.ts'
import type { ArrivalOrigin } from './take-arrival.ts'

/**
 * Files an instance that the archive holds with a practice: index row, jobs and audit event in one transaction.
 * The original is the file that Orthanc wrote, `pending` until the job has copied it. The same content again is a
 * success without a second row; other content under a UID the practice has waits for staff, its bytes kept.
 *
 * @throws {DicomError} when the file cannot be read as DICOM
 */
export async function ingestFile(
  { db, jobs, archive, objectStore, spoolDir }: IngestDependencies,
  { tenantId, orthancId, arrival }: { tenantId: string; orthancId: string; arrival: ArrivalOrigin },
): Promise<'stored' | 'identical' | 'conflict' | 'gone'> {
  const received = await archive.read(orthancId)
  if (!received) return 'gone'
  const folder = join(spoolDir, 'ingest')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await using file = await spoolFile(received.stream, folder)
  await using source = await fileSource(file.path)
  const parsed = await parseInstance(source)
  const { json, bulkData } = toDicomJson(parsed)
  const digest = await dataSetDigest(source, parsed)
  const frames = parsed.pixelData ? await frameIndex(source, parsed) : null
  const instanceId = randomUUID()
  const actor = { kind: 'device', id: arrival.callingAeTitle } as const

  const registered = await withTenant(db, tenantId, async (tx) => {
    const done = await registerInstance(tx, tenantId, {
      instanceId,
      identifiers: parsed.identifiers,
      transferSyntaxUid: parsed.encoding.transferSyntaxUid,
      metadata: json,
      bulkIndex: bulkData,
      frameIndex: frames,
      dataSetDigest: digest,
      file: { bytes: file.bytes, sha256: file.sha256, md5: file.md5 },
      archive: { orthancId, held: true },
      originalState: 'pending',
      origin: 'c-store',
      callingAeTitle: arrival.callingAeTitle,
    })
    if (done.outcome !== 'stored') return done
    await enqueue(jobs, tx, 'secure-original', { tenantId, instanceId })
    if (frames) await enqueue(jobs, tx, 'make-renditions', { tenantId, instanceId })
    await recordInTransaction(tx, {
      tenantId,
      kind: 'image.received',
      outcome: 'success',
      actor,
      address: arrival.remoteAddress,
      patientId: done.patientId,
      studyId: done.studyId,
      detail: { instanceId, bytes: file.bytes, calledAeTitle: arrival.calledAeTitle },
    })
    return done
  })
  if (registered.outcome !== 'conflict') return registered.outcome

  // The bytes first: a row without them would be a promise that cannot be kept.
  const conflictId = randomUUID()
  const object = { tenantId, name: `conflicts/${conflictId}` }
  await objectStore.put(object, createReadStream(file.path))
  const noted = await withTenant(db, tenantId, async (tx) => {
    const rows = await tx
      .insert(instanceConflicts)
      .values({
        id: conflictId,
        tenantId,
        instanceId: registered.instanceId,
        dataSetDigest: Buffer.from(digest, 'hex'),
        fileBytes: file.bytes,
        callingAeTitle: arrival.callingAeTitle,
      })
      .onConflictDoNothing()
      .returning({ id: instanceConflicts.id })
    if (rows.length === 0) return false // it came before
    await recordInTransaction(tx, {
      tenantId,
      kind: 'image.conflict',
      outcome: 'failure',
      actor,
      address: arrival.remoteAddress,
      patientId: registered.patientId,
      studyId: registered.studyId,
      detail: { conflictId, instanceId: registered.instanceId },
    })
    return true
  })
  if (!noted) await objectStore.delete(object)
  return 'conflict'
}
