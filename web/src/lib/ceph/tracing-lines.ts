import type { CephLandmark } from '@bitewing/db'
import type { Landmarks } from './face-plane.ts'
import { middleOfRamus, type Measure } from './measures.ts'
import type { Point } from './geometry.ts'
import { incisor } from './reference-face.ts'

export type DrawnLine = { what: 'plane' | 'outline' | 'tooth'; points: Point[] }

/** Planes that the analyses share, drawn whenever both of their ends are there. */
const planes = [
  ['S', 'N'],
  ['Po', 'Or'],
  ['PNS', 'ANS'],
  ['Go', 'Me'],
  ['N', 'Pog'],
  ['Pn', 'Pog-soft'],
] as const satisfies [CephLandmark, CephLandmark][]

/** Outlines along landmarks, as far as these are there: no more than what was traced is shown. */
const outlines = [
  ['PNS', 'ANS', 'A'],
  ['B', 'Pm', 'Pog', 'Gn', 'Me', 'R4', 'Go', 'R2', 'Ar'],
  ['Ar', 'R3', 'R1'],
] as const satisfies CephLandmark[][]

/** What is drawn of a tracing, in the coordinates of its points. */
export function tracingLines(points: Landmarks<Point>): DrawnLine[] {
  const found = (landmarks: readonly CephLandmark[]) => landmarks.flatMap((each) => points[each] ?? [])
  const axes = [
    ['U1-tip', 'U1-apex'],
    ['L1-tip', 'L1-apex'],
  ] as const
  return [
    ...planes
      .map((ends) => ({ what: 'plane' as const, points: found(ends) }))
      .filter((line) => line.points.length === 2),
    ...outlines
      .map((along) => ({ what: 'outline' as const, points: found(along) }))
      .filter((line) => line.points.length >= 2),
    ...axes.flatMap(([tip, apex]) => {
      const [a, b] = [points[tip], points[apex]]
      return a && b ? [{ what: 'tooth' as const, points: incisor(a, b) }] : []
    }),
  ]
}

/** What a measure lies between, in the coordinates of the points. */
export function measureLines(measure: Measure, points: Landmarks<Point>): [Point, Point][] {
  const at = (landmark: CephLandmark | 'Xi'): Point | null =>
    landmark === 'Xi' ? ramusMiddle(points) : (points[landmark] ?? null)
  return measure.lines.flatMap(([one, other]): [Point, Point][] => {
    const [a, b] = [at(one), at(other)]
    return a && b ? [[a, b]] : []
  })
}

/** Xi, where all that it is constructed from is there. */
export function ramusMiddle(points: Landmarks<Point>): Point | null {
  const { Po, Or, R1, R2, R3, R4 } = points
  if (!Po || !Or || !R1 || !R2 || !R3 || !R4) return null
  const places: Landmarks<Point> = { Po, Or, R1, R2, R3, R4 }
  return middleOfRamus((landmark) => places[landmark] ?? Po)
}
