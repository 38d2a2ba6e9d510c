import type { CephLandmark, FramePoint } from '@bitewing/db'
import type { Point } from './geometry.ts'

export type Landmarks<Place> = Partial<Record<CephLandmark, Place>>

export type FacePlane = {
  /** x to the front of the face, y downwards, in widths of a column */
  points: Landmarks<Point>
  /** which way the face looks in the picture; null while too little is placed to tell */
  facing: 'left' | 'right' | null
}

/** From back to front, and then anything that lies below them: together they tell how the face lies. */
const forward = [
  ['S', 'N'],
  ['Po', 'Or'],
  ['PNS', 'ANS'],
] as const satisfies [CephLandmark, CephLandmark][]
const below = [
  'Me',
  'Gn',
  'Pog',
  'Go',
  'B',
  'A',
  'ANS',
  'L1-tip',
  'U1-tip',
  'Ar',
] as const satisfies CephLandmark[]

/**
 * The landmarks as on a face that looks to the right, with pixels made square. Which way the face looks is told by the
 * landmarks themselves, so that a picture may be turned or mirrored.
 *
 * @param places columns and rows of the frame
 * @param pixelAspect height of a pixel divided by its width
 */
export function facePlane(places: Landmarks<FramePoint>, pixelAspect: number): FacePlane {
  const facing = facingOf(places, pixelAspect)
  const mirror = facing === 'left' ? -1 : 1
  const points: Landmarks<Point> = {}
  for (const [landmark, [column, row]] of entriesOf(places))
    points[landmark] = { x: column * mirror, y: row * pixelAspect }
  return { points, facing }
}

function facingOf(places: Landmarks<FramePoint>, pixelAspect: number): FacePlane['facing'] {
  for (const [back, front] of forward) {
    const [a, b] = [places[back], places[front]]
    if (!a || !b) continue
    const low = below.find((each) => each !== front && places[each])
    const c = low && places[low]
    // with nothing below, the picture is taken to stand upright
    const cross = c
      ? (b[0] - a[0]) * (c[1] - a[1]) * pixelAspect - (b[1] - a[1]) * pixelAspect * (c[0] - a[0])
      : b[0] - a[0]
    if (cross !== 0) return cross > 0 ? 'right' : 'left'
  }
  return null
}

export function entriesOf<Place>(all: Landmarks<Place>): [CephLandmark, Place][] {
  // the keys of such a record are landmarks
  return Object.entries(all) as [CephLandmark, Place][]
}
