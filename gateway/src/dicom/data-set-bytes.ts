import { createInflate, createInflateRaw } from 'node:zlib'
import { Readable } from 'node:stream'
import type { ByteSource } from './byte-source.ts'
import type { DataSetEncoding } from './data-set.ts'
import { DicomError } from './dicom-error.ts'

/** The bytes that a data set's offsets count in: the file's, or the inflated ones of a deflated data set. */
export type DataSetBytes = AsyncDisposable & {
  /** How many there are; Infinity until inflating has come to the end. */
  readonly bytes: number
  /**
   * Bytes from `position` on: at least `bytesMin`, fewer only where the end comes first, and up to `bytesWanted`
   * where that costs nothing more. Positions must not go back.
   */
  pull(position: number, bytesMin: number, bytesWanted: number): Promise<Uint8Array>
}

const inflateChunkBytes = 64 * 1024

/**
 * Opens the bytes of a data set for reading forward. Inflating is streamed: a deflate bomb costs time up to
 * `inflatedBytesMax`, never memory.
 *
 * @param head the first bytes of the source when they were read already: to a far source each read is a request
 * @throws {DicomError} from `pull`: `too-large-header` past `inflatedBytesMax`, `truncated` or `not-dicom` when the
 * deflated stream is cut or broken
 */
export function openDataSetBytes(
  source: ByteSource,
  { start, deflated }: Pick<DataSetEncoding, 'start' | 'deflated'>,
  inflatedBytesMax: number,
  head: Uint8Array = new Uint8Array(0),
): DataSetBytes {
  if (deflated) return inflatedBytes(source, start, inflatedBytesMax)
  return {
    bytes: source.bytes,
    async pull(position, bytesMin, bytesWanted) {
      if (position < head.byteLength && position + bytesMin <= head.byteLength) return head.subarray(position)
      return source.read(position, Math.min(source.bytes, position + Math.max(bytesMin, bytesWanted)))
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

function inflatedBytes(source: ByteSource, start: number, inflatedBytesMax: number): DataSetBytes {
  let inflated: AsyncIterator<Buffer> | null = null
  let pending: Buffer = Buffer.alloc(0)
  let pendingStart = 0
  let ended = false

  async function open(): Promise<AsyncIterator<Buffer>> {
    const head = await source.read(start, start + 2)
    // PS3.5 A.5 asks for a bare deflate stream (RFC 1951); some writers wrap it in zlib's header (RFC 1950).
    const [first = 0, second = 0] = head
    const wrapped = first === 0x78 && (first * 256 + second) % 31 === 0
    const stream = wrapped
      ? createInflate({ chunkSize: inflateChunkBytes })
      : createInflateRaw({ chunkSize: inflateChunkBytes })
    const file = Readable.from(deflatedChunks(source, start), { objectMode: false })
    file.on('error', (error) => stream.destroy(error))
    file.pipe(stream)
    stream.on('close', () => file.destroy())
    return stream[Symbol.asyncIterator]()
  }

  async function more(): Promise<boolean> {
    inflated ??= await open()
    let next
    try {
      next = await inflated.next()
    } catch (error) {
      throw inflateError(error)
    }
    if (next.done) {
      ended = true
      return false
    }
    const chunk: Buffer = next.value
    if (pendingStart + pending.length + chunk.length > inflatedBytesMax) {
      throw new DicomError(
        'too-large-header',
        `The deflated data set is larger than ${inflatedBytesMax} bytes`,
      )
    }
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    return true
  }

  return {
    get bytes() {
      return ended ? pendingStart + pending.length : Infinity
    },
    async pull(position, bytesMin) {
      while (!ended && pendingStart + pending.length <= position) {
        pendingStart += pending.length
        pending = Buffer.alloc(0)
        await more()
      }
      if (position > pendingStart) {
        const passed = Math.min(position - pendingStart, pending.length)
        pending = pending.subarray(passed)
        pendingStart += passed
      }
      while (!ended && pending.length < bytesMin) await more()
      const bytes = pending
      pendingStart += pending.length
      pending = Buffer.alloc(0)
      return bytes
    },
    async [Symbol.asyncDispose]() {
      await inflated?.return?.()
    },
  }
}

async function* deflatedChunks(source: ByteSource, start: number): AsyncGenerator<Uint8Array> {
  for (let position = start; position < source.bytes; position += inflateChunkBytes) {
    yield await source.read(position, Math.min(source.bytes, position + inflateChunkBytes))
  }
}

function inflateError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'Z_BUF_ERROR') return new DicomError('truncated', 'The deflated data set ends early')
  if (typeof code === 'string' && code.startsWith('Z_')) {
    return new DicomError('not-dicom', 'The data set is not a valid deflate stream')
  }
  return error
}
