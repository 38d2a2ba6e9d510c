import { withTenant, type Database } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import type { Archive } from '../archive/archive.ts'
import { dataSetDigest } from '../dicom/data-set-digest.ts'
import { DicomError } from '../dicom/dicom-error.ts'
import { parseInstance } from '../dicom/parse-instance.ts'
import { ObjectArchived, ObjectCorrupt } from '../object-store/object-errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import type { HeldContent } from '../study-index/arrived-instance.ts'
import { originalSource, readOriginal, type OriginalPlace } from './read-original.ts'

type Ports = { db: Database; archive: Archive; objectStore: ObjectStore }

/**
 * Whether a file that came under a SOP Instance UID which the practice holds is the same: byte for byte, or by the digest
 * of its data set (`dataSetDigest`). What is held is read for that where nobody had to ask before: most files never come
 * again, and those that do are mostly the same to the byte.
 *
 * @throws {ArchiveAway | ObjectStoreAway} when what is held cannot be read now
 */
export async function isSameContent(
  ports: Ports,
  tenantId: string,
  held: HeldContent,
  arrived: { sha256: Buffer; digest(): Promise<string> },
): Promise<boolean> {
  if (held.fileSha256.equals(arrived.sha256)) return true
  const digest = held.dataSetDigest ?? (await keepDigest(ports, tenantId, held.instanceId))
  return digest !== null && digest === (await arrived.digest())
}

/**
 * Takes the digest of an original's data set and keeps it, where that has not been done: while the original can be read.
 *
 * @returns hex; null when the instance or its original is gone, or it cannot be read any more
 */
export async function keepDigest(ports: Ports, tenantId: string, instanceId: string): Promise<string | null> {
  const [place] = await withTenant(ports.db, tenantId, (tx) =>
    tx
      .select({
        instanceId: instances.id,
        orthancId: instances.orthancId,
        heldByArchive: instances.heldByArchive,
        originalState: instances.originalState,
        fileBytes: instances.fileBytes,
        fileMd5: instances.fileMd5,
        digest: instances.dataSetDigest,
      })
      .from(instances)
      .where(eq(instances.id, instanceId)),
  )
  if (!place) return null
  if (place.digest) return place.digest.toString('hex')
  const digest = await digestOfOriginal(ports, tenantId, place)
  if (digest === null) return null
  await withTenant(ports.db, tenantId, (tx) =>
    tx
      .update(instances)
      .set({ dataSetDigest: Buffer.from(digest, 'hex') })
      .where(eq(instances.id, instanceId)),
  )
  return digest
}

/** @returns hex; null when the original is nowhere, damaged, or in the archive of the object store */
export async function digestOfOriginal(
  ports: Ports,
  tenantId: string,
  place: OriginalPlace,
): Promise<string | null> {
  try {
    const begin = await readOriginal(ports, tenantId, place, { start: 0, end: 0 })
    if (begin === null) return null
    begin.stream.destroy()
    const source = originalSource(ports, tenantId, place)
    return await dataSetDigest(source, await parseInstance(source))
  } catch (error) {
    // a DicomError would be taken for one of the file that has come
    if ([ObjectArchived, ObjectCorrupt, DicomError].some((kind) => error instanceof kind)) return null
    throw error
  }
}
