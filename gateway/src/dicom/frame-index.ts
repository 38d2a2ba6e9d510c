import { videoSyntaxes } from '../pixels/decode/decodable.ts'
import type { ByteSource } from './byte-source.ts'
import type { Element, Fragments, ParsedInstance } from './data-set.ts'
import { pixelLayout } from './pixel-layout.ts'
import { readRanges } from './read-ranges.ts'

/** Where the frames of an instance lie in its file. JSON-serialisable; a few bytes per frame. */
export type FrameIndex = {
  transferSyntaxUid: string
  /** Where the data set starts in the file, and whether positions count in its inflated bytes. */
  start: number
  deflated: boolean
  /** Frames that can be read; fewer than Number of Frames when pixel data are missing. */
  frames: number
} & (NativeFrames | EncapsulatedFrames)

type NativeFrames = {
  kind: 'native'
  /** Position of the first frame. */
  offset: number
  /** Frames follow without padding, so with one bit per pixel they start inside a byte. */
  bitsPerFrame: number
  /** The file holds units of so many bytes in the other byte order. */
  swapBytes: 2 | 4 | 8 | null
}

type EncapsulatedFrames = {
  kind: 'encapsulated'
  /** Position of the first fragment's content. */
  offset: number
  /** Bytes of each fragment's content; between two lie 8 bytes of item header. */
  fragments: number[]
  /** How many fragments each frame has; null for one each. */
  fragmentsPerFrame: number[] | null
  /** One stream of all frames (MPEG, HEVC): it counts as one frame. */
  video: boolean
}

/**
 * Finds the frames of an instance, PS3.5 §8 and Annex A.4; null when it has no pixel data.
 *
 * Encapsulated frames are told apart by what is sound, in this order: as many fragments as frames, the Extended
 * Offset Table, the Basic Offset Table, codestream starts at the head of fragments (only then is the source read).
 * A table that points elsewhere than at fragments is not believed.
 */
export async function frameIndex(
  source: ByteSource,
  parsed: Omit<ParsedInstance, 'identifiers' | 'fileMeta'>,
): Promise<FrameIndex | null> {
  const { pixelData, encoding } = parsed
  if (!pixelData) return null
  const { transferSyntaxUid, start, deflated } = encoding
  const { frames, bitsPerFrame, swapBytes } = pixelLayout(parsed)

  if (!pixelData.fragments) {
    const complete = bitsPerFrame > 0 ? Math.floor((pixelData.length * 8) / bitsPerFrame) : 0
    return {
      transferSyntaxUid,
      start,
      deflated,
      frames: Math.min(frames, complete),
      kind: 'native',
      offset: pixelData.offset,
      bitsPerFrame,
      swapBytes,
    }
  }

  const video = videoSyntaxes.test(transferSyntaxUid)
  const counts = await fragmentCounts(source, parsed, pixelData.fragments, video ? 1 : frames)
  return {
    transferSyntaxUid,
    start,
    deflated,
    frames: counts.length,
    kind: 'encapsulated',
    offset: pixelData.fragments.offset,
    fragments: [...pixelData.fragments.lengths],
    fragmentsPerFrame: counts.every((count) => count === 1) ? null : counts,
    video,
  }
}

/** Whether all frames are one stream, which counts as one. */
export function isOneStream(index: FrameIndex | null): boolean {
  return index?.kind === 'encapsulated' && index.video
}

/** How many fragments each readable frame has. */
async function fragmentCounts(
  source: ByteSource,
  parsed: Omit<ParsedInstance, 'identifiers' | 'fileMeta'>,
  fragments: Fragments,
  frames: number,
): Promise<number[]> {
  const { lengths, basicOffsetTable } = fragments
  if (lengths.length === 0) return []
  if (frames === 1) return [lengths.length]
  if (lengths.length === frames) return lengths.map(() => 1)

  const { elements, bigEndian } = parsed.attributes
  for (const table of [extendedOffsets(elements.get('7FE00001'), bigEndian), basicOffsetTable]) {
    const counts = table.length === frames ? countsByOffsets(lengths, table) : null
    if (counts) return counts
  }
  return countsByCodestreams(source, parsed, fragments, frames)
}

function extendedOffsets(element: Element | undefined, bigEndian: boolean): number[] {
  const value = element?.value
  if (!value) return []
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
  const offsets: number[] = []
  for (let at = 0; at + 8 <= value.byteLength; at += 8)
    offsets.push(Number(view.getBigUint64(at, !bigEndian)))
  return offsets
}

/** Fragments per frame by the offsets of the frames' first item headers; null when one is no item header. */
function countsByOffsets(lengths: readonly number[], offsets: readonly number[]): number[] | null {
  const counts: number[] = []
  let position = 0
  for (const length of lengths) {
    if (position === offsets[counts.length]) counts.push(1)
    else if (counts.length > 0) counts.push((counts.pop() ?? 0) + 1)
    else return null
    position += 8 + length
  }
  return counts.length === offsets.length ? counts : null
}

/** Each may cost a read. */
const scannedFragmentsMax = 20_000

/** Fragments per frame by which of them begin a codestream; none when there are too many to look at. */
async function countsByCodestreams(
  source: ByteSource,
  { encoding }: Pick<ParsedInstance, 'encoding'>,
  { offset, lengths }: Fragments,
  frames: number,
): Promise<number[]> {
  if (lengths.length > scannedFragmentsMax) return []
  const ranges: { start: number; end: number }[] = []
  let start = offset
  for (const length of lengths) {
    ranges.push({ start, end: start + Math.min(length, 12) })
    start += length + 8
  }
  const heads = lengths.map(() => Buffer.alloc(0))
  for await (const { range, bytes } of readRanges(source, encoding, ranges)) {
    heads[range] = Buffer.concat([heads[range] ?? Buffer.alloc(0), bytes])
  }
  const counts: number[] = []
  for (const head of heads) {
    if (beginsCodestream(head)) counts.push(1)
    else if (counts.length > 0) counts.push((counts.pop() ?? 0) + 1)
    else return []
  }
  return counts.slice(0, frames)
}

const codestreamStarts = [
  Buffer.from('ffd8ff', 'hex'), // JPEG and JPEG-LS: SOI and the next marker
  Buffer.from('ff4fff51', 'hex'), // JPEG 2000 and HTJ2K: SOC and SIZ
  Buffer.from('0000000c6a502020', 'hex'), // the same wrapped in a JP2 file, against the standard
  Buffer.from('ff0a', 'hex'), // JPEG XL
  Buffer.from('0000000c4a584c20', 'hex'), // JPEG XL in its container
]

function beginsCodestream(head: Buffer): boolean {
  return codestreamStarts.some((start) => head.subarray(0, start.length).equals(start))
}
