import type { Range } from '#lib/viewer/initial-window.ts'
import type { Values } from './open-volume.ts'

/**
 * Draws values as greys, black where there are none.
 *
 * @param range of stored values, from black to white; the other way round when it is inverted
 */
export function paint(
  canvas: HTMLCanvasElement,
  { width, height, picture }: Values,
  range: Range,
  isInverted: boolean,
): void {
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
  const context = canvas.getContext('2d')
  if (!context) return
  const image = context.createImageData(width, height)
  const pixels = new Uint32Array(image.data.buffer)
  const by = 255 / (range.upper - range.lower || 1)
  for (let at = 0; at < pixels.length; at++) {
    const value = picture[at] ?? Number.NaN
    if (value !== value) {
      pixels[at] = 0xff000000
      continue
    }
    const share = (value - range.lower) * by
    const bright = share < 0 ? 0 : share > 255 ? 255 : share | 0
    const grey = isInverted ? 255 - bright : bright
    pixels[at] = 0xff000000 | (grey << 16) | (grey << 8) | grey
  }
  context.putImageData(image, 0, 0)
}
