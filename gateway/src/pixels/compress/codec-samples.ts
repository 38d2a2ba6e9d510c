import { isSubsampled } from '../decode/frame-length.ts'
import type { NativeFrame } from '../decode/decode-frame.ts'
import { PixelError } from '../pixel-error.ts'
import type { ImageDescription } from '../pixels.ts'
import { allocatedWords, storedValue } from '../show/stored-values.ts'

/** Samples as a lossless coder takes them: pixel by pixel, in the lowest bits. */
export type CodecSamples = {
  values: Uint8Array | Uint16Array | Int16Array
  rows: number
  columns: number
  samplesPerPixel: number
  /** bits of a sample that count */
  precision: number
  signed: boolean
  photometricInterpretation: string
}

/**
 * Native pixel data as samples for a coder, nothing of it lost.
 *
 * Coders with a sign get the stored value. Those without (JPEG, JPEG-LS) get the whole allocated word of signed samples,
 * its sign extended, so that every reader finds it again; and of samples with something in their unused bits, such as an
 * overlay.
 *
 * @param withSign whether the coder knows signed samples
 * @throws {PixelError} `unsupported` when there is something in unused bits that the coder would lose
 */
export function codecSamples(frame: NativeFrame, image: ImageDescription, withSign: boolean): CodecSamples {
  const { rows, columns, samplesPerPixel, bitsAllocated, bitsStored, highBit, signed } = image
  const { values: words, photometricInterpretation } = interleavedWords(frame, image)
  const base = { rows, columns, samplesPerPixel, photometricInterpretation }
  const unused = usesUnusedBits(words, image)

  if (withSign) {
    if (unused) throw new PixelError('unsupported', 'bits beside the stored ones, which would be lost')
    if (!signed) return { ...base, values: words, precision: bitsStored, signed }
    const stored = storedValue(image)
    return { ...base, values: Int16Array.from(words, (word) => stored(word)), precision: bitsStored, signed }
  }
  if (unused || highBit !== bitsStored - 1 || bitsStored === 1) {
    return { ...base, values: words, precision: bitsAllocated, signed: false }
  }
  if (!signed) return { ...base, values: words, precision: bitsStored, signed: false }
  const stored = storedValue(image)
  const extended = words.map((word) => stored(word)) // wraps to the same bits
  return { ...base, values: extended, precision: bitsAllocated, signed: false }
}

/** Whether a word holds more than its stored bits, or the extension of their sign. */
function usesUnusedBits(
  words: Uint8Array | Uint16Array,
  { bitsAllocated, bitsStored, highBit, signed }: ImageDescription,
): boolean {
  if (bitsStored === bitsAllocated) return false
  const above = (2 ** bitsAllocated - 1) ^ (2 ** (highBit + 1) - 1)
  const below = 2 ** (highBit + 1 - bitsStored) - 1
  const sign = 2 ** highBit
  return words.some((word) => {
    if (word & below) return true
    const top = word & above
    return top !== 0 && !(signed && word & sign && top === above)
  })
}

/** 8- or 16-bit words pixel by pixel; chrominance of half the width is repeated, which loses nothing. */
function interleavedWords(
  frame: NativeFrame,
  image: ImageDescription,
): { values: Uint8Array | Uint16Array; photometricInterpretation: string } {
  const { photometricInterpretation } = frame
  const words = allocatedWords(frame.bytes, image)
  const pixels = image.rows * image.columns
  if (image.samplesPerPixel === 1) return { values: words.subarray(0, pixels), photometricInterpretation }

  const values = image.bitsAllocated === 8 ? new Uint8Array(pixels * 3) : new Uint16Array(pixels * 3)
  if (isSubsampled({ ...image, photometricInterpretation })) {
    for (let read = 0, write = 0; write < values.length; read += 4) {
      for (let pixel = 0; pixel < 2 && write < values.length; pixel++) {
        values[write++] = words[read + pixel] ?? 0
        values[write++] = words[read + 2] ?? 0
        values[write++] = words[read + 3] ?? 0
      }
    }
    return { values, photometricInterpretation: photometricInterpretation.replace('_422', '') }
  }
  if (frame.planarConfiguration === 0)
    return { values: words.subarray(0, pixels * 3), photometricInterpretation }
  for (let pixel = 0, write = 0; pixel < pixels; pixel++) {
    for (let plane = 0; plane < 3; plane++) values[write++] = words[plane * pixels + pixel] ?? 0
  }
  return { values, photometricInterpretation }
}
