import type { Voxels } from './reslice.ts'

/** How a slice's values lie in its bytes, little endian, and how much of it is kept. */
export type SliceForm = {
  columns: number
  rows: number
  bitsAllocated: 8 | 16
  bitsStored: number
  isSigned: boolean
  /** of so many columns and rows one value is kept: their mean */
  thinnedBy: number
}

/**
 * Puts a slice into its place of a volume.
 *
 * @param bytes a frame in Explicit VR Little Endian (PS3.5 §8.1.1)
 * @param place columns × rows of the volume, thinned
 * @returns the least and the greatest value; null where there are too few bytes
 */
export function keepSlice(
  bytes: ArrayBuffer,
  { columns, rows, bitsAllocated, bitsStored, isSigned, thinnedBy }: SliceForm,
  place: Voxels,
): { minimum: number; maximum: number } | null {
  const count = columns * rows
  if (bytes.byteLength < (count * bitsAllocated) / 8) return null
  const stored =
    bitsAllocated === 8
      ? isSigned
        ? new Int8Array(bytes, 0, count)
        : new Uint8Array(bytes, 0, count)
      : isSigned
        ? new Int16Array(bytes, 0, count)
        : new Uint16Array(bytes, 0, count)
  // bits above those stored may hold an overlay of old
  const shift = 32 - Math.min(bitsStored, bitsAllocated)
  const valueAt = (at: number) => {
    const value = stored[at] ?? 0
    return isSigned ? (value << shift) >> shift : (value << shift) >>> shift
  }
  const [keptColumns, keptRows] = [Math.floor(columns / thinnedBy), Math.floor(rows / thinnedBy)]
  let [minimum, maximum] = [Infinity, -Infinity]
  for (let row = 0, at = 0; row < keptRows; row++) {
    for (let column = 0; column < keptColumns; column++, at++) {
      let value: number
      if (thinnedBy === 1) value = valueAt(at)
      else {
        let sum = 0
        for (let y = 0; y < thinnedBy; y++) {
          for (let x = 0; x < thinnedBy; x++) {
            sum += valueAt((row * thinnedBy + y) * columns + column * thinnedBy + x)
          }
        }
        value = Math.round(sum / (thinnedBy * thinnedBy))
      }
      place[at] = value
      if (value < minimum) minimum = value
      if (value > maximum) maximum = value
    }
  }
  return { minimum, maximum }
}
