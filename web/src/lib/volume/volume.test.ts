import { expect, test } from 'vitest'
import { crossSection, fromPlane, onPlane, planeThrough } from './plane.ts'
import { boundsOf, thinned, toVoxel, type Grid } from './grid.ts'
import { curvePath, nearestOnCurve, type PlanePoint } from './curve.ts'
import { measureVolume } from './measure-volume.ts'
import { panoramicSize, unroll } from './panoramic.ts'
import { reslice, slabOffsets, type Cut, type Volume } from './reslice.ts'
import { lengthOf, minus, type Vector } from './vector.ts'

const grid: Grid = {
  columns: 4,
  rows: 3,
  slices: 5,
  origin: [10, -20, 30],
  steps: [
    [0.5, 0, 0],
    [0, 2, 0],
    [0, 0, 1],
  ],
}
/** Each voxel says where it is: 100 × column + 10 × row + slice. */
const volume = (of: Grid = grid): Volume => ({
  voxels: Int16Array.from({ length: of.columns * of.rows * of.slices }, (_, at) => {
    const column = at % of.columns
    const row = Math.floor(at / of.columns) % of.rows
    return 100 * column + 10 * row + Math.floor(at / of.columns / of.rows)
  }),
  ...of,
  toVoxel: toVoxel(of),
  stepMm: 0.5,
})
const thin = { thicknessMm: 0, projection: 'average' } as const
const cut = (part: Partial<Cut>): Float32Array => {
  const whole: Cut = {
    origin: grid.origin,
    across: [0.5, 0, 0],
    down: [0, 2, 0],
    through: [0, 0, 1],
    width: 4,
    height: 3,
    slab: thin,
    ...part,
  }
  const picture = new Float32Array(whole.width * whole.height)
  reslice(volume(), whole, picture)
  return picture
}

test('a plane through voxels shows their values, and one between them what lies between', () => {
  expect([...cut({ origin: [10, -20, 32] })]).toEqual([
    2, 102, 202, 302, 12, 112, 212, 312, 22, 122, 222, 322,
  ])
  // half a slice up, a quarter of a column on
  expect([...cut({ origin: [10.125, -20, 32.5], width: 2, height: 1 })]).toEqual([27.5, 127.5])
  // upright: rows of the picture are slices from above
  expect([...cut({ origin: [10, -18, 34], down: [0, 0, -1], width: 2, height: 5 })]).toEqual([
    14, 114, 13, 113, 12, 112, 11, 111, 10, 110,
  ])
})

test('outside of a volume there is nothing, from half a voxel beyond its last centres on', () => {
  const picture = cut({ origin: [9.7, -20, 30], across: [0.1, 0, 0], width: 2, height: 1 })
  expect([...picture]).toEqual([Number.NaN, 0])
  expect(cut({ origin: [10, -20, 34.6], width: 1, height: 1 })[0]).toBeNaN()
})

test('a slab shows the mean or the most of what it holds, and counts nothing beside the volume', () => {
  expect(slabOffsets(0, 0.5)).toEqual([0])
  expect(slabOffsets(2, 0.5)).toEqual([-0.75, -0.25, 0.25, 0.75])
  const at = { origin: [10, -20, 32], width: 1, height: 1 } as const
  expect(cut({ ...at, slab: { thicknessMm: 2, projection: 'average' } })[0]).toBeCloseTo(2, 5)
  expect(cut({ ...at, slab: { thicknessMm: 2, projection: 'maximum' } })[0]).toBeCloseTo(2.75, 5)
  // of a slab that is half outside only the inner half counts: slices 4 and, between, 3.75 … 4
  const edge = { ...at, origin: [10, -20, 34.5] as Vector }
  const mean = cut({ ...edge, slab: { thicknessMm: 2, projection: 'average' } })[0]
  expect(mean).toBeCloseTo((3.75 + 4) / 2, 5)
})

test('a grid that leans, or is mirrored, is met by the place in the patient', () => {
  const leaning: Grid = {
    ...grid,
    steps: [
      [0, 0.5, 0],
      [-2, 0, 0],
      [0.1, 0, 1.2],
    ],
  }
  const whole = volume(leaning)
  const picture = new Float32Array(1)
  for (const [column, row, slice] of [
    [1, 2, 3],
    [3, 0, 4],
  ] as const) {
    const [a, b, c] = leaning.steps
    const origin = [0, 1, 2].map(
      (axis) =>
        (leaning.origin[axis] ?? 0) + column * (a[axis] ?? 0) + row * (b[axis] ?? 0) + slice * (c[axis] ?? 0),
    ) as unknown as Vector
    const one = { across: [1, 0, 0], down: [0, 1, 0], through: [0, 0, 1], width: 1, height: 1 } as const
    reslice(whole, { ...one, origin, slab: thin }, picture)
    expect(picture[0]).toBeCloseTo(100 * column + 10 * row + slice, 3)
  }
  expect(() => toVoxel({ ...grid, steps: [grid.steps[0], grid.steps[0], grid.steps[2]] })).toThrow(RangeError)
})

test('a volume that is thinned lies where the whole one lay', () => {
  const large: Grid = { ...grid, columns: 8, rows: 6, slices: 6 }
  const half = thinned(large, 2)
  expect(half).toMatchObject({ columns: 4, rows: 3, slices: 3, origin: [10.25, -19, 30] })
  const [from, to] = [boundsOf(large), boundsOf(half)]
  expect([to.low[0], to.low[1], to.high[0], to.high[1]]).toEqual([
    from.low[0],
    from.low[1],
    from.high[0],
    from.high[1],
  ])
})

test('places on a plane and in the patient are the same places', () => {
  for (const direction of ['axial', 'coronal', 'sagittal'] as const) {
    const place: Vector = [3, -7, 11]
    const plane = planeThrough(direction, place)
    const { u, v, depth } = onPlane(plane, place)
    expect(depth).toBeCloseTo(0, 9)
    expect(lengthOf(minus(fromPlane(plane, u, v), place))).toBeCloseTo(0, 9)
  }
  // the patient's left is on the right, the head above, the face on the left of the sagittal plane
  expect(onPlane(planeThrough('coronal', [0, 0, 0]), [5, 0, 9])).toMatchObject({ u: 5, v: -9 })
  expect(onPlane(planeThrough('sagittal', [0, 0, 0]), [0, -4, 9])).toMatchObject({ u: -4, v: -9 })
})

const arch: PlanePoint[] = [-160, -120, -90, -60, -20].map((degrees) => {
  const angle = (degrees * Math.PI) / 180
  return [25 * Math.cos(angle), 25 * Math.sin(angle) + 30]
})

test('a curve through points of a circle is nearly that circle, and is walked through at an even pace', () => {
  const path = curvePath(arch)
  expect(path).not.toBeNull()
  if (!path) return
  const length = (25 * 140 * Math.PI) / 180
  expect(Math.abs(path.lengthMm - length)).toBeLessThan(0.6)
  for (let s = 0; s <= path.lengthMm; s += 1) {
    const { x, y } = path.at(s)
    expect(Math.abs(Math.hypot(x, y - 30) - 25)).toBeLessThan(0.6)
  }
  const [a, b] = [path.at(20), path.at(21)]
  expect(Math.hypot(b.x - a.x, b.y - a.y)).toBeCloseTo(1, 2)
  for (const point of arch) {
    const { x, y } = path.at(nearestOnCurve(path, point))
    expect(Math.hypot(x - point[0], y - point[1])).toBeLessThan(0.05)
  }
})

test("a curve begins on the patient's right, whichever way it was drawn, and goes straight on at its ends", () => {
  const [there, back] = [curvePath(arch), curvePath(arch.toReversed())]
  expect(back?.at(0)).toEqual(there?.at(0))
  expect(there?.at(0).x).toBeLessThan(0)
  const straight = curvePath([
    [-10, 4],
    [-10, 4],
    [10, 4],
  ])
  expect(straight?.lengthMm).toBeCloseTo(20, 9)
  expect(straight?.at(-5)).toMatchObject({ x: -15, y: 4 })
  expect(straight?.at(26)).toMatchObject({ x: 16, y: 4 })
  expect(curvePath([[1, 1]])).toBeNull()
  expect(
    curvePath([
      [1, 1],
      [1, 1],
    ]),
  ).toBeNull()
})

test('a panoramic along a straight line is the plane along it, from above downwards, with its slab across', () => {
  const path = curvePath([
    [10, -18],
    [11.5, -18],
  ])
  if (!path) throw new Error('no curve')
  const size = panoramicSize(path, boundsOf(grid), 0.5)
  expect(size).toMatchObject({ width: 4, height: 10, topZ: 34.25 })
  const picture = new Float32Array(4 * 5)
  unroll(volume(), path, { ...size, stepMm: 0.5, height: 5, topZ: 34, slab: thin }, picture)
  expect([...picture.subarray(0, 4)].map(Math.round)).toEqual([14, 114, 214, 314])
  expect(picture[4]).toBeCloseTo(13.5, 5)
  // 4 mm across: of rows at 2 mm, from one to the next, evenly
  const slab = { thicknessMm: 4, projection: 'maximum' } as const
  unroll(volume(), path, { ...size, stepMm: 0.5, height: 5, topZ: 34, slab }, picture)
  expect(picture[0]).toBeCloseTo(14 + 10 * (1.75 / 2), 4)
})

test("a cross-section stands upright and across the curve, with the cheek's side on its left", () => {
  const path = curvePath(arch)
  if (!path) throw new Error('no curve')
  const plane = crossSection(path.at(path.lengthMm / 2))
  // in the middle of the arch the front of the mouth is the cheek's side
  const front = onPlane(plane, [plane.origin[0], plane.origin[1] - 3, 12])
  expect(front.u).toBeCloseTo(-3, 2)
  expect(front.v).toBeCloseTo(-12, 9)
  expect(Math.abs(front.depth)).toBeLessThan(0.1)
})

test('lengths and angles are those of the patient, whatever the voxels', () => {
  const [a, b, c]: Vector[] = [
    [0, 0, 0],
    [3, 4, 12],
    [3, 4, 0],
  ]
  if (!a || !b || !c) throw new Error('no points')
  expect(measureVolume('length', [a, b])).toEqual({ value: 13, unit: 'mm' })
  expect(measureVolume('angle', [a, c, b])?.value).toBeCloseTo(90, 9)
  expect(measureVolume('angle', [a, a, b])).toBeNull()
  expect(measureVolume('curve', [a, b])).toBeNull()
})
