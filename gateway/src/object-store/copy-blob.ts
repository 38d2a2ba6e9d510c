import { createHash } from 'node:crypto'
import type { BlobStore } from './blob-store.ts'
import { ObjectCorrupt } from './object-errors.ts'
import { headerBytes } from './sealed-format.ts'

const pieceBytes = 256 * 1024
const attemptsMax = 3

/**
 * Makes the target hold what the source holds under a path, byte for byte; what it reads back is compared by SHA-256.
 *
 * Each put of an object has a salt of its own at its beginning: two stored objects of one size and one beginning are
 * the same.
 *
 * @returns `held` when it was there already, `absent` when the source has nothing there
 * @throws {ObjectCorrupt} when other bytes come back, again and again
 */
export async function copyBlob(
  source: BlobStore,
  target: BlobStore,
  path: string,
): Promise<{ outcome: 'copied' | 'held' | 'absent'; bytes: number }> {
  let state: 'untouched' | 'copied' | 'other bytes' = 'untouched'
  for (let attempt = 1; attempt <= attemptsMax + 1; attempt += 1) {
    const [there, here] = await Promise.all([beginOf(source, path), beginOf(target, path)])
    if (there === null) return { outcome: 'absent', bytes: 0 }
    const same = there.bytes === here?.bytes && there.head.equals(here.head)
    if (same && state !== 'other bytes') {
      return { outcome: state === 'copied' ? 'copied' : 'held', bytes: there.bytes }
    }
    if (attempt > attemptsMax) break
    const sent = createHash('sha256')
    let gone = false
    async function* body() {
      const pieces = piecesOf(source, path)
      for await (const piece of pieces) {
        sent.update(piece)
        yield piece
      }
      gone = pieces.absent()
    }
    await target.put(path, body(), { ifAbsent: false, durable: true })
    if (gone) {
      await target.delete(path) // removed at the source between the two looks
      return { outcome: 'absent', bytes: 0 }
    }
    const back = createHash('sha256')
    for await (const piece of piecesOf(target, path)) back.update(piece)
    state = sent.digest().equals(back.digest()) ? 'copied' : 'other bytes'
  }
  throw new ObjectCorrupt('a copied object does not come back as it was sent')
}

/** Whole stored bytes of a blob, in pieces of their own memory; none when it is absent. */
function piecesOf(blobs: BlobStore, path: string): AsyncIterable<Buffer> & { absent(): boolean } {
  let absent = false
  return {
    absent: () => absent,
    async *[Symbol.asyncIterator]() {
      const read = await blobs.read(path, { headBytes: 0, start: 0, end: Infinity, pieceBytes })
      if (read === null) {
        absent = true
        return
      }
      try {
        for (let piece = await read.pieces.next(); piece !== null; piece = await read.pieces.next()) {
          yield Buffer.from(piece)
        }
      } finally {
        read.pieces.close()
      }
    },
  }
}

async function beginOf(blobs: BlobStore, path: string): Promise<{ bytes: number; head: Buffer } | null> {
  const read = await blobs.read(path, {
    headBytes: headerBytes,
    start: headerBytes,
    end: headerBytes,
    pieceBytes: headerBytes,
  })
  if (read === null) return null
  read.pieces.close()
  return { bytes: read.storedBytes, head: read.head }
}
