import type { ImageDescription } from '../pixels.ts'
import { PixelError } from '../pixel-error.ts'
import type { Picture } from './picture.ts'
import { allocatedWords, storedValue } from './stored-values.ts'

/** PALETTE COLOR to RGB; indices outside the table take its first or last entry (PS3.3 §C.7.6.3.1.5). */
export function showPalette(bytes: Uint8Array, image: ImageDescription): Picture {
  const { palette, rows, columns, bitsAllocated, samplesPerPixel } = image
  if (!palette) throw new PixelError('damaged', 'a palette image without its palette')
  if (bitsAllocated > 16 || samplesPerPixel !== 1)
    throw new PixelError('damaged', 'a palette image with wide samples')

  const words = allocatedWords(bytes, image)
  const stored = storedValue(image)
  const indices = Uint16Array.from({ length: words.BYTES_PER_ELEMENT === 1 ? 256 : 65536 }, (_, word) => {
    return Math.max(0, Math.min(palette.red.length - 1, stored(word) - palette.first))
  })
  const { red, green, blue } = palette
  const data = new Uint8Array(rows * columns * 3)
  for (let pixel = 0, write = 0; pixel < rows * columns; pixel++) {
    const index = indices[words[pixel] ?? 0] ?? 0
    data[write++] = red[index] ?? 0
    data[write++] = green[index] ?? 0
    data[write++] = blue[index] ?? 0
  }
  return { data, channels: 3, width: columns, height: rows, window: null, iccProfile: image.iccProfile }
}
