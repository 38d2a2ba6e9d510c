import type { PlacedTooth, Vector } from '../phantom/dentition.ts'
import { fromTooth } from '../phantom/dentition.ts'
import type { Phantom } from '../phantom/phantom.ts'
import { createToothField } from '../phantom/tooth-form.ts'
import { surfaceOf } from './surface-nets.ts'

/** Between two points of the grid that the surface is found on, mm: about 34,000 triangles an arch. */
const STEP = 0.7
/** Of the gum's block, from its margin to the flat base, mm. */
const HIGH = 7.5

/**
 * One arch as an intraoral scanner and its trimming leave it: crowns, gum and a flat base, in a binary STL file in the
 * patient's axes (mm; x left, y back, z up), with the teeth closed.
 */
export function renderArchModel(phantom: Phantom, upper: boolean): Uint8Array {
  const teeth = phantom.teeth.filter((tooth) => tooth.upper === upper && !tooth.fdi.endsWith('8'))
  const arch = upper ? phantom.bone.upperArch : phantom.bone.lowerArch
  const up = upper ? 1 : -1
  const at = { s: 0, d: 0 }
  const necks = teeth.map((tooth) => {
    const neck = fromTooth(tooth, 0, 0, 1.2)
    arch.locate(neck[0], neck[1], at)
    return { s: at.s, d: at.d, z: neck[2] * up, half: tooth.form.size.mesiodistal / 2 }
  })
  const last = Math.max(...necks.map(({ s, half }) => Math.abs(s) + half)) + 2.5
  const base = Math.max(...necks.map(({ z }) => z)) + HIGH

  const low: Vector = [-38, -8, upper ? -5 : -base - 1]
  const size: Vector = [76, 66, base + 7]
  const [columns, rows, slices] = size.map((length) => Math.ceil(length / STEP) + 1)
  if (!columns || !rows || !slices) throw new Error('An arch has a size')
  const field = new Float32Array(columns * rows * slices).fill(9)

  for (let j = 0, to = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++, to++) {
      const [x, y] = [low[0] + i * STEP, low[1] + j * STEP]
      arch.locate(x, y, at)
      if (Math.abs(at.d) > 16 || Math.abs(at.s) > last + 4) continue
      // the margin follows the necks, and rises to a papilla between two teeth
      let [weights, margin, middle] = [1e-9, 0, 0]
      for (const { s, d, z, half } of necks) {
        const far = (at.s - s) / half
        const weight = Math.exp(-far * far * 2.6)
        weights += weight
        margin += weight * (z - 1.5 * Math.min(1.1, far * far))
        middle += weight * d
      }
      margin /= weights
      middle /= weights
      const back = Math.min(1, Math.max(0, (Math.abs(at.s) - 14) / 16))
      const wide = 4.6 + 2.2 * back
      for (let k = 0; k < slices; k++) {
        const z = (low[2] + k * STEP) * up
        const deep = Math.min(1, Math.max(0, (z - margin) / 5))
        const side = Math.abs(at.d - middle * 0.8) - (wide + 0.9 * deep)
        const gum = roundedMax(roundedMax(side, margin - z, 2.2), Math.abs(at.s) - last, 2)
        field[k * columns * rows + to] = Math.max(gum, z - base)
      }
    }
  }
  for (const tooth of teeth) addTooth(tooth, { field, low, columns, rows, slices })

  const surface = surfaceOf(field, { columns, rows, slices })
  const points = surface.points.map((value, index) => (low[index % 3] ?? 0) + value * STEP)
  return writeStl(points, surface.corners, `Bitewing phantom, ${upper ? 'upper' : 'lower'} arch, mm`)
}

type Block = { field: Float32Array; low: Vector; columns: number; rows: number; slices: number }

function addTooth(tooth: PlacedTooth, { field, low, columns, rows, slices }: Block): void {
  const { form, origin: o, mesial: m, facial: f, occlusal: q } = tooth
  const reach = Math.max(form.halfX, form.halfY) + form.size.crown
  const own = createToothField()
  const range = (axis: 0 | 1 | 2, count: number): [number, number] => [
    Math.max(0, Math.floor((o[axis] - reach - low[axis]) / STEP)),
    Math.min(count - 1, Math.ceil((o[axis] + reach - low[axis]) / STEP)),
  ]
  const [[i0, i1], [j0, j1], [k0, k1]] = [range(0, columns), range(1, rows), range(2, slices)]
  for (let k = k0; k <= k1; k++) {
    for (let j = j0; j <= j1; j++) {
      for (let i = i0; i <= i1; i++) {
        const [dx, dy, dz] = [low[0] + i * STEP - o[0], low[1] + j * STEP - o[1], low[2] + k * STEP - o[2]]
        const z = dx * q[0] + dy * q[1] + dz * q[2]
        // roots are within the gum and the base
        if (z < -2.5) continue
        const x = dx * m[0] + dy * m[1] + dz * m[2]
        const y = dx * f[0] + dy * f[1] + dz * f[2]
        if (Math.abs(x) > form.halfX + 1 || Math.abs(y) > form.halfY + 1) continue
        form.evaluate(x, y, z, own)
        const at = (k * rows + j) * columns + i
        const before = field[at] ?? 9
        // a groove, as gum meets crown
        const h = 0.35 - Math.abs(before - own.outer)
        field[at] = Math.min(before, own.outer) + (h > 0 ? (h * h) / 1.4 : 0)
      }
    }
  }
}

function roundedMax(a: number, b: number, k: number): number {
  const h = k - Math.abs(a - b)
  return (a > b ? a : b) + (h > 0 ? (h * h) / (4 * k) : 0)
}

function writeStl(points: Float32Array, corners: Uint32Array, title: string): Uint8Array {
  const count = corners.length / 3
  const bytes = Buffer.alloc(84 + count * 50)
  bytes.write(title.slice(0, 80), 0, 'latin1')
  bytes.writeUInt32LE(count, 80)
  const point = (corner: number, axis: number) => points[(corners[corner] ?? 0) * 3 + axis] ?? 0
  for (let facet = 0, to = 84; facet < count; facet++, to += 50) {
    const a = facet * 3
    const side = (corner: number, axis: number) => point(a + corner, axis) - point(a, axis)
    const normal = [
      side(1, 1) * side(2, 2) - side(1, 2) * side(2, 1),
      side(1, 2) * side(2, 0) - side(1, 0) * side(2, 2),
      side(1, 0) * side(2, 1) - side(1, 1) * side(2, 0),
    ]
    const length = Math.hypot(...normal) || 1
    for (let axis = 0; axis < 3; axis++) {
      bytes.writeFloatLE((normal[axis] ?? 0) / length, to + axis * 4)
      for (let corner = 0; corner < 3; corner++)
        bytes.writeFloatLE(point(a + corner, axis), to + 12 + corner * 12 + axis * 4)
    }
  }
  return bytes
}
