import { spline } from './arch.ts'
import type { PlacedTooth, Vector } from './dentition.ts'
import { fromTooth } from './dentition.ts'
import { createToothField } from './tooth-form.ts'

/** One bracket, or the tube of a molar. Its frame has the axes of its tooth; the origin is the middle of its slot. */
export type Bracket = {
  /** FDI number of the tooth that carries it. */
  fdi: string
  origin: Vector
  mesial: Vector
  facial: Vector
  occlusal: Vector
  /** Metal, in the bracket's frame: boxes by their middle and half sizes, mm. */
  metal: readonly Box[]
  /** Radius of the elastic ring that holds the wire in the slot, mm; null for a tube, which needs none. */
  elastic: number | null
}

export type Box = { middle: Vector; half: Vector }

/** A round wire as points a fraction of its radius apart, from the patient's right to left. */
export type Archwire = { upper: boolean; points: readonly Vector[] }

export type Braces = { brackets: readonly Bracket[]; wires: readonly Archwire[] }

/** Radius of a round 0.018 inch wire, mm. */
export const wireRadiusMm = 0.23

/** From the enamel to the middle of the slot, mm. */
const standOff = 1.15
const slotHalf = 0.28

/** Wings above and below the slot, mesial and distal; a pad that is glued to the enamel. */
const bracketMetal: readonly Box[] = [
  { middle: [0, -0.85, 0], half: [1.5, 0.3, 1.6] },
  ...[-1, 1].flatMap((mesial) =>
    [-1, 1].map((occlusal): Box => ({
      middle: [mesial * 0.85, 0.05, occlusal * (slotHalf + 0.5)],
      half: [0.5, 0.62, 0.5],
    })),
  ),
  // the floor of the slot, between the wings
  { middle: [0, -0.42, 0], half: [1.3, 0.2, 1.1] },
]

const tubeMetal: readonly Box[] = [
  { middle: [0, -0.85, 0], half: [2.1, 0.3, 1.7] },
  { middle: [0, 0, slotHalf + 0.35], half: [1.9, 0.7, 0.35] },
  { middle: [0, 0, -slotHalf - 0.35], half: [1.9, 0.7, 0.35] },
  { middle: [0, slotHalf + 0.25, 0], half: [1.9, 0.2, slotHalf] },
]

/**
 * Bonds brackets to the faces of the teeth from first molar to first molar, at half the height of their crowns
 * (Andrews' facial axis point), and bends a wire through their slots.
 */
export function createBraces(teeth: readonly PlacedTooth[]): Braces {
  const brackets: Bracket[] = []
  const wires: Archwire[] = []
  for (const upper of [true, false]) {
    const carriers = teeth
      .filter((tooth) => tooth.upper === upper && Number(tooth.fdi[1]) <= 6)
      .sort((a, b) => place(a) - place(b))
    const own = carriers.map(bond)
    brackets.push(...own)
    wires.push({ upper, points: bend(own.map(({ origin }) => origin)) })
  }
  return { brackets, wires }
}

/** Order along the arch: from the patient's right to left. */
function place({ fdi }: PlacedTooth): number {
  const position = Number(fdi[1])
  return fdi.startsWith('1') || fdi.startsWith('4') ? -position : position
}

function bond(tooth: PlacedTooth): Bracket {
  const { fdi, form, mesial, facial, occlusal } = tooth
  const height = form.size.crown * 0.5
  const origin = fromTooth(tooth, 0, faceOf(tooth, height) + standOff, height)
  const molar = fdi.endsWith('6')
  return {
    ...{ fdi, origin, mesial, facial, occlusal },
    metal: molar ? tubeMetal : bracketMetal,
    elastic: molar ? null : 1.35,
  }
}

/** Where the crown's face stands at this height, mm from the tooth's axis. */
function faceOf({ form }: PlacedTooth, height: number): number {
  const field = createToothField()
  for (let y = form.halfY + 0.5; y > 0; y -= 0.05) {
    form.evaluate(0, y, height, field)
    if (field.outer <= 0) return y
  }
  return form.halfY
}

function bend(slots: readonly Vector[]): Vector[] {
  const points: Vector[] = []
  const [first, second] = slots
  const [last, beforeLast] = [slots.at(-1), slots.at(-2)]
  if (!first || !second || !last || !beforeLast) return points
  const chain = [beyond(first, second), ...slots, beyond(last, beforeLast)]
  for (let i = 1; i + 2 < chain.length; i++) {
    const [p0, p1, p2, p3] = [chain[i - 1], chain[i], chain[i + 1], chain[i + 2]]
    if (!p0 || !p1 || !p2 || !p3) continue
    const steps = Math.ceil(Math.hypot(p2[0] - p1[0], p2[1] - p1[1], p2[2] - p1[2]) / (wireRadiusMm / 4))
    for (let k = 0; k < steps; k++) {
      const t = k / steps
      points.push([
        spline(p0[0], p1[0], p2[0], p3[0], t),
        spline(p0[1], p1[1], p2[1], p3[1], t),
        spline(p0[2], p1[2], p2[2], p3[2], t),
      ])
    }
  }
  return points
}

/** The end of the wire, which sticks out of the last tube. */
function beyond(end: Vector, before: Vector): Vector {
  return [2 * end[0] - before[0], 2 * end[1] - before[1], 2 * end[2] - before[2]]
}

/** A point of patient coordinates in the bracket's own frame, mm. */
export function inBracket({ origin, mesial, facial, occlusal }: Bracket, [x, y, z]: Vector): Vector {
  const d: Vector = [x - origin[0], y - origin[1], z - origin[2]]
  const along = (axis: Vector) => d[0] * axis[0] + d[1] * axis[1] + d[2] * axis[2]
  return [along(mesial), along(facial), along(occlusal)]
}

/** Signed distance to the bracket's metal, and to its elastic ring, at a point of its frame; mm, negative inside. */
export function bracketDistance(bracket: Bracket, x: number, y: number, z: number) {
  let metal = Infinity
  for (const { middle, half } of bracket.metal) {
    const round = 0.12
    const qx = Math.abs(x - middle[0]) - half[0] + round
    const qy = Math.abs(y - middle[1]) - half[1] + round
    const qz = Math.abs(z - middle[2]) - half[2] + round
    const outside = Math.hypot(Math.max(qx, 0), Math.max(qy, 0), Math.max(qz, 0))
    metal = Math.min(metal, outside + Math.min(Math.max(qx, qy, qz), 0) - round)
  }
  if (bracket.elastic === null) return { metal, elastic: Infinity }
  // a ring squeezed to the square of the four wings
  const across = (Math.abs(x) ** 4 + Math.abs(z) ** 4) ** 0.25
  return { metal, elastic: Math.hypot(across - bracket.elastic, y - 0.12) - 0.24 }
}
