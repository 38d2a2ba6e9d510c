import type { Frame } from './load-frame.ts'
import type { Range } from './initial-window.ts'
import type { Pane } from './pane.svelte.ts'
import { toFrame, type Matrix, type PanePoint } from './view.ts'

/**
 * Draws into a square canvas what a magnifying glass over a pane shows, once there is a picture and a canvas.
 *
 * @param middle of the glass, in the pane
 * @param magnification how many times the pane's
 * @param density the canvas's pixels to a CSS pixel
 * @returns whether it is drawn
 */
export function drawLens(
  lens: HTMLCanvasElement | undefined,
  pane: Pane,
  middle: PanePoint,
  magnification: number,
  density = 1,
): boolean {
  const range = pane.storedRange()
  if (!pane.frame || !range || !lens) return false
  const picture = lensPicture(pane.frame, pane.matrix, middle, {
    size: lens.width,
    magnification: magnification * density,
    range,
    isInverted: pane.showsInverted,
  })
  // as the pane's own picture is, but as fine as what is shown here
  if (pane.sharpness > 0) {
    const framePixel = Math.hypot(pane.matrix[0], pane.matrix[1]) * magnification * density
    sharpen(picture, pane.sharpness, Math.max(1, Math.round(framePixel)))
  }
  lens.getContext('2d')?.putImageData(picture, 0, 0)
  return true
}

/**
 * What a magnifying glass over a pane shows: the frame's own pixels, so finer than the pane does.
 *
 * @param middle of the glass, in the pane
 * @param size width and height of the glass in pixels of its own
 * @param magnification of those, to a CSS pixel of the pane
 * @param range in stored values; for colours 0 to 255
 */
function lensPicture(
  frame: Frame,
  matrix: Matrix,
  middle: PanePoint,
  {
    size,
    magnification,
    range,
    isInverted,
  }: { size: number; magnification: number; range: Range; isInverted: boolean },
): ImageData {
  const picture = new ImageData(size, size)
  const { data } = picture
  const at = (x: number, y: number) =>
    toFrame(matrix, {
      x: middle.x + (x - size / 2) / magnification,
      y: middle.y + (y - size / 2) / magnification,
    })
  const [left, top] = at(0, 0)
  const [right, rightY] = at(1, 0)
  const [downX, down] = at(0, 1)
  const span = range.upper - range.lower || 1
  const show = (value: number) => {
    const level = ((value - range.lower) / span) * 255
    return isInverted ? 255 - level : level
  }
  for (let y = 0, to = 0; y < size; y++) {
    for (let x = 0; x < size; x++, to += 4) {
      const column = left + (right - left) * x + (downX - left) * y - 0.5
      const row = top + (rightY - top) * x + (down - top) * y - 0.5
      data[to + 3] = 255
      if (column < -0.5 || row < -0.5 || column > frame.columns - 0.5 || row > frame.rows - 0.5) continue
      if (frame.colour) {
        for (let channel = 0; channel < 3; channel++)
          data[to + channel] = show(sample(frame.pixels, frame, column, row, 3, channel))
      } else {
        const level = show(sample(frame.pixels, frame, column, row, 1, 0))
        data[to] = data[to + 1] = data[to + 2] = level
      }
    }
  }
  return picture
}

/**
 * Each value against its eight neighbours, with the kernel by which the pane's picture is sharpened.
 *
 * @param strength weight of a neighbour
 * @param apart    how far off the neighbours are, in pixels of the picture
 */
export function sharpen(
  { data, width, height }: Pick<ImageData, 'data' | 'width' | 'height'>,
  strength: number,
  apart: number,
): void {
  const before = data.slice()
  const kept = (place: number, count: number) => Math.max(0, Math.min(count - 1, place))
  for (let y = 0; y < height; y++) {
    const rows = [kept(y - apart, height), y, kept(y + apart, height)].map((row) => row * width)
    for (let x = 0; x < width; x++) {
      const columns = [kept(x - apart, width), x, kept(x + apart, width)]
      for (let channel = 0; channel < 3; channel++) {
        let around = 0
        for (const row of rows)
          for (const column of columns) around += before[(row + column) * 4 + channel] ?? 0
        const to = (y * width + x) * 4 + channel
        const own = before[to] ?? 0
        data[to] = own + strength * (9 * own - around)
      }
    }
  }
}

/** Between the four nearest pixels. */
function sample(
  pixels: ArrayLike<number>,
  { columns, rows }: { columns: number; rows: number },
  column: number,
  row: number,
  channels: number,
  channel: number,
): number {
  const [x, y] = [Math.max(0, Math.min(columns - 1, column)), Math.max(0, Math.min(rows - 1, row))]
  const [x0, y0] = [Math.floor(x), Math.floor(y)]
  const [x1, y1] = [Math.min(columns - 1, x0 + 1), Math.min(rows - 1, y0 + 1)]
  const value = (atX: number, atY: number) => pixels[(atY * columns + atX) * channels + channel] ?? 0
  const above = value(x0, y0) * (1 - (x - x0)) + value(x1, y0) * (x - x0)
  const below = value(x0, y1) * (1 - (x - x0)) + value(x1, y1) * (x - x0)
  return above * (1 - (y - y0)) + below * (y - y0)
}
