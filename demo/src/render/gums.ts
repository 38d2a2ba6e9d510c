import type { Arch } from '../phantom/arch.ts'
import type { PlacedTooth } from '../phantom/dentition.ts'
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
  const necks = teeth
    .filter((tooth) => tooth.upper === upper && !tooth.fdi.endsWith('8'))
    .map((tooth) => {
      const { size } = tooth.form
      const at = { s: 0.5, d: 0.5 }
      const [neck, root] = [
        fromTooth(tooth, 0, size.buccolingualNeck / 2, 0.5),
        fromTooth(tooth, 0, (size.buccolingualNeck / 2) * 0.78, -7),
      ]
      arch.locate(neck[0], neck[1], at)
      const [s, d] = [at.s, at.d]
      arch.locate(root[0], root[1], at)
      const front = Number(tooth.fdi[1]) <= 3
      return {
        s,
        d,
        dRoot: at.d,
        margin: neck[2] * up - 0.35,
        half: size.mesiodistal / 2,
        rise: front ? 3.5 : 2.5,
      }
    })
    .sort((a, b) => a.s - b.s)

  const margin = new Float64Array(count)
  const neckOut = new Float64Array(count)
  const rootOut = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const s = -HALF + i * STEP
    // Weighted by nearness, so that two neighbours meet in one papilla.
    let [weights, m, n, r] = [0, 0, 0, 0]
    for (const tooth of necks) {
      const u = Math.abs(s - tooth.s) / tooth.half
      const weight = Math.exp(-(u ** 2) * 3.2) + 1e-9
      const v = Math.min(u, 1.15)
      weights += weight
      m += weight * (tooth.margin - tooth.rise * v ** 2.1)
      n += weight * (tooth.d - 1.7 * v * v)
      r += weight * (tooth.dRoot - 0.8 * v * v)
    }
    margin[i] = m / weights
    neckOut[i] = n / weights
    rootOut[i] = r / weights
  }
  smoothen(margin, 3)
  smoothen(neckOut, 3)
  smoothen(rootOut, 6)

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
      if (below < -2) return here.d - out + 4
      const deep = Math.min(1, Math.max(0, below / 8))
      let surface = out + (lookup(rootOut, s) - out) * deep * deep * (3 - 2 * deep)
      // A rolled margin, then the even thickness of attached gum, then the fold to the lip.
      surface += below > 0 ? 1.25 * (1 - Math.exp(-below / 0.55)) - 0.45 : -0.45 + below * 1.6
      if (below > 8.5) surface += 0.05 * (below - 8.5) * (below - 8.5)
      return here.d - surface
    },
    depth(x, y, z) {
      arch.locate(x, y, here)
      return { below: z * up - lookup(margin, here.s), s: here.s }
    },
  }
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
