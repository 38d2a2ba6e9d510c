import { isSubsampled } from '../decode/frame-length.ts'
import type { ImageDescription } from '../pixels.ts'
import { PixelError } from '../pixel-error.ts'
import type { Picture } from './picture.ts'
import { allocatedWords } from './stored-values.ts'

/**
 * RGB and YBR of 8 or 16 bits to 8-bit RGB. YBR_RCT and YBR_ICT arrive here as RGB, undone by their decoder.
 *
 * @see DICOM PS3.3 §C.7.6.3.1.2 (the YBR equations), §C.7.6.3.1.3 Planar Configuration
 */
export function showColour(bytes: Uint8Array, image: ImageDescription): Picture {
  const { photometricInterpretation, samplesPerPixel, rows, columns, bitsAllocated, bitsStored, highBit } =
    image
  const known = /^(RGB|YBR_FULL|YBR_FULL_422|YBR_PARTIAL_422|YBR_RCT|YBR_ICT)$/.test(
    photometricInterpretation,
  )
  if (!known || samplesPerPixel !== 3 || (bitsAllocated !== 8 && bitsAllocated !== 16)) {
    throw new PixelError(
      'unsupported',
      `${samplesPerPixel} samples of ${bitsAllocated} bits as ${photometricInterpretation}`,
    )
  }

  const samples = toBytes(allocatedWords(bytes, image), bitsStored, highBit)
  const data = isSubsampled(image)
    ? upsampled(samples, rows * columns)
    : image.planarConfiguration === 1
      ? interleaved(samples, rows * columns)
      : new Uint8Array(samples.subarray(0, rows * columns * 3))
  if (photometricInterpretation.startsWith('YBR_FULL')) toRgb(data, 0, 1)
  if (photometricInterpretation === 'YBR_PARTIAL_422') toRgb(data, 16, 255 / 219)
  return { data, channels: 3, width: columns, height: rows, window: null, iccProfile: image.iccProfile }
}

function toBytes(words: Uint8Array | Uint16Array, bitsStored: number, highBit: number): Uint8Array {
  if (words instanceof Uint8Array && bitsStored === 8) return words
  const shift = highBit + 1 - bitsStored
  const mask = 2 ** bitsStored - 1
  return Uint8Array.from(words, (word) => Math.round((((word >> shift) & mask) / mask) * 255))
}

function interleaved(planes: Uint8Array, pixels: number): Uint8Array {
  const data = new Uint8Array(pixels * 3)
  for (let pixel = 0, write = 0; pixel < pixels; pixel++) {
    data[write++] = planes[pixel] ?? 0
    data[write++] = planes[pixels + pixel] ?? 0
    data[write++] = planes[2 * pixels + pixel] ?? 0
  }
  return data
}

/** Y1 Y2 Cb Cr to Y1 Cb Cr Y2 Cb Cr. */
function upsampled(samples: Uint8Array, pixels: number): Uint8Array {
  const data = new Uint8Array(pixels * 3)
  for (let read = 0, write = 0; write < data.length; read += 4) {
    for (let pixel = 0; pixel < 2 && write < data.length; pixel++) {
      data[write++] = samples[read + pixel] ?? 0
      data[write++] = samples[read + 2] ?? 0
      data[write++] = samples[read + 3] ?? 0
    }
  }
  return data
}

/** In place; `base` and `gain` are those of studio range for YBR_PARTIAL. */
function toRgb(data: Uint8Array, base: number, gain: number): void {
  const chroma = base === 0 ? 1 : 255 / 224
  const clamped = new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength) // rounds and clamps on write
  for (let index = 0; index < data.length; index += 3) {
    const y = ((data[index] ?? 0) - base) * gain
    const cb = ((data[index + 1] ?? 0) - 128) * chroma
    const cr = ((data[index + 2] ?? 0) - 128) * chroma
    clamped[index] = y + 1.402 * cr
    clamped[index + 1] = y - 0.344136 * cb - 0.714136 * cr
    clamped[index + 2] = y + 1.772 * cb
  }
}
