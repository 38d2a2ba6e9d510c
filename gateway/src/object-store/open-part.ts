import type { BlobPieces } from './blob-store.ts'
import { ObjectCorrupt } from './object-errors.ts'
import type { PlainPart } from './open-object.ts'
import { giveBackMemory, ownMemory } from '../own-memory.ts'
import { chunkBytes, sealedChunkBytes, tagBytes, type ChunkCipher } from './sealed-format.ts'

/**
 * Opens the chunks that hold `part`, into one buffer.
 *
 * @param pieces the sealed chunks from the one that holds `part.start` on, any number of whole ones in each piece
 * @throws {ObjectCorrupt}
 */
export async function openPart(pieces: BlobPieces, cipher: ChunkCipher, part: PlainPart): Promise<Buffer> {
  const opened = ownMemory(Buffer.allocUnsafeSlow(part.end - part.start))
  let filled = 0
  await openChunks(pieces, cipher, part, (plain, from, to) => {
    filled += plain.copy(opened, filled, from, to)
    giveBackMemory(ownMemory(plain))
  })
  return opened
}

/** The same as they were sealed, each chunk in memory of its own: without another copy. */
export async function openPieces(
  pieces: BlobPieces,
  cipher: ChunkCipher,
  part: PlainPart,
): Promise<Buffer[]> {
  const opened: Buffer[] = []
  await openChunks(pieces, cipher, part, (plain, from, to) => {
    opened.push(ownMemory(plain).subarray(from, to))
  })
  return opened
}

async function openChunks(
  pieces: BlobPieces,
  cipher: ChunkCipher,
  part: PlainPart,
  take: (plain: Buffer<ArrayBuffer>, from: number, to: number) => void,
): Promise<void> {
  const lastChunk = Math.max(0, Math.ceil(part.totalBytes / chunkBytes) - 1)
  let index = Math.floor(part.start / chunkBytes)
  // an empty object has one chunk too, of its tag alone
  const isWanted = () => index * chunkBytes < part.end || index === 0
  while (isWanted()) {
    const piece = await pieces.next()
    // The size was read a moment ago: a blob of another length was cut in between.
    if (piece === null) throw new ObjectCorrupt(`chunk ${index} is cut`)
    for (let at = 0; at < piece.length && isWanted(); index += 1) {
      const last = index === lastChunk
      const bytes = last ? part.totalBytes - index * chunkBytes + tagBytes : sealedChunkBytes
      if (at + bytes > piece.length) throw new ObjectCorrupt(`chunk ${index} is cut`)
      const plain = cipher.open(piece.subarray(at, at + bytes), index, last)
      const from = index * chunkBytes
      take(plain, Math.max(0, part.start - from), Math.min(plain.length, part.end - from))
      at += bytes
    }
  }
}
