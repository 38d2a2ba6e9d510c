import type { ImageDescription } from '../pixels.ts'
import type { NativeFrame } from './decode-frame.ts'
import { PixelError } from '../pixel-error.ts'

/**
 * RLE Lossless: one PackBits segment for each byte of each sample, most significant byte first.
 *
 * @returns interleaved samples (Planar Configuration 0); bits stay packed for Bits Allocated 1
 * @throws {PixelError} `damaged` for a wrong header or a segment of the wrong length
 * @see DICOM PS3.5 §G
 */
export function decodeRle(bytes: Uint8Array, image: ImageDescription): NativeFrame {
  const { rows, columns, samplesPerPixel, bitsAllocated, photometricInterpretation } = image
  const sampleBytes = Math.ceil(bitsAllocated / 8)
  const segmentBytes = bitsAllocated === 1 ? Math.ceil((rows * columns) / 8) : rows * columns
  const segments = samplesPerPixel * sampleBytes
  // A run of 128 equal bytes takes two: what claims to be denser than that is not worth allocating for.
  if (bytes.length < 64 || segments > 15 || segmentBytes * segments > bytes.length * 64) {
    throw new PixelError('damaged', 'the RLE frame is too short for its declared size')
  }

  const header = new DataView(bytes.buffer, bytes.byteOffset, 64)
  if (header.getUint32(0, true) !== segments) {
    throw new PixelError(
      'damaged',
      `the RLE frame has ${header.getUint32(0, true)} segments instead of ${segments}`,
    )
  }

  const output = new Uint8Array(segmentBytes * segments)
  for (let segment = 0; segment < segments; segment++) {
    const start = header.getUint32(4 + segment * 4, true)
    const end = segment + 1 < segments ? header.getUint32(8 + segment * 4, true) : bytes.length
    if (start < 64 || end < start || end > bytes.length)
      throw new PixelError('damaged', 'an RLE segment lies outside the frame')

    const sample = Math.floor(segment / sampleBytes)
    const significance = sampleBytes - 1 - (segment % sampleBytes)
    unpack(bytes.subarray(start, end), output, sample * sampleBytes + significance, segments, segmentBytes)
  }
  return { bytes: output, photometricInterpretation, planarConfiguration: 0 }
}

/** Writes `count` bytes to `output`, from `first` on, `stride` apart. */
function unpack(packed: Uint8Array, output: Uint8Array, first: number, stride: number, count: number): void {
  let read = 0
  let write = first
  const end = first + stride * count
  while (write < end) {
    const control = packed[read++]
    if (control === undefined) throw new PixelError('damaged', 'an RLE segment ends too early')
    if (control < 128) {
      const literal = Math.min(control + 1, (end - write) / stride)
      if (read + literal > packed.length) throw new PixelError('damaged', 'an RLE segment ends too early')
      for (let index = 0; index < literal; index++, write += stride) output[write] = packed[read + index] ?? 0
      read += control + 1
    } else if (control > 128) {
      const value = packed[read++]
      if (value === undefined) throw new PixelError('damaged', 'an RLE segment ends too early')
      const stop = Math.min(write + (257 - control) * stride, end)
      for (; write < stop; write += stride) output[write] = value
    }
  }
}
