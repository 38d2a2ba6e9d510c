import type { ImageDescription } from '../pixels.ts'
import type { ShownPicture } from './picture.ts'
import { allocatedWords, storedValue } from './stored-values.ts'

/**
 * A grey picture with the colours that its palette gives to stored values from its first on; what is below stays grey,
 * as the window shows it. Any other picture as it is.
 *
 * @see DICOM PS3.3 §C.8.16.2.1.1.1 Supplemental Palette Color LUTs
 */
export function withSupplementalColours(
  grey: ShownPicture,
  bytes: Uint8Array,
  image: ImageDescription,
): ShownPicture {
  const { palette, supplementalPalette } = image
  if (!supplementalPalette || !palette) return grey
  const words = allocatedWords(bytes, image)
  const stored = storedValue(image)
  const { first, red, green, blue } = palette
  const last = red.length - 1
  const entries = Int32Array.from({ length: words.BYTES_PER_ELEMENT === 1 ? 256 : 65536 }, (_, word) =>
    Math.min(last, stored(word) - first),
  )
  const data = new Uint8Array(grey.data.length * 3)
  for (let pixel = 0, write = 0; pixel < grey.data.length; pixel++) {
    const entry = entries[words[pixel] ?? 0] ?? -1
    const level = grey.data[pixel] ?? 0
    data[write++] = entry < 0 ? level : (red[entry] ?? 0)
    data[write++] = entry < 0 ? level : (green[entry] ?? 0)
    data[write++] = entry < 0 ? level : (blue[entry] ?? 0)
  }
  return { ...grey, data, channels: 3, iccProfile: image.iccProfile }
}
