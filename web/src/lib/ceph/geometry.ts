/** A place, x to the front of the face and y downwards, in one unit. */
export type Point = { x: number; y: number }

export type Vector = Point

export function from(a: Point, b: Point): Vector {
  return { x: b.x - a.x, y: b.y - a.y }
}

/** Degrees that the first direction is turned by to lie on the second: clockwise with the face to the right, −180 to 180. */
export function turn(first: Vector, second: Vector): number {
  const cross = first.x * second.y - first.y * second.x
  return (Math.atan2(cross, first.x * second.x + first.y * second.y) * 180) / Math.PI
}

/** As `turn`, from 0 to 360: of angles that are open to one side and may pass 180. */
export function sweep(first: Vector, second: Vector): number {
  return (turn(first, second) + 360) % 360
}

/** The angle at a corner, 0 to 180 degrees. */
export function corner(a: Point, at: Point, b: Point): number {
  return Math.abs(turn(from(at, a), from(at, b)))
}

/** How far a place lies in front of the line from an upper to a lower place; behind it is negative. */
export function ahead(point: Point, upper: Point, lower: Point): number {
  const line = from(upper, lower)
  const there = from(upper, point)
  return (line.y * there.x - line.x * there.y) / Math.hypot(line.x, line.y)
}
