import type { CurvePath } from './curve.ts'
import { sample, slabOffsets, type Slab, type Volume } from './reslice.ts'
import type { Vector } from './vector.ts'

/** A panoramic along a curve: columns at an even pace along it, rows from above downwards. */
export type PanoramicCut = {
  /** from a pixel to the next, in both directions, in millimetres */
  stepMm: number
  width: number
  height: number
  /** height of the first row, in millimetres towards the head */
  topZ: number
  slab: Slab
}

/** The size of a panoramic along a curve through all of a volume's height. */
export function panoramicSize(
  path: CurvePath,
  { low, high }: { low: Vector; high: Vector },
  stepMm: number,
): Omit<PanoramicCut, 'slab'> {
  return {
    stepMm,
    width: Math.max(1, Math.round(path.lengthMm / stepMm) + 1),
    height: Math.max(1, Math.floor((high[2] - low[2]) / stepMm)),
    topZ: high[2] - stepMm / 2,
  }
}

/**
 * A panoramic: what lies along a curve on the axial plane, unrolled, through a slab across the curve.
 *
 * @param picture filled row after row in the units of the voxels; NaN where there is no volume
 */
export function unroll(volume: Volume, path: CurvePath, cut: PanoramicCut, picture: Float32Array): void {
  const { stepMm, width, height, topZ, slab } = cut
  const { toVoxel: m } = volume
  const offsets = slabOffsets(slab.thicknessMm, volume.stepMm)
  const maximum = slab.projection === 'maximum'
  for (let column = 0; column < width; column++) {
    const { x, y, tangentX, tangentY } = path.at(column * stepMm)
    for (let row = 0; row < height; row++) {
      const z = topZ - row * stepMm
      let [sum, count, most] = [0, 0, -Infinity]
      for (let index = 0; index < offsets.length; index++) {
        const by = offsets[index] ?? 0
        const px = x + tangentY * by
        const py = y - tangentX * by
        const value = sample(
          volume,
          m[0][0] * px + m[0][1] * py + m[0][2] * z + m[0][3],
          m[1][0] * px + m[1][1] * py + m[1][2] * z + m[1][3],
          m[2][0] * px + m[2][1] * py + m[2][2] * z + m[2][3],
        )
        if (value !== value) continue
        sum += value
        count++
        if (value > most) most = value
      }
      picture[row * width + column] = count === 0 ? Number.NaN : maximum ? most : sum / count
    }
  }
}
