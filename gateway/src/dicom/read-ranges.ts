import type { ByteSource } from './byte-source.ts'
import type { DataSetEncoding } from './data-set.ts'
import { openDataSetBytes } from './data-set-bytes.ts'
import { DicomError } from './dicom-error.ts'
import { defaultParseLimits } from './parse-limits.ts'

const chunkBytes = 1024 * 1024

/**
 * Streams ranges of a data set's bytes, whether they lie in the file as they are or deflated.
 *
 * @param ranges ascending and not overlapping; positions as in `DataSetEncoding`, `end` exclusive
 * @throws {DicomError} `truncated` when the source ends before a range does
 */
export async function* readRanges(
  source: ByteSource,
  encoding: Pick<DataSetEncoding, 'start' | 'deflated'>,
  ranges: readonly { start: number; end: number }[],
  inflatedBytesMax: number = defaultParseLimits.inflatedBytesMax,
): AsyncGenerator<{ range: number; bytes: Uint8Array }> {
  if (!encoding.deflated) {
    for (const [range, { start, end }] of ranges.entries()) {
      for (let position = start; position < end;) {
        const bytes = await source.read(position, Math.min(end, position + chunkBytes))
        if (bytes.byteLength === 0) throw new DicomError('truncated', `The file ends before byte ${end}`)
        yield { range, bytes }
        position += bytes.byteLength
      }
    }
    return
  }

  await using bytes = openDataSetBytes(source, encoding, inflatedBytesMax)
  let pending: Uint8Array = new Uint8Array(0)
  let pendingStart = 0
  for (const [range, { start, end }] of ranges.entries()) {
    for (let position = start; position < end;) {
      if (position >= pendingStart + pending.byteLength) {
        pendingStart = position
        pending = await bytes.pull(position, 1, chunkBytes)
        if (pending.byteLength === 0)
          throw new DicomError('truncated', `The data set ends before byte ${end}`)
      }
      const part = pending.subarray(position - pendingStart, end - pendingStart)
      yield { range, bytes: part }
      position += part.byteLength
    }
  }
}
