import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Archive } from '../archive/archive.ts'
import { ObjectArchived, ObjectCorrupt } from '../object-store/object-errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { temporaryName } from '../object-store/sweep-incoming.ts'
import { originalName } from './original-name.ts'

type Handed =
  /** `orthancId` and `alreadyHeld` as `Archive.store` says them; `md5` of what was handed over, hex */
  | { outcome: 'handed'; orthancId: string; alreadyHeld: boolean; md5: string }
  /** the object store does not have these bytes */
  | { outcome: 'lost' }
  /** it does not give them now */
  | { outcome: 'archived' }

/** Larger files go through the folder. */
const inMemoryBytesMax = 8 * 1024 * 1024

/**
 * Gives the archive an original that the object store has, once it is the one that arrived.
 *
 * @param ports.folder for large files, readable by this user alone
 * @throws {ArchiveAway | ArchiveFull | ArchiveRefused | ObjectStoreAway}
 */
export async function handOver(
  { archive, objectStore, folder }: { archive: Archive; objectStore: ObjectStore; folder: string },
  tenantId: string,
  original: { instanceId: string; fileBytes: number; fileSha256: Buffer },
): Promise<Handed> {
  const object = { tenantId, name: originalName(original.instanceId) }
  const bytes = original.fileBytes
  const hashes = { sha256: createHash('sha256'), md5: createHash('md5') } // Orthanc names what it holds by MD5
  const add = (chunk: Uint8Array) => {
    for (const hash of Object.values(hashes)) hash.update(chunk)
  }
  const handed = async (file: Parameters<Archive['store']>[0]): Promise<Handed> => {
    if (!hashes.sha256.digest().equals(original.fileSha256)) return { outcome: 'lost' }
    return { outcome: 'handed', ...(await archive.store(file)), md5: hashes.md5.digest('hex') }
  }
  try {
    if (bytes <= inMemoryBytesMax) {
      const buffer = await objectStore.getBytes(object, { start: 0, end: Math.max(0, bytes - 1) })
      if (buffer === null) return { outcome: 'lost' }
      add(buffer)
      return await handed({ bytes, buffer })
    }
    const held = await objectStore.get(object)
    if (held === null) return { outcome: 'lost' }
    const path = join(folder, temporaryName())
    try {
      await pipeline(
        held.stream,
        async function* (source: AsyncIterable<Uint8Array>) {
          for await (const chunk of source) {
            add(chunk)
            yield chunk
          }
        },
        createWriteStream(path, { mode: 0o600 }),
      )
      return await handed({ bytes, path })
    } finally {
      await rm(path, { force: true })
    }
  } catch (error) {
    if (error instanceof ObjectCorrupt) return { outcome: 'lost' }
    if (error instanceof ObjectArchived) return { outcome: 'archived' }
    throw error
  }
}
