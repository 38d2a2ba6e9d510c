import type { ToVoxel } from './grid.ts'
import type { Vector } from './vector.ts'

export type Voxels = Int8Array | Uint8Array | Int16Array | Uint16Array

/** Values of a volume, row after row, slice after slice, and where they lie. */
export type Volume = {
  voxels: Voxels
  columns: number
  rows: number
  slices: number
  toVoxel: ToVoxel
  /** the finest distance between two voxels, in millimetres */
  stepMm: number
}

/** How thick a slab is looked through, and what is seen of it. */
export type Slab = { thicknessMm: number; projection: 'average' | 'maximum' }

/** A picture through a volume: a plane, or a slab on both sides of it. */
export type Cut = {
  /** centre of the first pixel */
  origin: Vector
  /** from a pixel to the next of its row and of its column, in millimetres */
  across: Vector
  down: Vector
  /** of length 1, through the slab */
  through: Vector
  width: number
  height: number
  slab: Slab
}

/** So many places are looked at through a slab at most. */
const samplesMax = 256

/** How far apart, in millimetres, and how many: one on a thin slab, else one a voxel from face to face. */
export function slabOffsets(thicknessMm: number, stepMm: number): number[] {
  const count = Math.min(samplesMax, Math.max(1, Math.round(thicknessMm / stepMm)))
  return Array.from({ length: count }, (_, index) => ((index + 0.5) / count - 0.5) * thicknessMm)
}

/**
 * Values of a volume on a plane or through a slab, between voxels by three linear interpolations.
 *
 * @param picture filled row after row in the units of the voxels; NaN where there is no volume
 */
export function reslice(volume: Volume, cut: Cut, picture: Float32Array): void {
  const { width, height, across, down, origin, through, slab } = cut
  const { toVoxel: m } = volume
  const offsets = slabOffsets(slab.thicknessMm, volume.stepMm)
  const turned = (direction: Vector, axis: 0 | 1 | 2) =>
    m[axis][0] * direction[0] + m[axis][1] * direction[1] + m[axis][2] * direction[2]
  const [ai, aj, ak] = [turned(across, 0), turned(across, 1), turned(across, 2)]
  const [di, dj, dk] = [turned(down, 0), turned(down, 1), turned(down, 2)]
  const [ti, tj, tk] = [turned(through, 0), turned(through, 1), turned(through, 2)]
  const [oi, oj, ok] = [turned(origin, 0) + m[0][3], turned(origin, 1) + m[1][3], turned(origin, 2) + m[2][3]]
  const maximum = slab.projection === 'maximum'

  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const i = oi + x * ai + y * di
      const j = oj + x * aj + y * dj
      const k = ok + x * ak + y * dk
      if (offsets.length === 1) {
        picture[at] = sample(volume, i, j, k)
        continue
      }
      let [sum, count, most] = [0, 0, -Infinity]
      for (let index = 0; index < offsets.length; index++) {
        const by = offsets[index] ?? 0
        const value = sample(volume, i + by * ti, j + by * tj, k + by * tk)
        if (value !== value) continue
        sum += value
        count++
        if (value > most) most = value
      }
      picture[at] = count === 0 ? Number.NaN : maximum ? most : sum / count
    }
  }
}

/** A value between voxels; NaN outside. Half a voxel beyond the outermost centres still belongs to them. */
export function sample({ voxels, columns, rows, slices }: Volume, i: number, j: number, k: number): number {
  if (!(i >= -0.5 && j >= -0.5 && k >= -0.5 && i <= columns - 0.5 && j <= rows - 0.5 && k <= slices - 0.5))
    return Number.NaN
  const ci = i < 0 ? 0 : i > columns - 1 ? columns - 1 : i
  const cj = j < 0 ? 0 : j > rows - 1 ? rows - 1 : j
  const ck = k < 0 ? 0 : k > slices - 1 ? slices - 1 : k
  const i0 = ci | 0
  const j0 = cj | 0
  const k0 = ck | 0
  const fi = ci - i0
  const fj = cj - j0
  const fk = ck - k0
  const right = i0 + 1 < columns ? 1 : 0
  const below = j0 + 1 < rows ? columns : 0
  const next = k0 + 1 < slices ? columns * rows : 0
  const at = (k0 * rows + j0) * columns + i0
  const a = line(voxels, at, right, fi)
  const b = line(voxels, at + below, right, fi)
  const near = a + (b - a) * fj
  if (fk === 0) return near
  const c = line(voxels, at + next, right, fi)
  const d = line(voxels, at + next + below, right, fi)
  return near + (c + (d - c) * fj - near) * fk
}

function line(voxels: Voxels, at: number, right: number, share: number): number {
  const from = voxels[at] ?? 0
  return from + ((voxels[at + right] ?? 0) - from) * share
}
