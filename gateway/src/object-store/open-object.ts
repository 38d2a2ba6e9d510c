import { Readable } from 'node:stream'
import type { BlobPieces } from './blob-store.ts'
import { ObjectCorrupt } from './object-errors.ts'
import { ownMemory } from '../own-memory.ts'
import { chunkBytes, sealedChunkBytes, tagBytes, type ChunkCipher } from './sealed-format.ts'

/** Where the wanted bytes lie among an object's chunks. */
export type PlainPart = {
  start: number // first plain byte wanted
  end: number // one past the last plain byte wanted
  totalBytes: number // plain bytes of the whole object
}

/**
 * Opens the chunks that hold `part` and gives its bytes.
 *
 * The first chunk is opened before this resolves; a part within one chunk is then complete, and file or connection
 * are given back.
 *
 * @param pieces the sealed chunks from the one that holds `part.start` on; closed on every way out
 * @throws {ObjectCorrupt}
 */
export async function openObject(
  pieces: BlobPieces,
  cipher: ChunkCipher,
  part: PlainPart,
): Promise<Readable> {
  const lastChunk = Math.max(0, Math.ceil(part.totalBytes / chunkBytes) - 1)
  const firstWanted = Math.floor(part.start / chunkBytes)
  const lastWanted = Math.max(firstWanted, Math.ceil(part.end / chunkBytes) - 1)
  let index = firstWanted

  const nextPlain = async (): Promise<Buffer> => {
    const sealed = await pieces.next()
    const last = index === lastChunk
    const expected = last ? part.totalBytes - index * chunkBytes + tagBytes : sealedChunkBytes
    // The size was read a moment ago: a piece of another length was cut in between.
    if (sealed?.length !== expected) throw new ObjectCorrupt(`chunk ${index} is cut`)
    const plain = ownMemory(cipher.open(sealed, index, last))
    const from = index * chunkBytes
    index += 1
    return plain.subarray(Math.max(0, part.start - from), Math.min(plain.length, part.end - from))
  }

  let first: Buffer
  try {
    first = await nextPlain()
  } catch (error) {
    pieces.close()
    throw error
  }

  const done = () => index > lastWanted
  if (done()) pieces.close()

  let givenFirst = false
  return new Readable({
    highWaterMark: chunkBytes, // one chunk is opened ahead of the reader, no more
    read() {
      const give = (plain: Buffer) => {
        if (plain.length > 0) this.push(plain) // only an empty object has an empty part
        if (done()) {
          pieces.close()
          this.push(null)
        }
      }
      if (!givenFirst) {
        givenFirst = true
        give(first)
        return
      }
      nextPlain().then(give, (error: unknown) => {
        this.destroy(error instanceof Error ? error : new Error(String(error)))
      })
    },
    destroy(error, callback) {
      pieces.close()
      callback(error)
    },
  })
}
