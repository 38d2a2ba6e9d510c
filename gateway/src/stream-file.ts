import { open } from 'node:fs/promises'

const pieceBytes = 128 * 1024
/** The piece that is given, one that a stream holds ahead, and one that may still be on its way to a socket. */
const pieces = 3

/**
 * A file from start to end, in pieces whose memory is used again for the third one after: for a reader who is done
 * with a piece when he has asked twice more, as one who copies, encrypts, or writes to a socket and waits for it to
 * drain. `createReadStream` makes new memory for each piece, which stays until the collector comes.
 *
 * The file is opened when the first piece is asked for, and closed at the end or when the reader stops.
 */
export async function* streamFile(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'r')
  try {
    const ring: Buffer[] = []
    for (let index = 0; ; index = (index + 1) % pieces) {
      const buffer = (ring[index] ??= Buffer.allocUnsafeSlow(pieceBytes))
      const { bytesRead } = await file.read(buffer, 0, pieceBytes, null)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}
