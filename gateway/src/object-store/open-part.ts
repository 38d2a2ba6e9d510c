import type { BlobPieces } from './blob-store.ts'
import { ObjectCorrupt } from './object-errors.ts'
import type { PlainPart } from './open-object.ts'
import { giveBackMemory, ownMemory } from '../own-memory.ts'
import { chunkOpener } from './open-chunks.ts'
import type { ChunkCipher } from './sealed-format.ts'

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
  const opener = chunkOpener(cipher, part, take)
  while (opener.isWanted()) {
    const piece = await pieces.next()
    // The size was read a moment ago: a blob of another length was cut in between.
    if (piece === null) throw new ObjectCorrupt('it is cut')
    opener.open(piece)
  }
}
