import { shiftStream, sliceStream, swapStream } from './byte-stream.ts'
import type { SizedStream } from './byte-stream.ts'
import type { ByteSource } from './byte-source.ts'
import type { FrameIndex } from './frame-index.ts'
import { readRanges } from './read-ranges.ts'

/**
 * Byte ranges of the file that hold a frame: `start` inclusive, `end` exclusive, in order. Several for a frame of
 * several fragments. `null` when there is no such frame.
 *
 * The ranges are the frame as it has to be sent where `isSentAsStored`; `readFrame` handles the rest too.
 *
 * @param frame frame number, from 1
 */
export function frameRanges(index: FrameIndex, frame: number): { start: number; end: number }[] | null {
  if (!Number.isInteger(frame) || frame < 1 || frame > index.frames) return null
  if (index.kind === 'native') {
    const startBit = (frame - 1) * index.bitsPerFrame
    return [
      {
        start: index.offset + Math.floor(startBit / 8),
        end: index.offset + Math.ceil((startBit + index.bitsPerFrame) / 8),
      },
    ]
  }
  const counts = index.fragmentsPerFrame
  let first = frame - 1
  if (counts) {
    first = 0
    for (let before = 0; before < frame - 1; before++) first += counts[before] ?? 0
  }
  const last = first + (counts ? (counts[frame - 1] ?? 0) : 1)
  let start = index.offset
  for (let before = 0; before < first; before++) start += (index.fragments[before] ?? 0) + 8
  const ranges: { start: number; end: number }[] = []
  for (const length of index.fragments.slice(first, last)) {
    ranges.push({ start, end: start + length })
    start += length + 8
  }
  return ranges
}

/** Whether the bytes of `frameRanges`, joined, are the frame: not deflated, in little endian, of whole bytes. */
export function isSentAsStored(index: FrameIndex): boolean {
  if (index.deflated) return false
  return index.kind === 'encapsulated' || (!index.swapBytes && index.bitsPerFrame % 8 === 0)
}

/**
 * One frame: native ones little endian, beginning and ending with a whole byte (unused bits are zero), encapsulated
 * ones as the concatenation of their fragments. `null` when there is no such frame.
 *
 * @param frame frame number, from 1
 */
export function readFrame(source: ByteSource, index: FrameIndex, frame: number): SizedStream | null {
  const ranges = frameRanges(index, frame)
  if (!ranges) return null
  if (index.kind === 'encapsulated') {
    return {
      bytes: ranges.reduce((total, { start, end }) => total + end - start, 0),
      stream: () => bytesOf(source, index, ranges),
    }
  }
  return { bytes: Math.ceil(index.bitsPerFrame / 8), stream: () => nativeFrame(source, index, frame, ranges) }
}

async function* nativeFrame(
  source: ByteSource,
  index: FrameIndex & { kind: 'native' },
  frame: number,
  ranges: { start: number; end: number }[],
): AsyncGenerator<Uint8Array> {
  const { start = 0, end = 0 } = ranges[0] ?? {}
  const { offset, swapBytes, bitsPerFrame } = index
  let stream: AsyncGenerator<Uint8Array>
  if (swapBytes) {
    // With 8-bit pixels in 16-bit words a frame may begin in the middle of a word.
    const skipped = (start - offset) % swapBytes
    const widened = {
      start: start - skipped,
      end: end + ((swapBytes - ((end - offset) % swapBytes)) % swapBytes),
    }
    const swappedBytes = swapStream(bytesOf(source, index, [widened]), swapBytes)
    stream = sliceStream(swappedBytes, skipped, skipped + end - start)
  } else {
    stream = bytesOf(source, index, ranges)
  }

  const firstBit = ((frame - 1) * bitsPerFrame) % 8
  if (firstBit > 0) stream = sliceStream(shiftStream(stream, firstBit), 0, Math.ceil(bitsPerFrame / 8))
  if (bitsPerFrame % 8 === 0) yield* stream
  else yield* withoutUnusedBits(stream, bitsPerFrame)
}

/** Clears the bits of the next frame in the last byte. */
async function* withoutUnusedBits(
  stream: AsyncIterable<Uint8Array>,
  bits: number,
): AsyncGenerator<Uint8Array> {
  let left = Math.ceil(bits / 8)
  for await (const chunk of stream) {
    left -= chunk.byteLength
    if (left > 0) {
      yield chunk
    } else {
      const last = Buffer.from(chunk)
      last[last.length - 1] = (last[last.length - 1] ?? 0) & ((1 << (bits % 8)) - 1)
      yield last
    }
  }
}

async function* bytesOf(
  source: ByteSource,
  index: FrameIndex,
  ranges: { start: number; end: number }[],
): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of readRanges(source, index, ranges)) yield bytes
}
