import type { AnnotationKind, FramePoint, Measured } from '@bitewing/db'
import type { CalibrationOf } from './calibration.ts'

/**
 * The figure of an annotation: a length, an angle or an area, in millimetres only where the calibration knows them.
 *
 * @param points in pixels of the frame: ends of a line; leg, corner, leg of an angle; ends of two lines (Cobb);
 *   opposite corners of an ellipse's box; the outline of an area
 * @returns null for what measures nothing, and for what is not drawn to its end
 */
export function measure(
  kind: AnnotationKind,
  points: readonly FramePoint[],
  { kind: calibration, spacing, pixelAspect }: CalibrationOf,
): Measured | null {
  // without millimetres a pixel's width is the unit; its height is what the aspect ratio says
  const [row, column] = spacing ?? [pixelAspect, 1]
  const flat = points.map(([x, y]) => [x * column, y * row] as const)
  const [a, b, c, d] = flat
  const length = (value: number): Measured => ({ value, unit: spacing ? 'mm' : 'px', calibration })
  const area = (value: number): Measured => ({ value, unit: spacing ? 'mm2' : 'px2', calibration })
  const angle = (value: number): Measured => ({ value, unit: 'deg', calibration })

  switch (kind) {
    case 'length':
    case 'calibration':
      return a && b ? length(Math.hypot(b[0] - a[0], b[1] - a[1])) : null
    case 'angle':
      return a && b && c ? angle(between(minus(a, b), minus(c, b))) : null
    case 'cobb': {
      if (!a || !b || !c || !d) return null
      // between lines, which have no direction: never more than 90°
      const degrees = between(minus(b, a), minus(d, c))
      return angle(Math.min(degrees, 180 - degrees))
    }
    case 'ellipse':
      return a && b ? area((Math.PI / 4) * Math.abs(b[0] - a[0]) * Math.abs(b[1] - a[1])) : null
    case 'freehand':
      return flat.length >= 3 ? area(Math.abs(signedArea(flat))) : null
    case 'arrow':
    case 'text':
      return null
  }
}

type Point = readonly [number, number]

function minus([ax, ay]: Point, [bx, by]: Point): Point {
  return [ax - bx, ay - by]
}

/** Degrees between two directions, 0 to 180. */
function between([ax, ay]: Point, [bx, by]: Point): number {
  return (Math.abs(Math.atan2(ax * by - ay * bx, ax * bx + ay * by)) * 180) / Math.PI
}

/** Shoelace formula; the outline is closed from its last point to its first. */
function signedArea(outline: readonly Point[]): number {
  let twice = 0
  outline.forEach(([x, y], index) => {
    const [nextX, nextY] = outline[(index + 1) % outline.length] ?? [x, y]
    twice += x * nextY - nextX * y
  })
  return twice / 2
}
