import type { Arch } from './arch.ts'
import { createRandom } from './noise.ts'
import type { Filling, ToothForm } from './tooth-form.ts'
import { createToothForm, lowerSizes, upperSizes } from './tooth-form.ts'

/** Before, during and after the treatment. */
export type Phase = 'T0' | 'T1' | 'T2'

export type Vector = readonly [number, number, number]

/** One tooth where it stands. Axes are unit vectors in patient coordinates; the origin is the middle of the neck. */
export type PlacedTooth = {
  /** FDI number, ISO 3950. */
  fdi: string
  upper: boolean
  form: ToothForm
  origin: Vector
  mesial: Vector
  facial: Vector
  occlusal: Vector
}

export type DentitionPlan = {
  seed: number
  /** Space missing in the lower front at T0, mm; the upper front lacks 0.8 of it. T2 lacks nothing. */
  crowdingMm: number
  /** Years; sets the size of the pulp and the wear of cusps. */
  age: number
  missing: readonly string[]
  fillings: Readonly<Record<string, readonly Filling[]>>
  thirdMolars: 'absent' | 'erupted' | 'impacted'
  /** Treated with brackets and wires, which are there at T1. */
  braces?: boolean
}

/** How far the treatment has gone at a phase, 0 … 1. */
const progress: Record<Phase, number> = { T0: 0, T1: 0.62, T2: 1 }

/** Crown torque (labial positive) and tip (crown to mesial positive) in degrees, by position. */
const upperTorque = [17, 13, 4, -4, -5, -6, -6, -10]
const upperTip = [4, 7, 9, 2, 2, 3, 0, -8]
const lowerTorque = [12, 11, 2, -7, -10, -13, -16, -18]
const lowerTip = [1, 1, 4, 3, 4, 6, 9, 16]

/**
 * Sets the teeth along their arches. At T2 each touches its neighbour on the curve; at T0 the front six have less
 * length than their widths, so that they turn and step out of line, and the back teeth stand further forward.
 * The mouth is closed (centric occlusion); see `openMouth`.
 */
export function createDentition(
  plan: DentitionPlan,
  arches: { upper: Arch; lower: Arch },
  phase: Phase,
): PlacedTooth[] {
  const random = createRandom(plan.seed ^ 0x7ee7)
  const done = progress[phase]
  const scale = random.between(0.97, 1.03)
  const pulp = plan.age < 20 ? 1.35 : plan.age < 40 ? 1.1 : plan.age < 60 ? 0.9 : 0.7
  const wear = Math.min(1, Math.max(0, (plan.age - 18) / 60))
  const teeth: PlacedTooth[] = []

  for (const upper of [true, false]) {
    const arch = upper ? arches.upper : arches.lower
    const crowding = plan.crowdingMm * (upper ? 0.8 : 1) * (1 - done)
    for (const left of [false, true]) {
      let reach = -0.12
      for (let position = 1; position <= 8; position++) {
        const fdi = `${upper ? (left ? 2 : 1) : left ? 3 : 4}${position}`
        const sizes = upper ? upperSizes : lowerSizes
        const book = sizes[position - 1]
        if (!book) continue
        const own = scale * (1 + 0.02 * random.normal() * 0.5)
        const size = {
          ...book,
          crown: book.crown * own,
          root: book.root * (own + 0.03 * random.normal()),
          mesiodistal: book.mesiodistal * scale,
          mesiodistalNeck: book.mesiodistalNeck * scale,
          buccolingual: book.buccolingual * own,
          buccolingualNeck: book.buccolingualNeck * own,
        }
        const bend = 0.7 + 0.6 * random.normal()
        const wander = {
          turn: random.normal(),
          out: random.normal(),
          tip: random.normal(),
          height: random.normal(),
        }
        const width = size.mesiodistal
        const centre = reach + width / 2
        // Contacts lie outside the curve, where it is longer: neighbours stand a little closer on it.
        // In the wider upper arch most at its corner, between lateral incisor and canine.
        reach += width * (upper && position === 2 ? 0.86 : position <= 3 ? 0.955 : 0.99)
        if (plan.missing.includes(fdi)) continue
        if (position === 8 && plan.thirdMolars === 'absent') continue

        // The front third of the chain is squeezed, the rest follows it forward.
        const front = Math.min(1, centre / 20)
        const s = centre - (crowding / 2) * front
        // Alternating steps out of line, the larger the less space there is; laterals go in, canines out.
        const pattern = upper
          ? [0.35, -1, 0.9, -0.2, 0.25]
          : [left ? 0.75 : -0.45, left ? -0.9 : 0.8, 0.65, -0.3, 0.2]
        const turns = upper ? [left ? 9 : -6, -13, 10, 5, -4] : [left ? 12 : -9, left ? -14 : 13, 9, -6, 4]
        const squeeze = Math.min(1.5, crowding / 5)
        const out =
          squeeze * ((pattern[position - 1] ?? 0) * 1.35 + wander.out * 0.12) +
          (1 - done * 0.9) * wander.out * 0.18
        const turn =
          squeeze * (turns[position - 1] ?? 0) * (1 + 0.2 * wander.turn) +
          (1 - done * 0.85) * wander.turn * 2.2 +
          0.6 * wander.turn
        const torque =
          ((upper ? upperTorque : lowerTorque)[position - 1] ?? 0) +
          squeeze * (pattern[position - 1] ?? 0) * 4
        const tip =
          ((upper ? upperTip : lowerTip)[position - 1] ?? 0) +
          (1 - done * 0.7) * wander.tip * 2 +
          wander.tip * 0.6
        const high =
          (1 - done * 0.85) * wander.height * 0.22 +
          squeeze * (upper && position === 3 ? 0.8 : upper && position === 2 ? -0.3 : 0)

        const impacted = position === 8 && plan.thirdMolars === 'impacted'
        const form = createToothForm(upper, position, size, plan.fillings[fdi] ?? [], {
          bend: impacted ? 0.4 : bend,
          pulp,
          wear,
          rootScale: impacted && plan.age < 22 ? 0.55 : 1,
        })
        teeth.push(
          place({ fdi, upper, position, form, arch, left, s, out, turn, torque, tip, high, impacted }),
        )
      }
    }
  }
  return teeth
}

/** Height of the chewing surfaces along the arch: level in front, rising behind (curve of Spee). */
function occlusalHeight(upper: boolean, position: number, s: number): number {
  const spee = 0.0011 * Math.max(0, Math.abs(s) - 16) ** 2
  if (upper) return spee + ([-2.0, -1.5, -2.3, -1.15, -0.85, -0.55, -0.45, -0.3][position - 1] ?? 0)
  return spee + ([0.75, 0.75, 1.0, 0.85, 0.75, 0.75, 0.65, 0.5][position - 1] ?? 0)
}

function place(tooth: {
  fdi: string
  upper: boolean
  position: number
  form: ToothForm
  arch: Arch
  left: boolean
  s: number
  out: number
  turn: number
  torque: number
  tip: number
  high: number
  impacted: boolean
}): PlacedTooth {
  const { upper, position, form, left } = tooth
  const side = left ? 1 : -1
  const up = upper ? 1 : -1
  const p = tooth.arch.at(tooth.s * side)
  // Mesial is towards the midline: against growing s on the left.
  const mesial0: Vector = [-p.tx * side, -p.ty * side, 0]
  const facial0: Vector = [p.nx, p.ny, 0]
  const occlusal0: Vector = [0, 0, -up]

  const rad = Math.PI / 180
  const tipAngle = tooth.impacted ? (upper ? -18 : 52) : tooth.tip
  const [ct, st] = [Math.cos(tooth.turn * rad), Math.sin(tooth.turn * rad)]
  const [cq, sq] = [Math.cos(tooth.torque * rad), Math.sin(tooth.torque * rad)]
  const [cp, sp] = [Math.cos(tipAngle * rad), Math.sin(tipAngle * rad)]
  // Turn about the long axis, lean to the face (torque), then lean to mesial (tip).
  let mesial = combine(mesial0, ct, facial0, st)
  let facial = combine(mesial0, -st, facial0, ct)
  let occlusal = combine(occlusal0, cq, facial, sq)
  facial = combine(facial, cq, occlusal0, -sq)
  const tipped = combine(occlusal, cp, mesial, sp)
  mesial = combine(mesial, cp, occlusal, -sp)
  occlusal = tipped

  // The crown's widest part stands on the arch; its tip at the height of the chewing surface.
  const hc = form.size.crown
  const contact = 0.62 * hc
  let tipZ = occlusalHeight(upper, position, tooth.s) - up * -1 * 0
  tipZ += tooth.high
  const dz = occlusal[2] * hc
  let originZ = tipZ - dz
  let x = p.x + p.nx * tooth.out - occlusal[0] * contact
  let y = p.y + p.ny * tooth.out - occlusal[1] * contact
  if (tooth.impacted) {
    originZ += up * (upper ? 7.5 : 7)
    x += mesial0[0] * (upper ? 0 : -1.5)
    y += mesial0[1] * (upper ? 0 : -1.5)
  }
  return { fdi: tooth.fdi, upper, form, origin: [x, y, originZ], mesial, facial, occlusal }
}

function combine(a: Vector, ka: number, b: Vector, kb: number): Vector {
  return [a[0] * ka + b[0] * kb, a[1] * ka + b[1] * kb, a[2] * ka + b[2] * kb]
}

/** Lowers the mandible's teeth by `gapMm` and brings them forward as the joint does. */
export function openMouth(teeth: readonly PlacedTooth[], gapMm: number): PlacedTooth[] {
  return teeth.map((tooth) =>
    tooth.upper
      ? tooth
      : { ...tooth, origin: [tooth.origin[0], tooth.origin[1] - gapMm * 0.3, tooth.origin[2] - gapMm] },
  )
}

/** A point of the tooth's own frame in patient coordinates, mm. */
export function fromTooth(tooth: PlacedTooth, x: number, y: number, z: number): Vector {
  const { origin: o, mesial: m, facial: f, occlusal: c } = tooth
  return [
    o[0] + m[0] * x + f[0] * y + c[0] * z,
    o[1] + m[1] * x + f[1] * y + c[1] * z,
    o[2] + m[2] * x + f[2] * y + c[2] * z,
  ]
}
