import { open } from 'node:fs/promises'
import { ownMemory } from '../own-memory.ts'

/** Random access to the bytes of one file: a local file, a buffer, or ranges of an object in a store. */
export type ByteSource = {
  /** Size of the whole file, in bytes. */
  bytes: number
  /** Bytes `start` (inclusive) to `end` (exclusive); fewer only when the file ends before `end`. */
  read(start: number, end: number): Promise<Uint8Array>
  /** All of it, where it is in memory anyway. */
  memory?: Uint8Array
}

/** A source that holds something open until closed; `await using` closes it. */
export type OpenByteSource = ByteSource & AsyncDisposable & { close(): Promise<void> }

/** Reads a local file by position. The caller closes it, or takes it with `await using`. */
export async function fileSource(path: string): Promise<OpenByteSource> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    return {
      bytes: size,
      async read(start, end) {
        const length = Math.max(0, Math.min(end, size) - start)
        const buffer = ownMemory(Buffer.allocUnsafeSlow(length))
        let filled = 0
        while (filled < length) {
          const { bytesRead } = await file.read(buffer, filled, length - filled, start + filled)
          if (bytesRead === 0) break // the file shrank while it was read
          filled += bytesRead
        }
        return buffer.subarray(0, filled)
      },
      close: () => file.close(),
      [Symbol.asyncDispose]: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Bytes already in memory as a source; nothing is copied. */
export function bufferSource(buffer: Uint8Array): ByteSource {
  return {
    bytes: buffer.byteLength,
    memory: buffer,
    read: (start, end) => Promise.resolve(buffer.subarray(start, end)),
  }
}
