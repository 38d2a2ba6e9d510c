import type { ByteSource } from './byte-source.ts'
import type { DataSetEncoding } from './data-set.ts'
import { openDataSetBytes } from './data-set-bytes.ts'
import { DicomError } from './dicom-error.ts'
import { defaultParseLimits } from './parse-limits.ts'

/** A frame of a usual size comes in one piece: whoever wants it whole need not copy it. */
const chunkBytes = 1024 * 1024
const readAheadBytes = 64 * 1024

/**
 * Streams ranges of a data set's bytes, whether they lie in the file as they are or deflated.
 *
 * @param ranges ascending and not overlapping; positions as in `DataSetEncoding`, `end` exclusive
 * @param pieceBytesMax of what is given at once
 * @throws {DicomError} `truncated` when the source ends before a range does
 */
export async function* readRanges(
  source: ByteSource,
  encoding: Pick<DataSetEncoding, 'start' | 'deflated'>,
  ranges: readonly { start: number; end: number }[],
  inflatedBytesMax: number = defaultParseLimits.inflatedBytesMax,
  pieceBytesMax: number = chunkBytes,
): AsyncGenerator<{ range: number; bytes: Uint8Array }> {
  if (!encoding.deflated) {
    yield* rangesOfFile(source, ranges, pieceBytesMax)
    return
  }

  await using bytes = openDataSetBytes(source, encoding, inflatedBytesMax)
  let pending: Uint8Array = new Uint8Array(0)
  let pendingStart = 0
  for (const [range, { start, end }] of ranges.entries()) {
    for (let position = start; position < end;) {
      if (position >= pendingStart + pending.byteLength) {
        pendingStart = position
        pending = await bytes.pull(position, 1, pieceBytesMax)
        if (pending.byteLength === 0)
          throw new DicomError('truncated', `The data set ends before byte ${end}`)
      }
      const part = pending.subarray(position - pendingStart, end - pendingStart)
      yield { range, bytes: part }
      position += part.byteLength
    }
  }
}

/** Short ranges that follow each other closely (fragments) are served from one read. */
async function* rangesOfFile(
  source: ByteSource,
  ranges: readonly { start: number; end: number }[],
  pieceBytesMax: number,
): AsyncGenerator<{ range: number; bytes: Uint8Array }> {
  const last = ranges.at(-1)?.end ?? 0
  let held: Uint8Array = new Uint8Array(0)
  let heldStart = 0
  for (const [range, { start, end }] of ranges.entries()) {
    for (let position = start; position < end;) {
      let bytes = held.subarray(Math.max(0, position - heldStart), Math.max(0, end - heldStart))
      if (position < heldStart || bytes.byteLength === 0) {
        const wanted = Math.max(
          Math.min(end, position + pieceBytesMax),
          Math.min(last, position + readAheadBytes),
        )
        held = await source.read(position, wanted)
        heldStart = position
        bytes = held.subarray(0, end - position)
        if (bytes.byteLength === 0) throw new DicomError('truncated', `The file ends before byte ${end}`)
      }
      yield { range, bytes }
      position += bytes.byteLength
    }
  }
}
