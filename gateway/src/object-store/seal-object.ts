import { chunkBytes, type ChunkCipher } from './sealed-format.ts'

/** One for each object that is being sealed, used again: each new one would be a quarter of a megabyte of garbage. */
const spare: Buffer[] = []
const spareMax = 32

/**
 * Header and sealed chunks of a body, in order; holds one chunk in memory.
 *
 * @param onEnd told the plain size of the body once it has ended, before the last pieces are given
 */
export async function* sealObject(
  body: AsyncIterable<Uint8Array>,
  header: Buffer,
  cipher: ChunkCipher,
  onEnd: (plainBytes: number) => void,
): AsyncGenerator<Buffer> {
  // No `yield*` below: it asks an array for a `throw` method when a stream made of this is destroyed.
  yield header

  // Only the end of the body tells which chunk is the last: a full chunk waits until another byte has come.
  const filling = spare.pop() ?? Buffer.allocUnsafeSlow(chunkBytes)
  let filled = 0
  let index = 0
  try {
    for await (const bytes of body) {
      let at = 0
      while (at < bytes.length) {
        if (filled === chunkBytes) {
          for (const piece of cipher.seal(filling, index++, false)) yield piece
          filled = 0
        }
        while (filled === 0 && bytes.length - at > chunkBytes) {
          // Sealed where it lies, without a copy.
          for (const piece of cipher.seal(bytes.subarray(at, at + chunkBytes), index++, false)) yield piece
          at += chunkBytes
        }
        const take = Math.min(chunkBytes - filled, bytes.length - at)
        filling.set(bytes.subarray(at, at + take), filled)
        filled += take
        at += take
      }
    }
    onEnd(index * chunkBytes + filled)
    for (const piece of cipher.seal(filling.subarray(0, filled), index, true)) yield piece
  } finally {
    if (spare.length < spareMax) spare.push(filling)
  }
}
