import type { Presentation } from '../pixels.ts'
import type { Picture } from '../show/picture.ts'

/**
 * The area that is shown, turned and then mirrored; black where it reaches outside the picture.
 *
 * @see DICOM PS3.3 §C.10.4 Displayed Area, §C.10.6 Spatial Transformation
 */
export function turnPicture(
  picture: Picture,
  { area, rotation, flip }: Pick<Presentation, 'area' | 'rotation' | 'flip'>,
): Picture {
  const { data, channels, width, height } = picture
  const sideways = rotation === 90 || rotation === 270
  const [turnedWidth, turnedHeight] = sideways ? [area.height, area.width] : [area.width, area.height]
  const turned = new Uint8Array(turnedWidth * turnedHeight * channels)
  for (let y = 0; y < turnedHeight; y++) {
    for (let x = 0; x < turnedWidth; x++) {
      const across = flip ? turnedWidth - 1 - x : x
      const [column, row] = before(across, y, area, rotation)
      const [sourceX, sourceY] = [area.left + column, area.top + row]
      if (sourceX < 0 || sourceY < 0 || sourceX >= width || sourceY >= height) continue
      const from = (sourceY * width + sourceX) * channels
      const to = (y * turnedWidth + x) * channels
      for (let channel = 0; channel < channels; channel++) turned[to + channel] = data[from + channel] ?? 0
    }
  }
  return { ...picture, data: turned, width: turnedWidth, height: turnedHeight }
}

/** Where a pixel of the turned area was before. */
function before(
  x: number,
  y: number,
  { width, height }: { width: number; height: number },
  rotation: Presentation['rotation'],
): [number, number] {
  switch (rotation) {
    case 0:
      return [x, y]
    case 90:
      return [y, height - 1 - x]
    case 180:
      return [width - 1 - x, height - 1 - y]
    case 270:
      return [width - 1 - y, x]
  }
}
