import type { Readable } from 'node:stream'
import { ObjectStoreAway } from './object-errors.ts'

/** Reads a download in pieces of the size asked for. */
export type DownloadReader = {
  /** So many bytes, fewer at the end, none after it. The memory is used again by the next call. */
  take(bytes: number): Promise<Buffer>
  /** Breaks the download off unless it has ended; safe to call twice. */
  close(): void
}

const empty = Buffer.alloc(0)

/**
 * @param body       what the server sends
 * @param bodyBytes  what it promised to send
 * @param stallMsMax how long to wait for the next byte. It counts while we wait alone: a slow reader is no stall.
 * @throws {ObjectStoreAway} from `take` when the body stalls or ends before its promised size
 */
export function downloadReader(body: Readable, bodyBytes: number, stallMsMax: number): DownloadReader {
  const iterator: AsyncIterator<Buffer> = body[Symbol.asyncIterator]()
  let received = 0
  let rest: Buffer = empty // received and not yet taken
  let buffer: Buffer = empty

  const receive = async (): Promise<Buffer> => {
    const timer = setTimeout(() => body.destroy(new ObjectStoreAway('the download stalled')), stallMsMax)
    try {
      const next = await iterator.next()
      if (next.done) throw new ObjectStoreAway('the download ended early')
      received += next.value.length
      // Only a body read to its end gives its connection back for the next request.
      if (received === bodyBytes) iterator.next().catch(() => undefined)
      return next.value
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    async take(bytes) {
      const wanted = Math.min(bytes, rest.length + bodyBytes - received)
      if (wanted === 0) return empty
      if (buffer.length < wanted) buffer = Buffer.allocUnsafe(wanted)
      let filled = 0
      while (filled < wanted) {
        if (rest.length === 0) rest = await receive()
        const copied = rest.copy(buffer, filled, 0, wanted - filled)
        rest = rest.subarray(copied)
        filled += copied
      }
      return buffer.subarray(0, wanted)
    },

    close() {
      if (received < bodyBytes) body.destroy()
    },
  }
}
