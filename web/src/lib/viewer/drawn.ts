import type { Annotation, AnnotationKind, FramePoint } from '@bitewing/db'

/** An annotation as the page has it: what the server knows, with what is not sent yet. */
export type Drawn = Omit<Annotation, 'createdAt' | 'changedAt'> & {
  createdAt: Date
  changedAt: Date
  /** on its way to the server */
  isUnsent: boolean
}

/** How many points are given by hand; `freehand` is drawn in one go. */
export const pointsOf = {
  length: 2,
  calibration: 2,
  angle: 3,
  cobb: 4,
  ellipse: 2,
  freehand: Infinity,
  arrow: 2,
  text: 1,
} as const satisfies Record<AnnotationKind, number>

/** Where its figure or text stands: at the end, or in the middle of what encloses something. */
export function labelPoint(kind: AnnotationKind, points: readonly FramePoint[]): FramePoint {
  const [first = [0, 0], second = first, third = second] = points
  if (kind === 'angle') return second
  if (kind === 'cobb') return [(second[0] + third[0]) / 2, (second[1] + third[1]) / 2]
  if (kind === 'length' || kind === 'calibration') return second
  if (kind === 'ellipse') return [Math.max(first[0], second[0]), (first[1] + second[1]) / 2]
  if (kind === 'freehand')
    return points.reduce((right, point) => (point[0] > right[0] ? point : right), first)
  return first
}

/** An outline with what does not change its form left out (Ramer, Douglas, Peucker). @param tolerance in pixels */
export function simplified(points: readonly FramePoint[], tolerance: number): FramePoint[] {
  const [first] = points
  const last = points.at(-1)
  if (!first || !last || points.length < 3) return [...points]
  let [farthest, at] = [0, 0]
  points.forEach((point, index) => {
    const distance = distanceToLine(point, first, last)
    if (distance > farthest) [farthest, at] = [distance, index]
  })
  if (farthest <= tolerance) return [first, last]
  return [
    ...simplified(points.slice(0, at + 1), tolerance).slice(0, -1),
    ...simplified(points.slice(at), tolerance),
  ]
}

function distanceToLine([x, y]: FramePoint, [ax, ay]: FramePoint, [bx, by]: FramePoint): number {
  const length = Math.hypot(bx - ax, by - ay)
  if (length === 0) return Math.hypot(x - ax, y - ay)
  return Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length
}

// What follows is not watched: where reactive modules make maps and dates, lint wants reactive ones.

/** A map that nobody watches. */
export function emptyMap<Key, Value>(): Map<Key, Value> {
  return new Map()
}

export function mapBy<Each>(all: readonly Each[], keyOf: (each: Each) => string): Map<string, Each> {
  return new Map(all.map((each) => [keyOf(each), each]))
}

/** @param at as JSON carries it; now when there is none */
export function dateOf(at?: Date | string): Date {
  return at === undefined ? new Date() : new Date(at)
}
