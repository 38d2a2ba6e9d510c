import type { BulkDataIndex } from './bulk-data-index.ts'
import { swapStream } from './byte-stream.ts'
import type { SizedStream } from './byte-stream.ts'
import type { ByteSource } from './byte-source.ts'
import { readRanges } from './read-ranges.ts'

/**
 * One bulk value in little-endian order: a single part, or one part per fragment when it is encapsulated.
 *
 * @param path path of the value as in the BulkDataURI: `7FE00010`, `00880200/1/7FE00010`
 * @returns null when the instance has no such bulk value
 */
export function readBulkData(
  source: ByteSource,
  index: BulkDataIndex,
  path: string,
): { vr: string; parts: SizedStream[] } | null {
  const value = Object.hasOwn(index.values, path) ? index.values[path] : undefined
  if (!value) return null
  const { vr, swapBytes, fragments = [value.length] } = value
  const parts: SizedStream[] = []
  let start = value.offset
  for (const bytes of fragments) {
    const range = { start, end: start + bytes }
    const stored = () => bytesOf(source, index, range)
    parts.push({ bytes, stream: swapBytes ? () => swapStream(stored(), swapBytes) : stored })
    start += bytes + 8
  }
  return { vr, parts }
}

async function* bytesOf(
  source: ByteSource,
  index: BulkDataIndex,
  range: { start: number; end: number },
): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of readRanges(source, index, [range])) yield bytes
}
