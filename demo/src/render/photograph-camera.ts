import type { Vector } from '../phantom/dentition.ts'
import type { Phantom } from '../phantom/phantom.ts'

/** Those beside the frontal view, in the order of their instance numbers from 2 on. */
export const composedViews = ['right-buccal', 'left-buccal', 'upper-occlusal', 'lower-occlusal'] as const
/** Intraoral views that a dentition alone can show; it has no face. */
export type PhotographView = 'front' | (typeof composedViews)[number]

/**
 * A camera looks along its own y axis; x is to the right of the picture, z up. In the frontal view its axes are the
 * patient's.
 */
export type PhotographCamera = {
  isFront: boolean
  /** the one jaw of an occlusal view; null: both */
  jaw: 'upper' | 'lower' | null
  columns: number
  rows: number
  distanceMm: number
  fieldMm: number
  centreZ: number
  /** half of the opening of the stretched lips, mm */
  cheekWideMm: number
  cheekHighMm: number
  /** a point of the patient in the camera's frame, mm */
  place(point: Vector): Vector
  /** a direction */
  turn(direction: Vector): Vector
  /** the patient's point for one of the camera's frame, into `out` */
  back(x: number, y: number, z: number, out: [number, number, number]): void
}

type Aim = {
  /** the camera's axes in the patient's (DICOM LPS with z up) */
  right: Vector
  forward: Vector
  up: Vector
  /** what of the patient lies at the middle of the picture, and how far behind the camera's front plane, mm */
  middle: Vector
  behindMm: number
}

const picture = { columns: 1500, rows: 1000, distanceMm: 330 } as const
const oblique = (66 * Math.PI) / 180
const [sin, cos] = [Math.sin(oblique), Math.cos(oblique)]

/** Where the photographer stands: DICOM CP-1570's views IV07, IV01, IV18, IV25 and IV27. */
export function cameraOf(view: PhotographView): PhotographCamera {
  const front = { fieldMm: 66, centreZ: 0.5, jaw: null, cheekWideMm: 35.5, cheekHighMm: 20.5 }
  switch (view) {
    case 'front':
      return {
        ...picture,
        ...front,
        isFront: true,
        place: (point) => point,
        turn: (direction) => direction,
        back(x, y, z, out) {
          out[0] = x
          out[1] = y
          out[2] = z
        },
      }
    case 'right-buccal':
      return {
        ...picture,
        ...front,
        fieldMm: 58,
        cheekWideMm: 27.5,
        ...aimed({
          right: [cos, -sin, 0],
          forward: [sin, cos, 0],
          up: [0, 0, 1],
          middle: [-17, 19, 0],
          behindMm: 6,
        }),
      }
    case 'left-buccal':
      return {
        ...picture,
        ...front,
        fieldMm: 58,
        cheekWideMm: 27.5,
        ...aimed({
          right: [cos, sin, 0],
          forward: [-sin, cos, 0],
          up: [0, 0, 1],
          middle: [17, 19, 0],
          behindMm: 6,
        }),
      }
    case 'upper-occlusal':
      return {
        ...picture,
        ...occlusal,
        jaw: 'upper',
        ...aimed({ right: [1, 0, 0], forward: [0, 0, 1], up: [0, -1, 0], middle: [0, 25, 0], behindMm: 3 }),
      }
    case 'lower-occlusal':
      return {
        ...picture,
        ...occlusal,
        jaw: 'lower',
        ...aimed({ right: [1, 0, 0], forward: [0, 0, -1], up: [0, 1, 0], middle: [0, 26, 0], behindMm: 3 }),
      }
  }
}
const occlusal = { fieldMm: 84, centreZ: 0.5, cheekWideMm: 40, cheekHighMm: 31 } as const

function aimed({ right, forward, up, middle, behindMm }: Aim) {
  const along = (axis: Vector, [x, y, z]: Vector) => axis[0] * x + axis[1] * y + axis[2] * z
  const turn = (direction: Vector): Vector => [
    along(right, direction),
    along(forward, direction),
    along(up, direction),
  ]
  return {
    isFront: false,
    turn,
    place(point: Vector): Vector {
      const [x, y, z] = turn([point[0] - middle[0], point[1] - middle[1], point[2] - middle[2]])
      return [x, y + behindMm, z]
    },
    back(x: number, y: number, z: number, out: [number, number, number]) {
      const deep = y - behindMm
      for (const axis of [0, 1, 2] as const)
        out[axis] = middle[axis] + x * right[axis] + deep * forward[axis] + z * up[axis]
    },
  }
}

/** Teeth and braces in the camera's frame; in an occlusal view those of its jaw. */
export function beforeCamera(phantom: Phantom, { isFront, jaw, place, turn }: PhotographCamera): Phantom {
  if (isFront) return phantom
  const isSeen = (upper: boolean) => jaw === null || (jaw === 'upper') === upper
  // what has not come through yet lies in the bone behind the last gum that is modelled
  const isHidden = (fdi: string) => fdi.endsWith('8') && phantom.plan.thirdMolars !== 'erupted'
  const moved = <Placed extends { origin: Vector; mesial: Vector; facial: Vector; occlusal: Vector }>(
    placed: Placed,
  ): Placed => ({
    ...placed,
    origin: place(placed.origin),
    mesial: turn(placed.mesial),
    facial: turn(placed.facial),
    occlusal: turn(placed.occlusal),
  })
  const { braces } = phantom
  return {
    ...phantom,
    teeth: phantom.teeth.filter(({ upper, fdi }) => isSeen(upper) && !isHidden(fdi)).map(moved),
    braces: braces && {
      brackets: braces.brackets.filter(({ fdi }) => isSeen(/^[1256]/.test(fdi))).map(moved),
      wires: braces.wires
        .filter(({ upper }) => isSeen(upper))
        .map((wire) => ({ ...wire, points: wire.points.map(place) })),
    },
  }
}
