import type { NativeFrame } from '../decode/decode-frame.ts'
import type { ImageDescription, OverlayPlane } from '../pixels.ts'
import { allocatedWords } from './stored-values.ts'

/** Whether an overlay plane is set over a pixel of the frame. */
export function bitAt(
  { rows, columns, top, left, bits }: OverlayPlane,
  row: number,
  column: number,
): boolean {
  const [y, x] = [row - top, column - left]
  if (y < 0 || x < 0 || y >= rows || x >= columns || !bits) return false
  const index = y * columns + x
  return (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1
}

/** The plane with its own bits, taken out of the pixel data where they lie there. */
export function withBits(plane: OverlayPlane, frame: NativeFrame, image: ImageDescription): OverlayPlane {
  const { embeddedBit, rows, columns } = plane
  if (embeddedBit === null || image.bitsAllocated > 16) return plane
  const words = allocatedWords(frame.bytes, image)
  const bits = new Uint8Array(Math.ceil((rows * columns) / 8))
  for (let index = 0; index < Math.min(words.length, rows * columns); index++) {
    if (((words[index] ?? 0) >> embeddedBit) & 1)
      bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7))
  }
  return { ...plane, bits }
}
