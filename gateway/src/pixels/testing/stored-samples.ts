import { codecSamples } from '../compress/codec-samples.ts'
import type { NativeFrame } from '../decode/decode-frame.ts'
import type { ImageDescription } from '../pixels.ts'
import { storedValue } from '../show/stored-values.ts'

/** The stored value of each sample, pixel by pixel, whatever the layout of the native frame is. */
export function storedSamples(native: NativeFrame, image: ImageDescription): ArrayLike<number> {
  const { bytes } = native
  if (image.bitsAllocated > 16 || image.pixelType !== 'integer') {
    const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
    const values = new Uint32Array(buffer, byteOffset, bytes.byteLength >> 2)
    // halves of a double each for itself
    return values
  }
  const { bitsAllocated } = image
  const whole = { ...image, bitsStored: bitsAllocated, highBit: bitsAllocated - 1, signed: false }
  const { values } = codecSamples(native, whole, false)
  const stored = storedValue(image)
  const samples = new Int32Array(values.length)
  for (let index = 0; index < values.length; index++) samples[index] = stored(values[index] ?? 0)
  return samples
}

/** Infinity for different numbers of samples. */
export function largestDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  if (one.length !== other.length) return Infinity
  let largest = 0
  for (let index = 0; index < one.length; index++) {
    largest = Math.max(largest, Math.abs((one[index] ?? 0) - (other[index] ?? 0)))
  }
  return largest
}
