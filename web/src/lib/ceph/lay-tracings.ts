import type { CephLandmark } from '@bitewing/db'
import { entriesOf, type Landmarks } from './face-plane.ts'
import type { Point } from './geometry.ts'
import { fitted, superimpose, type Superimposition } from './superimpose.ts'
import { planeOf, type Traced } from './traced.ts'

export type LaidTracings = {
  first: Landmarks<Point>
  /** null while landmarks are missing that the superimposition goes by */
  second: Landmarks<Point> | null
  /** those that one of the two lacks */
  missing: CephLandmark[]
  /** whether lengths of the two mean the same: drawn in millimetres, else with S–N of one length */
  isToScale: boolean
}

/** Two tracings on each other: in millimetres where both images have them, else only in form. */
export function layTracings(one: Traced, other: Traced, on: Superimposition): LaidTracings {
  const isToScale = one.now.columnMm !== null && other.now.columnMm !== null
  const first = scaled(planeOf(one).points, isToScale ? one.now.columnMm : null)
  const second = scaled(planeOf(other).points, isToScale ? other.now.columnMm : null)
  const needed: readonly CephLandmark[] = isToScale
    ? fitted[on]
    : [...new Set([...fitted[on], 'S', 'N'] as const)]
  const missing = needed.filter((landmark) => !first[landmark] || !second[landmark])
  return { first, second: missing.length > 0 ? null : superimpose(first, second, on), missing, isToScale }
}

/** @param columnMm null: so that S–N has the length that is usual, in no unit */
function scaled(points: Landmarks<Point>, columnMm: number | null): Landmarks<Point> {
  const { S, N } = points
  const scale = columnMm ?? (S && N ? 70 / Math.hypot(N.x - S.x, N.y - S.y) : 1)
  const result: Landmarks<Point> = {}
  for (const [landmark, { x, y }] of entriesOf(points)) result[landmark] = { x: x * scale, y: y * scale }
  return result
}
