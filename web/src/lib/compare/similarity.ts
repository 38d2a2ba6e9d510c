export type Point = { x: number; y: number }

/** (x, y) ↦ (ax − by + dx, bx + ay + dy): scale and rotation, then a shift. */
export type Similarity = { a: number; b: number; dx: number; dy: number }

export const identity: Similarity = { a: 1, b: 0, dx: 0, dy: 0 }

/** Where a point of the one picture lies on the other. */
export function applySimilarity({ a, b, dx, dy }: Similarity, { x, y }: Point): Point {
  return { x: a * x - b * y + dx, y: b * x + a * y + dy }
}

/** The way back. A similarity that has a scale has one. */
export function invertSimilarity({ a, b, dx, dy }: Similarity): Similarity {
  const scale = a * a + b * b
  const [ia, ib] = [a / scale, -b / scale]
  return { a: ia, b: ib, dx: -(ia * dx - ib * dy), dy: -(ib * dx + ia * dy) }
}

/** Scale (1 is the same size) and rotation in degrees, clockwise as seen, since rows go down. */
export function partsOf({ a, b }: Similarity): { scale: number; degrees: number } {
  return { scale: Math.hypot(a, b), degrees: (Math.atan2(b, a) * 180) / Math.PI }
}

export type Landmark = { here: Point; there: Point }
export type LandmarkFit = {
  similarity: Similarity
  /**
   * How far apart places that belong together lie, in pixels of `there`: the landmarks' own uncertainty, estimated
   * from what is left after fitting four parameters. Null with two landmarks, which always fit exactly.
   */
  error: number | null
}

/**
 * The similarity that brings landmarks of one picture closest to the same places in the other, by least squares.
 *
 * @returns null with fewer than two landmarks, and when they lie too close together to tell a scale
 * @see S. Umeyama, Least-squares estimation of transformation parameters between two point patterns, IEEE TPAMI
 *   13(4), 1991; J. M. Fitzpatrick, J. B. West, C. R. Maurer, Predicting error in rigid-body point-based
 *   registration, IEEE TMI 17(5), 1998, for the error
 */
export function fitSimilarity(landmarks: readonly Landmark[]): LandmarkFit | null {
  const n = landmarks.length
  if (n < 2) return null
  const from = centre(landmarks.map(({ here }) => here))
  const to = centre(landmarks.map(({ there }) => there))
  let [re, im, spread, spreadThere] = [0, 0, 0, 0]
  for (const { here, there } of landmarks) {
    const [x, y, u, v] = [here.x - from.x, here.y - from.y, there.x - to.x, there.y - to.y]
    re += x * u + y * v
    im += x * v - y * u
    spread += x * x + y * y
    spreadThere += u * u + v * v
  }
  const tooClose = 4 // square pixels: points that were set twice in one place
  if (spread < tooClose * n || spreadThere < tooClose * n) return null
  const [a, b] = [re / spread, im / spread]
  if (Math.hypot(a, b) < 1e-3) return null
  const similarity = { a, b, dx: to.x - (a * from.x - b * from.y), dy: to.y - (b * from.x + a * from.y) }
  if (n === 2) return { similarity, error: null }
  let left = 0
  for (const { here, there } of landmarks) {
    const at = applySimilarity(similarity, here)
    left += (at.x - there.x) ** 2 + (at.y - there.y) ** 2
  }
  return { similarity, error: Math.sqrt(left / (n - 2)) }
}

function centre(points: readonly Point[]): Point {
  let [x, y] = [0, 0]
  for (const point of points) {
    x += point.x
    y += point.y
  }
  return { x: x / points.length, y: y / points.length }
}
