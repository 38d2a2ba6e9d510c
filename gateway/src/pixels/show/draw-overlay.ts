import type { NativeFrame } from '../decode/decode-frame.ts'
import type { ImageDescription, OverlayPlane } from '../pixels.ts'
import { bitAt, withBits } from './overlay-bits.ts'
import type { Picture } from './picture.ts'

/**
 * Draws an overlay plane over a picture, in place.
 *
 * @param level from 0 to 255
 * @see DICOM PS3.3 §C.9.2
 */
export function drawOverlay(
  { data, channels, width, height }: Picture,
  plane: OverlayPlane,
  level: number,
  frame: NativeFrame,
  image: ImageDescription,
): void {
  const drawn = withBits(plane, frame, image)
  const [top, bottom] = [Math.max(0, drawn.top), Math.min(height, drawn.top + drawn.rows)]
  const [left, right] = [Math.max(0, drawn.left), Math.min(width, drawn.left + drawn.columns)]
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      if (!bitAt(drawn, row, column)) continue
      data.fill(level, (row * width + column) * channels, (row * width + column + 1) * channels)
    }
  }
}
