import type { CephLandmark } from '@bitewing/db'
import { entriesOf, type Landmarks } from './face-plane.ts'
import type { Point } from './geometry.ts'

/** On what two tracings are laid: S–N at S, or the landmarks of one jaw as near as they come. */
export const superimpositions = ['cranial-base', 'maxilla', 'mandible'] as const
export type Superimposition = (typeof superimpositions)[number]

export const fitted = {
  'cranial-base': ['S', 'N'],
  maxilla: ['ANS', 'PNS', 'A'],
  mandible: ['Go', 'Me', 'Gn', 'Pog', 'B'],
} as const satisfies Record<Superimposition, CephLandmark[]>

/**
 * Lays the second of two tracings on the first, turned and moved but never scaled: growth stays what it is.
 *
 * @param first in the face's plane, in the same unit as `second`
 * @returns the second's points on the first; null while landmarks of either are missing
 */
export function superimpose(
  first: Landmarks<Point>,
  second: Landmarks<Point>,
  on: Superimposition,
): Landmarks<Point> | null {
  const pairs = fitted[on].flatMap((landmark) => {
    const [there, here] = [first[landmark], second[landmark]]
    return there && here ? [{ here, there }] : []
  })
  const [base, tip] = pairs
  if (!base || !tip || pairs.length < fitted[on].length) return null

  // S stays on S; a jaw's landmarks share the error, so that their middles meet
  const [from, to] =
    on === 'cranial-base'
      ? [base.here, base.there]
      : [middle(pairs.map(({ here }) => here)), middle(pairs.map(({ there }) => there))]
  let [cos, sin] = [0, 0]
  for (const { here, there } of pairs) {
    const [x, y, u, v] = [here.x - from.x, here.y - from.y, there.x - to.x, there.y - to.y]
    cos += x * u + y * v
    sin += x * v - y * u
  }
  const length = Math.hypot(cos, sin)
  if (length === 0) return null
  const [a, b] = [cos / length, sin / length]
  const laid: Landmarks<Point> = {}
  for (const [landmark, { x, y }] of entriesOf(second))
    laid[landmark] = {
      x: a * (x - from.x) - b * (y - from.y) + to.x,
      y: b * (x - from.x) + a * (y - from.y) + to.y,
    }
  return laid
}

function middle(points: readonly Point[]): Point {
  const sum = points.reduce((all, { x, y }) => ({ x: all.x + x, y: all.y + y }), { x: 0, y: 0 })
  return { x: sum.x / points.length, y: sum.y / points.length }
}
