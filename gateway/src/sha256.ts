import { createHash, subtle } from 'node:crypto'
import { perTurn } from './per-turn.ts'

/**
 * Another thread hashes a copy, and wakes this one: that takes more of a busy machine than half a megabyte is worth,
 * whose hash is 0.3 ms. What is longer, or many short ones (the fragments of one file), would keep everybody else waiting.
 */
const hereBytesMax = 1024 * 1024
const turn = perTurn(2 * hereBytesMax)

/** SHA-256 of bytes in memory, which must not change until it is there. */
export async function sha256(bytes: Uint8Array): Promise<Buffer> {
  if (bytes.byteLength <= hereBytesMax && turn.isLeft()) {
    turn.spend(bytes.byteLength)
    return createHash('sha256').update(bytes).digest()
  }
  return Buffer.from(await subtle.digest('SHA-256', bytes))
}
