import type { Arch } from '../phantom/arch.ts'
import type { PlacedTooth, Vector } from '../phantom/dentition.ts'
import { fromTooth } from '../phantom/dentition.ts'

/** The outer face of one jaw's gums: how far it stands off the arch, and how deep below its margin a point is. */
export type Gums = {
  /** Signed distance-like value at a point, mm, negative inside; only the side seen from outside is modelled. */
  distance(x: number, y: number, z: number): number
  /** Depth of a point from the margin towards the root, mm; and the signed place along the arch. */
  depth(x: number, y: number, z: number): { below: number; s: number }
}

const STEP = 0.1
const HALF = 62

/** Drapes gums over the necks and roots of the teeth of one jaw. */
export function createGums(teeth: readonly PlacedTooth[], arch: Arch, upper: boolean): Gums {
  const up = upper ? 1 : -1
  const count = Math.round((2 * HALF) / STEP) + 1
  const own = teeth.filter((tooth) => tooth.upper === upper && !tooth.fdi.endsWith('8'))
  const at = { s: 0.5, d: 0.5 }
  const place = (point: Vector) => {
    arch.locate(point[0], point[1], at)
    return { s: at.s, d: at.d, z: point[2] * up }
  }
  const necks = own.map((tooth) => {
    const { size } = tooth.form
    const neck = place(fromTooth(tooth, 0, size.buccolingualNeck / 2, 0.5))
    return {
      s: neck.s,
      margin: neck.z - 0.35,
      half: size.mesiodistal / 2,
      rise: Number(tooth.fdi[1]) <= 3 ? 5.4 : 3.5,
    }
  })
  // Where the faces of crowns' necks and of roots stand, sampled across each tooth so that turned ones count fully.
  const faces = (z: number, across: number, narrow: number) =>
    own.flatMap((tooth) => {
      const { size } = tooth.form
      return [-0.9, -0.6, -0.3, 0, 0.3, 0.6, 0.9].map((t) =>
        place(
          fromTooth(
            tooth,
            (t * size.mesiodistalNeck * narrow) / 2,
            ((size.buccolingualNeck * (tooth.form.kind === 'molar' && z < -2 ? 1.16 : narrow)) / 2) *
              Math.sqrt(1 - t * t * across),
            z,
          ),
        ),
      )
    })
  const [neckFaces, rootFaces] = [faces(0.3, 0.62, 1), faces(-6, 0.9, 0.8)]

  const margin = new Float64Array(count)
  const neckOut = new Float64Array(count)
  const rootOut = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const s = -HALF + i * STEP
    // Weighted by nearness, so that two neighbours meet in one papilla.
    let [weights, m] = [0, 0]
    for (const tooth of necks) {
      const u = Math.abs(s - tooth.s) / tooth.half
      const weight = Math.exp(-(u ** 2) * 3.2) + 1e-9
      weights += weight
      m += weight * (tooth.margin - tooth.rise * Math.min(u, 1.1) ** 2.3)
    }
    margin[i] = m / weights
    neckOut[i] = hull(neckFaces, s, 0.55)
    rootOut[i] = hull(rootFaces, s, 0.16)
  }
  smoothen(margin, 3)
  smoothen(neckOut, 5)
  smoothen(rootOut, 9)
  // The fold to lip and cheek knows nothing of single teeth.
  const level = margin.slice()
  smoothen(level, 45)
  const foldOut = rootOut.slice()
  smoothen(foldOut, 38)

  const here = { s: 0.5, d: 0.5 }
  function lookup(values: Float64Array, s: number) {
    const f = Math.min(Math.max((s + HALF) / STEP, 0), count - 1.001)
    const i = f | 0
    return (values[i] ?? 0) + ((values[i + 1] ?? 0) - (values[i] ?? 0)) * (f - i)
  }

  return {
    distance(x, y, z) {
      arch.locate(x, y, here)
      const s = here.s
      const below = z * up - lookup(margin, s)
      const out = lookup(neckOut, s)
      const deep = Math.min(1, Math.max(0, (z * up - lookup(level, s)) / 7))
      // Ridges over the roots fade towards the fold.
      const apart = z * up - lookup(level, s)
      const fold = Math.min(1, Math.max(0, (apart - 3) / 5.5))
      const root = lookup(rootOut, s)
      const apical = root + (lookup(foldOut, s) + 0.7 - root) * fold
      const over = out + (root - out) * Math.min(1, Math.max(0, below / 6.3))
      let surface = roundedMax(over, out + (apical - out) * deep * deep * (3 - 2 * deep), 2.4)
      // A rolled margin, then the even thickness of attached gum, then the fold to the lip.
      surface += below > 0 ? 1.25 * (1 - Math.exp(-below / 0.55)) - 0.45 : -0.45 + Math.max(-5, below) * 1.0
      if (apart > 7.5) surface += 0.05 * (apart - 7.5) * (apart - 7.5)
      return here.d - surface
    },
    depth(x, y, z) {
      arch.locate(x, y, here)
      return { below: z * up - lookup(margin, here.s), s: here.s }
    },
  }
}

function roundedMax(a: number, b: number, k: number): number {
  const h = k - Math.abs(a - b)
  return (a > b ? a : b) + (h > 0 ? (h * h) / (4 * k) : 0) - k * 0.12
}

/** The envelope of parabolas hung on the points: what a skin stretched over them would follow. */
function hull(points: readonly { s: number; d: number }[], s: number, slack: number): number {
  let out = -Infinity
  for (const point of points) out = Math.max(out, point.d - slack * (s - point.s) ** 2)
  return out
}

function smoothen(values: Float64Array, radius: number) {
  for (let pass = 0; pass < 2; pass++) {
    const copy = values.slice()
    for (let i = 0; i < values.length; i++) {
      let [sum, n] = [0, 0]
      for (let k = -radius; k <= radius; k++) {
        const v = copy[i + k]
        if (v !== undefined) {
          sum += v
          n++
        }
      }
      values[i] = sum / n
    }
  }
}
