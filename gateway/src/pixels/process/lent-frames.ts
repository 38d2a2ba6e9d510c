import { readLent, type LentPart } from '../../object-store/lent-part.ts'
import { memoryAgain } from './memory-again.ts'

/** What was lent is not there, or not whole. */
export class Unread extends Error {
  override name = 'Unread'
}

/** Frames that this process reads for itself, in memory that it uses again. One at a time. */
export function lentFrames() {
  const again = memoryAgain()
  return {
    /**
     * @returns memory that is as long as the frame, or longer by bytes of 0: a decoder that reads too far finds no other
     *   patient
     * @throws {Unread}
     */
    read(part: LentPart): Uint8Array {
      const bytes = part.end - part.start + 1
      const memory = again.take(bytes)
      again.use(memory)
      const frame = memory.subarray(0, bytes)
      try {
        readLent(part, frame)
      } catch (cause) {
        throw new Unread('what was lent', { cause })
      }
      return frame
    },
    /** Nobody looks at the last one any more. */
    giveBack: again.giveBack,
  }
}
