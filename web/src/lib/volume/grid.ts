import { cross, dot, scaled, type Vector } from './vector.ts'

/** Where the voxels of a volume lie in the patient. */
export type Grid = {
  columns: number
  rows: number
  slices: number
  /** centre of the first voxel */
  origin: Vector
  /** from a voxel to the next of its row, of its column, and of the next slice, in millimetres; need not be square */
  steps: readonly [column: Vector, row: Vector, slice: Vector]
}

/** Twelve numbers: column, row and slice (0-based, fractional) = m · (x, y, z, 1). */
export type ToVoxel = readonly [Row, Row, Row]
type Row = readonly [x: number, y: number, z: number, one: number]

/** From places in the patient to voxels. @throws {RangeError} when the slices lie within each other */
export function toVoxel({ origin, steps: [column, row, slice] }: Grid): ToVoxel {
  const volume = dot(column, cross(row, slice))
  if (!(Math.abs(volume) > 1e-9)) throw new RangeError('The steps of a grid must span a space')
  const inverse = (direction: Vector): Row => {
    const [x, y, z] = scaled(direction, 1 / volume)
    return [x, y, z, -dot([x, y, z], origin)]
  }
  return [inverse(cross(row, slice)), inverse(cross(slice, column)), inverse(cross(column, row))]
}

/** The smallest box along the patient's axes with all of a volume in it, to the edges of its voxels. */
export function boundsOf({ columns, rows, slices, origin, steps }: Grid): { low: Vector; high: Vector } {
  const low: [number, number, number] = [Infinity, Infinity, Infinity]
  const high: [number, number, number] = [-Infinity, -Infinity, -Infinity]
  for (const i of [-0.5, columns - 0.5]) {
    for (const j of [-0.5, rows - 0.5]) {
      for (const k of [-0.5, slices - 0.5]) {
        for (const axis of [0, 1, 2] as const) {
          const value = origin[axis] + i * steps[0][axis] + j * steps[1][axis] + k * steps[2][axis]
          low[axis] = Math.min(low[axis], value)
          high[axis] = Math.max(high[axis], value)
        }
      }
    }
  }
  return { low, high }
}

/** The finest distance between two voxels, in millimetres. */
export function finestStep({ steps }: Grid): number {
  return Math.min(...steps.map((step) => Math.sqrt(dot(step, step))))
}

/** The grid of a volume of which every nth voxel along each axis is kept, each the mean of a row's and column's n. */
export function thinned(grid: Grid, by: number): Grid {
  const half = (by - 1) / 2
  const [column, row, slice] = grid.steps
  return {
    columns: Math.floor(grid.columns / by),
    rows: Math.floor(grid.rows / by),
    slices: Math.ceil(grid.slices / by),
    origin: [0, 1, 2].map(
      (axis) => (grid.origin[axis] ?? 0) + half * ((column[axis] ?? 0) + (row[axis] ?? 0)),
    ) as unknown as Vector, // three axes give three numbers
    steps: [scaled(column, by), scaled(row, by), scaled(slice, by)],
  }
}
