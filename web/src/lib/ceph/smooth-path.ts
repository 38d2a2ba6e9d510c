import type { Point } from './geometry.ts'

/** An SVG path through points, round at each (centripetal Catmull–Rom as cubic Béziers, so that it makes no loops). */
export function smoothPath(points: readonly Point[]): string {
  const [first] = points
  if (!first) return ''
  let path = `M${places(first)}`
  for (let at = 0; at + 1 < points.length; at++) {
    const [b, c] = [points[at], points[at + 1]]
    if (!b || !c) break
    const [a, d] = [points[at - 1] ?? b, points[at + 2] ?? c]
    const [ab, bc, cd] = [root(a, b), root(b, c), root(c, d)]
    const out = ab > 0 ? tangent(a, b, c, ab, bc) : { x: c.x - b.x, y: c.y - b.y }
    const into = cd > 0 ? tangent(b, c, d, bc, cd) : { x: c.x - b.x, y: c.y - b.y }
    path += `C${places({ x: b.x + out.x / 3, y: b.y + out.y / 3 })} ${places({ x: c.x - into.x / 3, y: c.y - into.y / 3 })} ${places(c)}`
  }
  return path
}

function root(a: Point, b: Point): number {
  return Math.sqrt(Math.hypot(b.x - a.x, b.y - a.y))
}

/** Direction in the middle one of three points that `before` and `after` lie apart, for a step from or to it. */
function tangent(a: Point, b: Point, c: Point, before: number, after: number): Point {
  const along = (axis: 'x' | 'y') => {
    const value =
      (b[axis] - a[axis]) / before - (c[axis] - a[axis]) / (before + after) + (c[axis] - b[axis]) / after
    return Number.isFinite(value) ? value : 0
  }
  // a step as long as the shorter of the two that meet keeps sharp corners from bulging
  const step = Math.min(before, after)
  return { x: along('x') * step, y: along('y') * step }
}

function places({ x, y }: Point): string {
  return `${Number(x.toFixed(2))} ${Number(y.toFixed(2))}`
}
