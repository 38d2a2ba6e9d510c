import { withTenant, type Database } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import type { Archive } from '../archive/archive.ts'
import { ArchiveAway } from '../archive/archive-errors.ts'
import type { ByteSource } from '../dicom/byte-source.ts'
import { dataSetDigest } from '../dicom/data-set-digest.ts'
import { DicomError } from '../dicom/dicom-error.ts'
import { parseInstance } from '../dicom/parse-instance.ts'
import { createBudget } from '../jobs/budget.ts'
import {
  ObjectArchived,
  ObjectCorrupt,
  ObjectRangeUnsatisfiable,
  ObjectStoreAway,
} from '../object-store/object-errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import type { HeldContent } from '../study-index/arrived-instance.ts'
import { readOriginalBytes } from './read-original-bytes.ts'
import { originalPlace, type OriginalPlace } from './read-original.ts'

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
  arrived: { sha256: Buffer; transferSyntaxUid: string; digest(): Promise<string> },
): Promise<boolean> {
  if (held.fileSha256.equals(arrived.sha256)) return true
  // is part of the digest
  if (held.transferSyntaxUid !== arrived.transferSyntaxUid) return false
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
      .select({ ...originalPlace, digest: instances.dataSetDigest })
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

/** Read at once, and held in memory, in bytes: an original that only Orthanc has is sent from its start for each. */
const windowBytes = 32 * 1024 * 1024
const room = createBudget(2 * windowBytes)

/**
 * @returns hex; null when the original is nowhere, damaged, or in the archive of the object store, or when it alone cannot
 *   be read: its places answer, and one bad block of a disk must not hold up all that arrives
 */
export async function digestOfOriginal(
  ports: Ports,
  tenantId: string,
  place: OriginalPlace,
): Promise<string | null> {
  using _room = await room.take(Math.min(place.fileBytes, windowBytes))
  try {
    const source = windowedSource(ports, tenantId, place)
    return await dataSetDigest(source, await parseInstance(source))
  } catch (error) {
    // a DicomError would be taken for one of the file that has come
    if (unreadable.some((kind) => error instanceof kind)) return null
    if (error instanceof ObjectStoreAway || error instanceof ArchiveAway) {
      const answers = await Promise.allSettled([ports.objectStore.check(), ports.archive.check()])
      if (answers.every(({ status }) => status === 'fulfilled')) return null
    }
    throw error
  }
}

class OriginalGone extends Error {}
const unreadable = [OriginalGone, ObjectArchived, ObjectCorrupt, ObjectRangeUnsatisfiable, DicomError]

/** For who reads mostly onwards: one stretch of the original is in memory at a time. */
function windowedSource(ports: Ports, tenantId: string, place: OriginalPlace): ByteSource {
  let from = 0
  let held: Buffer = Buffer.alloc(0)
  return {
    bytes: place.fileBytes,
    async read(start, end) {
      const last = Math.min(end, place.fileBytes)
      if (last <= start) return new Uint8Array(0)
      if (start < from || last > from + held.length) {
        const range = { start, end: Math.min(place.fileBytes, Math.max(last, start + windowBytes)) - 1 }
        const bytes = await readOriginalBytes(ports, tenantId, place, range)
        if (bytes === null) throw new OriginalGone()
        ;[from, held] = [start, bytes]
      }
      // copied: whoever reads may free it
      return Buffer.from(held.subarray(start - from, last - from))
    },
  }
}
