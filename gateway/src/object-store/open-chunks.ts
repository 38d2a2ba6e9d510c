import { ObjectCorrupt } from './object-errors.ts'
import type { PlainPart } from './open-object.ts'
import { chunkBytes, chunkCount, sealedChunkBytes, tagBytes, type ChunkCipher } from './sealed-format.ts'

/**
 * Opens the chunks that hold `part`, one after the other, from the one that holds `part.start` on.
 *
 * @param take given the plain bytes of each chunk, and from where to where they belong to the part
 * @returns `isWanted` whether more sealed bytes are needed; `open` takes any number of whole chunks
 */
export function chunkOpener(
  cipher: ChunkCipher,
  part: PlainPart,
  take: (plain: Buffer<ArrayBuffer>, from: number, to: number) => void,
) {
  const lastChunk = chunkCount(part.totalBytes) - 1
  let index = Math.floor(part.start / chunkBytes)
  // an empty object has one chunk too, of its tag alone
  const isWanted = () => index * chunkBytes < part.end || index === 0
  return {
    isWanted,
    /** @throws {ObjectCorrupt} */
    open(sealed: Buffer): void {
      for (let at = 0; at < sealed.length && isWanted(); index += 1) {
        const last = index === lastChunk
        const bytes = last ? part.totalBytes - index * chunkBytes + tagBytes : sealedChunkBytes
        if (at + bytes > sealed.length) throw new ObjectCorrupt(`chunk ${index} is cut`)
        const plain = cipher.open(sealed.subarray(at, at + bytes), index, last)
        const from = index * chunkBytes
        take(plain, Math.max(0, part.start - from), Math.min(plain.length, part.end - from))
        at += bytes
      }
    },
  }
}
