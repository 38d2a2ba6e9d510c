import type { KeyObject } from 'node:crypto'
import { Readable } from 'node:stream'
import type { BlobPieces, BlobStore } from './blob-store.ts'
import { ObjectArchived, ObjectCorrupt, ObjectRangeUnsatisfiable } from './object-errors.ts'
import { objectPath, objectPathPrefix } from './object-path.ts'
import type { ByteRange, ObjectName, ObjectStore } from './object-store.ts'
import { openObject, type PlainPart } from './open-object.ts'
import { openPart, openPieces } from './open-part.ts'
import { sealObject } from './seal-object.ts'
import {
  assertHeader,
  chunkBytes,
  chunkCipher,
  headerBytes,
  newHeader,
  objectKeyOf,
  plainBytes,
  sealedChunkBytes,
  type ChunkCipher,
} from './sealed-format.ts'

type Dependencies = {
  /** where the sealed bytes lie */
  blobs: BlobStore
  /** the tenant's unwrapped 32-byte data key; see `createTenantKeys` */
  tenantKeys: (tenantId: string) => Promise<KeyObject>
}

/** Chunks that are read from the store in one go when a range is wanted in memory. */
const chunksAtOnceMax = 4

type Open<T> = (pieces: BlobPieces, cipher: ChunkCipher, part: PlainPart) => Promise<T>

/** Object store that encrypts what it keeps: docs/decisions/0003-object-format.md. */
export function createObjectStore({ blobs, tenantKeys }: Dependencies): ObjectStore {
  /** A range that the caller has bounded, as `open` puts it together. */
  async function read<T>(object: ObjectName, range: ByteRange | undefined, open: Open<T>): Promise<T | null> {
    assertRange(range)
    const firstChunk = Math.floor((range?.start ?? 0) / chunkBytes)
    const chunks = range ? Math.floor(range.end / chunkBytes) - firstChunk + 1 : 1
    const piecesChunks = Math.min(chunks, chunksAtOnceMax)
    const [dataKey, found] = await both(
      tenantKeys(object.tenantId),
      blobs
        .read(objectPath(object), {
          headBytes: headerBytes,
          start: headerBytes + firstChunk * sealedChunkBytes,
          end: range ? headerBytes + (firstChunk + chunks) * sealedChunkBytes : Infinity,
          pieceBytes: piecesChunks * sealedChunkBytes,
        })
        .catch((error: unknown) => {
          throw named(error, object)
        }),
    )
    if (found === null) return null
    try {
      assertHeader(found.head)
      const totalBytes = plainBytes(found.storedBytes)
      const start = range?.start ?? 0
      if (range && start >= totalBytes) throw new ObjectRangeUnsatisfiable(totalBytes)
      const end = Math.min(totalBytes, (range?.end ?? Infinity) + 1)
      const cipher = chunkCipher(dataKey, found.head, object)
      return await open(found.pieces, cipher, { start, end, totalBytes })
    } catch (error) {
      throw named(error, object)
    } finally {
      found.pieces.close()
    }
  }

  return {
    get near() {
      return blobs.files !== null
    },
    get folders() {
      return blobs.files?.folders ?? []
    },

    async put(object, body, { ifAbsent = false, durable = true, isNew = false } = {}) {
      const iterator = body[Symbol.asyncIterator]()
      let plain: number | null = null // null until the body has ended
      try {
        const path = objectPath(object)
        const header = newHeader()
        const cipher = chunkCipher(await tenantKeys(object.tenantId), header, object)
        const sealed = sealObject(
          { [Symbol.asyncIterator]: () => iterator },
          header,
          cipher,
          (bytes) => (plain = bytes),
        )

        const { created } = await blobs.put(path, sealed, { ifAbsent, durable, isNew })
        if (created && plain !== null) return { bytes: plain, created }
      } finally {
        if (plain === null) close(body, iterator)
      }
      const held = await this.head(object)
      // Deleted between the two looks: what the caller wanted kept is gone, as if the delete had come later.
      return { bytes: held?.bytes ?? 0, created: false }
    },

    async get(object, range) {
      assertRange(range)
      const path = objectPath(object)
      const firstChunk = Math.floor((range?.start ?? 0) / chunkBytes)
      const lastChunk = Math.floor((range?.end ?? Infinity) / chunkBytes)
      const [dataKey, read] = await both(
        tenantKeys(object.tenantId),
        blobs
          .read(path, {
            headBytes: headerBytes,
            start: headerBytes + firstChunk * sealedChunkBytes,
            end: headerBytes + (lastChunk + 1) * sealedChunkBytes,
            pieceBytes: sealedChunkBytes,
          })
          .catch((error: unknown) => {
            throw named(error, object)
          }),
      )
      if (read === null) return null

      try {
        assertHeader(read.head)
        const totalBytes = plainBytes(read.storedBytes)
        const start = range?.start ?? 0
        const end = Math.min(totalBytes, (range?.end ?? Infinity) + 1)
        if (range && start >= totalBytes) throw new ObjectRangeUnsatisfiable(totalBytes)

        const cipher = chunkCipher(dataKey, read.head, object)
        const stream = await openObject(read.pieces, cipher, { start, end, totalBytes })
        return { bytes: end - start, totalBytes, stream }
      } catch (error) {
        read.pieces.close()
        throw named(error, object)
      }
    },

    getBytes: (object, range) => read(object, range, openPart),
    getPieces: (object, range) => read(object, range, openPieces),

    async lend(object, { start, end }) {
      if (!blobs.files) return null
      const [dataKey, found] = await Promise.all([
        tenantKeys(object.tenantId),
        blobs.files.find(objectPath(object), headerBytes),
      ])
      if (!found) return null
      try {
        const { file, storedBytes, head } = found
        assertHeader(head)
        if (end >= plainBytes(storedBytes)) throw new ObjectCorrupt('it is shorter than what is wanted of it')
        return { ...object, file, storedBytes, header: head, key: objectKeyOf(dataKey, head), start, end }
      } catch (error) {
        throw named(error, object)
      }
    },

    async head(object) {
      const stored = await blobs.size(objectPath(object))
      if (stored === null) return null
      try {
        return { bytes: plainBytes(stored) }
      } catch (error) {
        throw named(error, object)
      }
    },

    async delete(object) {
      await blobs.delete(objectPath(object))
    },

    async *list(tenantId, prefix) {
      for await (const path of blobs.list(objectPathPrefix(tenantId, prefix))) {
        yield path.slice(tenantId.length + 1)
      }
    },

    check: () => blobs.check(),

    tiers: () => blobs.tiers(),
    async place(object) {
      return blobs.place(objectPath(object))
    },
    async setTier(object, tier) {
      return blobs.setTier(objectPath(object), tier)
    },
    async recall(object, days) {
      return blobs.recall(objectPath(object), days)
    },
  }
}

function assertRange(range: ByteRange | undefined): void {
  if (range === undefined) return
  const { start, end } = range
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new RangeError('a byte range is two whole numbers, 0 <= start <= end')
  }
}

/** Key and bytes are fetched at once; when the key fails, an open file or connection is given back. */
async function both<K, R extends { pieces: { close(): void } }>(
  key: Promise<K>,
  read: Promise<R | null>,
): Promise<[K, R | null]> {
  const [keyResult, readResult] = await Promise.allSettled([key, read])
  if (keyResult.status === 'rejected') {
    if (readResult.status === 'fulfilled') readResult.value?.pieces.close()
    throw keyResult.reason
  }
  if (readResult.status === 'rejected') throw readResult.reason
  return [keyResult.value, readResult.value]
}

/** Not waited for: a body that hangs must not hold up the answer. */
function close(body: AsyncIterable<Uint8Array>, iterator: AsyncIterator<Uint8Array>): void {
  // return() does nothing to a stream whose iterator was never started.
  if (body instanceof Readable) body.destroy()
  else iterator.return?.().then(undefined, () => undefined)
}

/** Names are ids, so they may stand in a message; it goes to the log, not to the client. */
function named(error: unknown, { tenantId, name }: ObjectName): unknown {
  if (error instanceof ObjectArchived) return new ObjectArchived(error.message, [{ tenantId, name }])
  return error instanceof ObjectCorrupt
    ? new ObjectCorrupt(`${name}: ${error.message}`, { cause: error.cause })
    : error
}
