import { readLent, type LentPart } from '../../object-store/lent-part.ts'

/** What was lent is not there, or not whole. */
export class Unread extends Error {
  override name = 'Unread'
}

/** Kept for the next frame: to take it anew costs more than to fill it. */
const keptBytesMax = 64 * 1024 * 1024

/** Frames that this process reads for itself, in memory that it uses again. One at a time. */
export function lentFrames() {
  let spare: Buffer | null = null
  let last: Buffer | null = null
  return {
    /**
     * @returns memory that is as long as the frame, or longer by bytes of 0: a decoder that reads too far finds no other
     *   patient
     * @throws {Unread}
     */
    read(part: LentPart): Uint8Array {
      const bytes = part.end - part.start + 1
      const reused = spare && spare.length >= bytes && spare.length <= 2 * bytes ? spare : null
      if (reused) spare = null
      const memory = reused?.fill(0, bytes) ?? Buffer.allocUnsafeSlow(bytes)
      last = memory
      const frame = memory.subarray(0, bytes)
      try {
        readLent(part, frame)
      } catch (cause) {
        throw new Unread('what was lent', { cause })
      }
      return frame
    },
    /** Nobody looks at the last one any more. */
    giveBack() {
      if (last && last.length <= keptBytesMax) spare = last
      last = null
    },
  }
}
