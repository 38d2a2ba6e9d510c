import { AIR } from '../phantom/bone.ts'
import type { Braces } from '../phantom/braces.ts'
import { bracketDistance, inBracket } from '../phantom/braces.ts'
import type { Vector } from '../phantom/dentition.ts'
import { fromTooth } from '../phantom/dentition.ts'
import { createRandom, latticeHash, noise2, noise3 } from '../phantom/noise.ts'
import type { Phantom } from '../phantom/phantom.ts'
import { createToothField } from '../phantom/tooth-form.ts'

/** A cylinder over both jaws. Axial slices from below upwards, rows to the back, columns to the patient's left. */
export const cbctGeometry = {
  columns: 256,
  rows: 256,
  slices: 160,
  voxelMm: 0.4,
  /** Centre of the first voxel of the first slice, patient coordinates. */
  origin: [-51, -14, -41.8] as Vector,
} as const

/** Values of the materials in Hounsfield units, as a well calibrated unit would show them. */
export const hounsfield = {
  air: -1000,
  soft: 50,
  trabecular: 650,
  cortical: 1450,
  dentin: 1750,
  pulp: 60,
  enamel: 2700,
  metal: 3095,
  composite: 2500,
} as const

export const STORED_OFFSET = 1000

/**
 * Reconstructed slices of the phantom: 12-bit stored values, HU = stored − 1000.
 *
 * @param first   number of the first slice, 0-based
 * @param count   slices to make
 * @param noiseHu standard deviation of the noise
 */
export function renderCbct(phantom: Phantom, first: number, count: number, noiseHu = 38): Uint16Array[] {
  const { columns, rows, voxelMm, origin } = cbctGeometry
  const volume = new Float32Array(columns * rows * count)
  const centreX = origin[0] + ((columns - 1) / 2) * voxelMm
  const centreY = origin[1] + ((rows - 1) / 2) * voxelMm
  const radius = (columns / 2) * voxelMm - 0.3

  for (let k = 0; k < count; k++) {
    const z = origin[2] + (first + k) * voxelMm
    for (let j = 0; j < rows; j++) {
      const y = origin[1] + j * voxelMm
      for (let i = 0; i < columns; i++) {
        const x = origin[0] + i * voxelMm
        const off = (x - centreX) * (x - centreX) + (y - centreY) * (y - centreY)
        volume[(k * rows + j) * columns + i] =
          off > radius * radius ? hounsfield.air : tissue(phantom, x, y, z)
      }
    }
  }
  const metal = addTeeth(phantom, volume, first, count)
  if (phantom.braces) metal.push(...addBraces(phantom.braces, volume, first, count))
  for (const { x, y, slice, weight } of metal) addStreaks(volume, slice, x, y, weight, phantom.plan.seed)

  const random = createRandom(phantom.plan.seed ^ (first * 7919) ^ phantom.phase.charCodeAt(1))
  const slices: Uint16Array[] = []
  let previous = 0
  for (let k = 0; k < count; k++) {
    const pixels = new Uint16Array(columns * rows)
    for (let p = 0; p < pixels.length; p++) {
      const hu = volume[k * pixels.length + p] ?? hounsfield.air
      const x = (p % columns) - columns / 2
      const y = Math.floor(p / columns) - rows / 2
      if (x * x + y * y > (columns / 2 - 1) ** 2) continue
      // Correlated a little along the row, as the reconstruction filter leaves it.
      previous = previous * 0.35 + (random.next() + random.next() + random.next() - 1.5) * 1.9
      pixels[p] = Math.min(4095, Math.max(0, Math.round(hu + STORED_OFFSET + previous * noiseHu)))
    }
    slices.push(pixels)
  }
  return slices
}

/** HU of everything but teeth. */
function tissue(phantom: Phantom, x: number, y: number, z: number): number {
  const density = phantom.density(x, y, z)
  if (density < 0) return hounsfield.soft + density * AIR * (hounsfield.air - hounsfield.soft)
  if (density > 0.03) return hounsfield.soft + density * (hounsfield.cortical - hounsfield.soft)
  // Outline of the lower face; lips in front, neck narrower below.
  const neck = z < -22 ? Math.min(1, (-22 - z) / 26) : 0
  const ex = x / (64 - 6 * neck)
  const ey = (y - 56) / (67 - 9 * neck)
  const e = Math.sqrt(ex * ex + ey * ey)
  const lips = y < 0 && Math.abs(x) < 26 ? 0.018 * Math.cos((x / 26) * 1.5) * Math.cos(z * 0.16) : 0
  const skin = (1 + lips - e) * 62
  if (skin < 0)
    return skin < -0.4 ? hounsfield.air : hounsfield.air * (-skin / 0.4) + hounsfield.soft * (1 + skin / 0.4)
  // A sliver of air between tongue and palate.
  if (y > 9 && y < 50 && z > 6 && z < 23) {
    const across = Math.abs(x) / (10 + y * 0.16)
    const roof = 21.5 - 9 * across * across
    if (across < 1 && z < roof - 0.2 && z > roof - 2.6 + 1.6 * across) return hounsfield.air * 0.93
  }
  const fat = noise3(x * 0.11, y * 0.11, z * 0.11) + 0.5 * noise3(x * 0.31 + 9, y * 0.31, z * 0.31)
  if (skin < 5) return skin < 1.6 ? 40 : -60 + 30 * fat
  const tx = x / 27
  const ty = (y - 37) / 29
  const tongue = Math.min(1, Math.max(0, (1.05 - Math.sqrt(tx * tx + ty * ty)) * 5))
  const lobules = Math.min(1, Math.max(0, (fat - 0.1) * 1.6)) * -120
  return 55 + 12 * fat + lobules * (1 - tongue)
}

/** Replaces the voxels that teeth, ligament gap and socket wall fill; answers where metal is, for streaks. */
function addTeeth(phantom: Phantom, volume: Float32Array, first: number, count: number) {
  const { columns, rows, voxelMm, origin } = cbctGeometry
  const field = createToothField()
  const streaks: { x: number; y: number; slice: number; weight: number }[] = []
  const ramp = (distance: number) => Math.min(1, Math.max(0, 0.5 - distance / 0.45))
  for (const tooth of phantom.teeth) {
    const { form, origin: o, mesial: m, facial: f, occlusal: q } = tooth
    const low = [Infinity, Infinity, Infinity]
    const high = [-Infinity, -Infinity, -Infinity]
    for (const x of [-form.halfX, form.halfX]) {
      for (const y of [-form.halfY, form.halfY]) {
        for (const z of [-form.size.root - 1, form.size.crown + 0.4]) {
          fromTooth(tooth, x, y, z).forEach((v, axis) => {
            low[axis] = Math.min(low[axis] ?? v, v)
            high[axis] = Math.max(high[axis] ?? v, v)
          })
        }
      }
    }
    const start = (axis: 0 | 1 | 2, limit: number, offset: number) =>
      Math.max(0, Math.floor(((low[axis] ?? 0) - origin[axis]) / voxelMm) - 1 - offset + limit * 0)
    const end = (axis: 0 | 1 | 2, limit: number, offset: number) =>
      Math.min(limit - 1, Math.ceil(((high[axis] ?? 0) - origin[axis]) / voxelMm) + 1 - offset)
    const metallic = form.fillings.some((filling) => filling.material !== 'composite')
    for (let k = start(2, count, first); k <= end(2, count, first); k++) {
      let [sumX, sumY, sum] = [0, 0, 0]
      const dz = origin[2] + (first + k) * voxelMm - o[2]
      for (let j = start(1, rows, 0); j <= end(1, rows, 0); j++) {
        const dy = origin[1] + j * voxelMm - o[1]
        for (let i = start(0, columns, 0); i <= end(0, columns, 0); i++) {
          const dx = origin[0] + i * voxelMm - o[0]
          const x = dx * m[0] + dy * m[1] + dz * m[2]
          const y = dx * f[0] + dy * f[1] + dz * f[2]
          const z = dx * q[0] + dy * q[1] + dz * q[2]
          if (Math.abs(x) > form.halfX + 0.7 || Math.abs(y) > form.halfY + 0.7) continue
          form.evaluate(x, y, z, field)
          if (field.outer > 0.9) continue
          const index = (k * rows + j) * columns + i
          const around = volume[index] ?? 0
          if (around === hounsfield.air && dx * dx > 1e6) continue
          const inside = ramp(field.outer)
          let hu = around
          if (z < -1 && around > 200) {
            const gap = ramp(field.outer - 0.24)
            hu += (Math.max(around, 1250) - around) * (ramp(field.outer - 0.7) - gap)
            hu += (hounsfield.soft - hu) * gap
          }
          let own: number = hounsfield.enamel
          own += (hounsfield.dentin - own) * ramp(field.dentin)
          own += (hounsfield.pulp - own) * ramp(field.pulp)
          if (field.filling < 1) {
            const amount = ramp(field.filling)
            own += ((metallic ? hounsfield.metal : hounsfield.composite) - own) * amount
            if (metallic && amount > 0.5) {
              sumX += i
              sumY += j
              sum++
            }
          }
          volume[index] = hu + (own - hu) * inside
        }
      }
      if (sum > 4) streaks.push({ x: sumX / sum, y: sumY / sum, slice: k, weight: Math.min(1, sum / 220) })
    }
  }
  return streaks
}

/** Replaces the voxels that brackets and wires fill; answers where they are, for streaks. */
function addBraces({ brackets, wires }: Braces, volume: Float32Array, first: number, count: number) {
  const { columns, rows, voxelMm, origin } = cbctGeometry
  const streaks: { x: number; y: number; slice: number; weight: number }[] = []
  const voxel = (axis: 0 | 1 | 2, mm: number) => (mm - origin[axis]) / voxelMm
  const reach = 3 / voxelMm
  for (const bracket of brackets) {
    const [x, y, z] = [
      voxel(0, bracket.origin[0]),
      voxel(1, bracket.origin[1]),
      voxel(2, bracket.origin[2]) - first,
    ]
    for (let k = Math.max(0, Math.ceil(z - reach)); k < Math.min(count, z + reach); k++) {
      let filled = 0
      for (let j = Math.max(0, Math.ceil(y - reach)); j < Math.min(rows, y + reach); j++) {
        for (let i = Math.max(0, Math.ceil(x - reach)); i < Math.min(columns, x + reach); i++) {
          const point: Vector = [
            origin[0] + i * voxelMm,
            origin[1] + j * voxelMm,
            origin[2] + (first + k) * voxelMm,
          ]
          if (bracketDistance(bracket, ...inBracket(bracket, point)).metal > 0.15) continue
          volume[(k * rows + j) * columns + i] = hounsfield.metal
          filled++
        }
      }
      if (filled > 6) streaks.push({ x, y, slice: k, weight: Math.min(0.35, filled / 120) })
    }
  }
  for (const point of wires.flatMap(({ points }) => points)) {
    const [i, j, k] = [
      Math.round(voxel(0, point[0])),
      Math.round(voxel(1, point[1])),
      Math.round(voxel(2, point[2])) - first,
    ]
    if (k >= 0 && k < count && i >= 0 && i < columns && j >= 0 && j < rows)
      volume[(k * rows + j) * columns + i] = hounsfield.metal
  }
  return streaks
}

/** Beam hardening and photon starvation round metal: rays, bright and dark, fading with distance. */
function addStreaks(volume: Float32Array, slice: number, x: number, y: number, weight: number, salt: number) {
  const { columns, rows } = cbctGeometry
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const dx = i - x
      const dy = j - y
      const r = Math.sqrt(dx * dx + dy * dy)
      if (r > 120 || r < 2) continue
      const angle = Math.atan2(dy, dx)
      const ray =
        noise2(angle * 7, 0.5, salt) +
        0.8 * noise2(angle * 19, 1.5, salt) +
        0.3 * (latticeHash(Math.floor(angle * 60), salt, slice) - 0.5)
      const index = (slice * rows + j) * columns + i
      const hu = volume[index] ?? 0
      if (hu > hounsfield.air + 40)
        volume[index] = hu + ray * weight * 520 * Math.exp(-r / 34) * Math.min(1, (r - 2) / 8)
    }
  }
}
