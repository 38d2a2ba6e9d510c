/** A place on the axial plane, in millimetres to the patient's left and back. */
export type PlanePoint = readonly [x: number, y: number]

/** A place on a curve, and the way it goes on: of length 1. */
export type CurvePlace = { x: number; y: number; tangentX: number; tangentY: number }

/** A smooth curve, walked through at an even pace. */
export type CurvePath = {
  lengthMm: number
  /** at so many millimetres from the beginning; before it and past the end the curve goes straight on */
  at(millimetres: number): CurvePlace
}

/** Pieces that a stretch between two points is drawn with; at the size of a jaw they are a fraction of a millimetre. */
const pieces = 48

/**
 * The curve through points by a centripetal Catmull-Rom spline, which neither loops nor overshoots where points lie
 * unevenly (Yuksel et al. 2011), by length along it. It begins on the patient's right, as a panoramic does.
 *
 * @param points at least two that lie apart; of points on each other one counts
 * @returns null for fewer
 */
export function curvePath(points: readonly PlanePoint[]): CurvePath | null {
  const apart = points.filter((point, index) => {
    const before = points[index - 1]
    return !before || Math.hypot(point[0] - before[0], point[1] - before[1]) > 1e-6
  })
  const [first, last] = [apart[0], apart.at(-1)]
  if (!first || !last || apart.length < 2) return null
  const ordered = first[0] <= last[0] ? apart : apart.toReversed()

  const xs: number[] = []
  const ys: number[] = []
  for (let index = 0; index + 1 < ordered.length; index++) {
    const [from, to] = [ordered[index], ordered[index + 1]]
    if (!from || !to) continue
    // beyond its ends the curve bends on as it came
    const before = ordered[index - 1] ?? ledOn(from, to, ordered[index + 2])
    const after = ordered[index + 2] ?? ledOn(to, from, ordered[index - 1])
    for (let piece = 0; piece < pieces; piece++) {
      const [x, y] = between(before, from, to, after, piece / pieces)
      xs.push(x)
      ys.push(y)
    }
  }
  const end = ordered.at(-1)
  if (end) {
    xs.push(end[0])
    ys.push(end[1])
  }
  const along = new Float64Array(xs.length)
  for (let index = 1; index < xs.length; index++) {
    const by = Math.hypot((xs[index] ?? 0) - (xs[index - 1] ?? 0), (ys[index] ?? 0) - (ys[index - 1] ?? 0))
    along[index] = (along[index - 1] ?? 0) + by
  }
  const lengthMm = along.at(-1) ?? 0

  const place = (millimetres: number): readonly [number, number] => {
    let [low, high] = [0, along.length - 2]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((along[middle] ?? 0) <= millimetres) low = middle
      else high = middle - 1
    }
    const [from, to] = [along[low] ?? 0, along[low + 1] ?? 0]
    const share = to > from ? (millimetres - from) / (to - from) : 0
    const [x, y] = [xs[low] ?? 0, ys[low] ?? 0]
    return [x + ((xs[low + 1] ?? 0) - x) * share, y + ((ys[low + 1] ?? 0) - y) * share]
  }
  return {
    lengthMm,
    at(millimetres) {
      const [x, y] = place(millimetres)
      // over a millimetre: pieces are straight, and a direction that jumps would make stripes
      const reach = Math.min(0.5, lengthMm / 4)
      const inside = Math.min(Math.max(millimetres, reach), lengthMm - reach)
      const [from, to] = [place(inside - reach), place(inside + reach)]
      const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1
      return { x, y, tangentX: (to[0] - from[0]) / length, tangentY: (to[1] - from[1]) / length }
    },
  }
}

/** The place of a curve that lies nearest to a point: how many millimetres from its beginning. */
export function nearestOnCurve(path: CurvePath, [x, y]: PlanePoint): number {
  const distance = (millimetres: number) => {
    const place = path.at(millimetres)
    return Math.hypot(place.x - x, place.y - y)
  }
  let [best, least] = [0, Infinity]
  for (let step = 0.5, s = 0; s <= path.lengthMm; s += step) {
    const far = distance(s)
    if (far < least) [best, least] = [s, far]
  }
  for (let reach = 0.25; reach > 0.01; reach /= 2) {
    for (const s of [best - reach, best + reach]) {
      if (s < 0 || s > path.lengthMm) continue
      const far = distance(s)
      if (far < least) [best, least] = [s, far]
    }
  }
  return best
}

/**
 * The point before a curve's end: the one after the next, mirrored on the middle between the end and the next, so that
 * a circle goes on as that circle; straight on where there is no third.
 */
function ledOn(end: PlanePoint, next: PlanePoint, third: PlanePoint | undefined): PlanePoint {
  if (!third) return [2 * end[0] - next[0], 2 * end[1] - next[1]]
  const [dx, dy] = [next[0] - end[0], next[1] - end[1]]
  const [mx, my] = [(end[0] + next[0]) / 2, (end[1] + next[1]) / 2]
  const by = (2 * ((third[0] - mx) * dx + (third[1] - my) * dy)) / (dx * dx + dy * dy)
  return [third[0] - by * dx, third[1] - by * dy]
}

/** Barry and Goldman's pyramid with knots by the square root of the distances. */
function between(
  a: PlanePoint,
  b: PlanePoint,
  c: PlanePoint,
  d: PlanePoint,
  share: number,
): readonly [number, number] {
  const knot = (from: PlanePoint, to: PlanePoint) =>
    Math.max(1e-4, Math.sqrt(Math.hypot(to[0] - from[0], to[1] - from[1])))
  const ta = 0
  const tb = ta + knot(a, b)
  const tc = tb + knot(b, c)
  const td = tc + knot(c, d)
  const t = tb + (tc - tb) * share
  const mix = (from: PlanePoint, to: PlanePoint, start: number, end: number): PlanePoint => {
    const by = (t - start) / (end - start)
    return [from[0] + (to[0] - from[0]) * by, from[1] + (to[1] - from[1]) * by]
  }
  const [ab, bc, cd] = [mix(a, b, ta, tb), mix(b, c, tb, tc), mix(c, d, tc, td)]
  return mix(mix(ab, bc, ta, tc), mix(bc, cd, tb, td), tb, tc)
}
