import type { Picture } from '../show/picture.ts'
import { PixelError } from '../pixel-error.ts'

/**
 * A region of a picture, mirrored where asked.
 *
 * @param region in source pixels; parts of a pixel count whole
 * @throws {PixelError} `invalid-request` when the region is empty or reaches outside
 * @see DICOM PS3.18 §8.3.5.1.3: a negative width or height of the region flips it
 */
export function cropPicture(
  picture: Picture,
  region: { x: number; y: number; width: number; height: number } | undefined,
  flipHorizontal: boolean,
  flipVertical: boolean,
): Picture {
  const { x, y, width, height } = region ?? { x: 0, y: 0, width: picture.width, height: picture.height }
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const [right, bottom] = [Math.ceil(x + width), Math.ceil(y + height)]
  const inside =
    width > 0 && height > 0 && left >= 0 && top >= 0 && right <= picture.width && bottom <= picture.height
  if (!inside) throw new PixelError('invalid-request', 'the region is not inside the frame')
  const whole = right - left === picture.width && bottom - top === picture.height
  if (whole && !flipHorizontal && !flipVertical) return picture

  const { channels, data } = picture
  const cropped = { ...picture, width: right - left, height: bottom - top }
  cropped.data = new Uint8Array(cropped.width * cropped.height * channels)
  for (let row = 0; row < cropped.height; row++) {
    const source = ((flipVertical ? bottom - 1 - row : top + row) * picture.width + left) * channels
    const line = data.subarray(source, source + cropped.width * channels)
    const target = row * cropped.width * channels
    if (!flipHorizontal) {
      cropped.data.set(line, target)
      continue
    }
    for (let column = 0; column < cropped.width; column++) {
      for (let channel = 0; channel < channels; channel++) {
        cropped.data[target + column * channels + channel] =
          line[(cropped.width - 1 - column) * channels + channel] ?? 0
      }
    }
  }
  return cropped
}
