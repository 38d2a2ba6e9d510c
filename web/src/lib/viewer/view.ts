import type { FramePoint } from '@bitewing/db'

/** How a frame lies in its pane. */
export type View = {
  /** CSS pixels a column of the frame is wide */
  scale: number
  /** of the frame's middle from the pane's, in CSS pixels */
  x: number
  y: number
  /** clockwise, in degrees, 0 to 360 */
  rotation: number
  /** left to right reversed, before it is turned */
  isMirrored: boolean
}

export type Size = { width: number; height: number }
/** `pixelAspect`: height of a pixel divided by its width */
export type FrameShape = { columns: number; rows: number; pixelAspect: number }
/** As in `matrix()` of CSS and SVG. */
export type Matrix = [a: number, b: number, c: number, d: number, e: number, f: number]
export type PanePoint = { x: number; y: number }

/** The largest scale at which all of a turned frame is seen. */
export function fitScale({ columns, rows, pixelAspect }: FrameShape, pane: Size, rotation: number): number {
  const [cos, sin] = direction(rotation).map(Math.abs) as [number, number]
  const height = rows * pixelAspect
  const scale = Math.min(
    pane.width / (columns * cos + height * sin),
    pane.height / (columns * sin + height * cos),
  )
  return Number.isFinite(scale) && scale > 0 ? scale : 1
}

export function fitted(frame: FrameShape, pane: Size, { rotation = 0, isMirrored = false } = {}): View {
  return { scale: fitScale(frame, pane, rotation), x: 0, y: 0, rotation, isMirrored }
}

/** From pixels of the frame to CSS pixels of the pane. */
export function matrixOf(view: View, { columns, rows, pixelAspect }: FrameShape, pane: Size): Matrix {
  const [cos, sin] = direction(view.rotation)
  const across = view.scale * (view.isMirrored ? -1 : 1)
  const down = view.scale * pixelAspect
  const [a, b, c, d] = [cos * across, sin * across, -sin * down, cos * down]
  const [middleX, middleY] = [pane.width / 2 + view.x, pane.height / 2 + view.y]
  return [
    a,
    b,
    c,
    d,
    middleX - a * (columns / 2) - c * (rows / 2),
    middleY - b * (columns / 2) - d * (rows / 2),
  ]
}

export function toPane([a, b, c, d, e, f]: Matrix, [column, row]: FramePoint): PanePoint {
  return { x: a * column + c * row + e, y: b * column + d * row + f }
}

export function toFrame([a, b, c, d, e, f]: Matrix, { x, y }: PanePoint): FramePoint {
  const determinant = a * d - b * c
  return [(d * (x - e) - c * (y - f)) / determinant, (a * (y - f) - b * (x - e)) / determinant]
}

/** Nearer or farther, with the point under the pointer kept where it is. @param at from the pane's middle */
export function zoomed(view: View, by: number, at: PanePoint, limits: { min: number; max: number }): View {
  const scale = Math.min(limits.max, Math.max(limits.min, view.scale * by))
  const grown = scale / view.scale
  return { ...view, scale, x: at.x - (at.x - view.x) * grown, y: at.y - (at.y - view.y) * grown }
}

/** A quarter turn to the right or left, about the pane's middle. */
export function turned(view: View, degrees: 90 | -90): View {
  const rotation = (view.rotation + degrees + 360) % 360
  return degrees === 90
    ? { ...view, rotation, x: -view.y, y: view.x }
    : { ...view, rotation, x: view.y, y: -view.x }
}

/** Mirrored as it is seen, left to right or top to bottom. */
export function flipped(view: View, axis: 'horizontal' | 'vertical'): View {
  const rotation = ((axis === 'horizontal' ? 360 : 540) - view.rotation) % 360
  const isMirrored = !view.isMirrored
  return axis === 'horizontal'
    ? { ...view, isMirrored, rotation, x: -view.x }
    : { ...view, isMirrored, rotation, y: -view.y }
}

/** Cosine and sine, exact for quarter turns. */
function direction(degrees: number): [cos: number, sin: number] {
  const radians = (degrees * Math.PI) / 180
  const exact = (value: number) => (Math.abs(value - Math.round(value)) < 1e-12 ? Math.round(value) : value)
  return [exact(Math.cos(radians)), exact(Math.sin(radians))]
}
