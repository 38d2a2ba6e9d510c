import type { StudyInstance } from '@bitewing/db'
import {
  imageAttributes,
  items,
  values,
  type ImageAttributes,
  type StoredWindow,
} from '#lib/viewer/image-attributes.ts'
import { parseDataSet } from '#lib/viewer/data-set.ts'
import type { Grid } from './grid.ts'
import { cross, dot, lengthOf, minus, moved, scaled, type Vector } from './vector.ts'

/** Why nothing may be measured: the images do not say where they lie, or lie unevenly. */
export type ScaleProblem = 'no-spacing' | 'no-place' | 'not-uniform'

/** A series of slices, or a multi-frame image, that is one block of the patient. */
export type VolumeSeries = {
  seriesInstanceUid: string
  description: string
  modality: string
  /** one after the other through the patient */
  slices: { sopInstanceUid: string; frame: number }[]
  grid: Grid
  /** null: lengths and angles are those of the patient */
  problem: ScaleProblem | null
  /** images of the series that are not shown: of another size, direction or kind */
  leftOut: number
  bitsAllocated: 8 | 16
  bitsStored: number
  isSigned: boolean
  isInverted: boolean
  /** from stored values to the modality's units */
  rescale: { slope: number; intercept: number }
  windows: StoredWindow[]
}

/** Fewer are no volume. */
const slicesMin = 8
/** More are none either: the count is the file's word alone, and what is made of it takes memory. */
const slicesMax = 10_000
const modalities = new Set(['CT', 'MR', 'PT'])

type Slice = {
  sopInstanceUid: string
  frame: number
  columns: number
  rows: number
  position: Vector | null
  right: Vector | null
  down: Vector | null
  spacing: readonly [row: number, column: number] | null
  thickness: number | null
  /** what must be the same for all: size, direction, spacing, and what the values mean */
  sameness: string
}

/** An image with what a volume needs of its metadata. */
export type VolumeImage = Omit<StudyInstance, 'metadata'> & { slices: Slice[]; attributes: ImageAttributes }

/** Whether the images of a series can be one, before anything is read of their metadata. */
export function mayBeVolume(series: readonly Pick<StudyInstance, 'modality' | 'rows' | 'frames'>[]): boolean {
  const [first] = series
  const frames = framesOf(series)
  return first !== undefined && modalities.has(first.modality) && frames >= slicesMin && frames <= slicesMax
}

function framesOf(series: readonly Pick<StudyInstance, 'rows' | 'frames'>[]): number {
  return series.reduce((sum, each) => sum + (each.rows === null ? 0 : each.frames), 0)
}

/** Nothing in the metadata is trusted. */
export function volumeImage({ metadata, ...image }: StudyInstance): VolumeImage {
  const dataSet = parseDataSet(metadata)
  const attributes = imageAttributes(dataSet, image.sopClassUid)
  return {
    ...image,
    attributes,
    slices: image.frames > slicesMax ? [] : slicesOf(image, dataSet, attributes),
  }
}

/** The volumes of a study, in its order. */
export function volumesOf(images: readonly VolumeImage[]): VolumeSeries[] {
  const bySeries = Map.groupBy(images, ({ seriesInstanceUid }) => seriesInstanceUid)
  return [...bySeries.values()].flatMap((series) => volumeOf(series) ?? [])
}

function volumeOf(series: readonly VolumeImage[]): VolumeSeries | null {
  const [first] = series
  const frames = framesOf(series)
  if (!first || !mayBeVolume(series)) return null

  const slices = series.flatMap((image) => image.slices)
  // a scout view or a second reconstruction may lie in the same series: most of them are the volume
  const groups = [...Map.groupBy(slices, ({ sameness }) => sameness).values()]
  const group = groups.toSorted((a, b) => b.length - a.length)[0]
  if (!group || group.length < slicesMin) return null

  const { ordered, grid, problem } = placed(group)
  const [kept] = ordered
  const instance = series.find(({ sopInstanceUid }) => sopInstanceUid === kept?.sopInstanceUid)
  if (!instance) return null
  const { attributes } = instance
  return {
    seriesInstanceUid: first.seriesInstanceUid,
    description: first.seriesDescription,
    modality: first.modality,
    slices: ordered.map(({ sopInstanceUid, frame }) => ({ sopInstanceUid, frame })),
    grid,
    problem,
    leftOut: frames - ordered.length,
    bitsAllocated: attributes.bitsAllocated === 8 ? 8 : 16,
    bitsStored: attributes.bitsStored,
    isSigned: attributes.isSigned,
    isInverted: attributes.isInverted,
    rescale: attributes.rescale ?? { slope: 1, intercept: 0 },
    windows: attributes.windows,
  }
}

function slicesOf(
  instance: Omit<StudyInstance, 'metadata'>,
  dataSet: ReturnType<typeof parseDataSet>,
  attributes: ImageAttributes,
): Slice[] {
  const { columns, rows, sopInstanceUid } = instance
  if (columns === null || rows === null || columns < 2 || rows < 2) return []
  const plain = attributes.bitsAllocated === 8 || attributes.bitsAllocated === 16
  if (attributes.isColour || !plain || attributes.hasLut) return []

  const shared = items(dataSet, '52009229')[0] ?? {}
  const perFrame = items(dataSet, '52009230')
  return Array.from({ length: instance.frames }, (_, index): Slice => {
    const own = perFrame[index] ?? {}
    const numbers = (tag: string, group: string): number[] => {
      const holders = [items(own, group)[0] ?? {}, items(shared, group)[0] ?? {}, dataSet]
      const holder = holders.find((each) => values(each, tag).length > 0)
      return holder ? values(holder, tag).map(Number) : []
    }
    // a multi-frame image says where each of its frames lies, or nothing at all
    const position = instance.frames > 1 && perFrame.length === 0 ? [] : numbers('00200032', '00209113')
    const cosines = numbers('00200037', '00209116')
    const spacing = numbers('00280030', '00289110')
    const between = numbers('00180088', '00289110')[0] ?? numbers('00180050', '00289110')[0]
    const rescale = ['00281052', '00281053'].map((tag) => numbers(tag, '00289145')[0] ?? null)
    const right = direction(cosines.slice(0, 3))
    const down = direction(cosines.slice(3, 6))
    const good = (value: number | undefined): value is number =>
      value !== undefined && Number.isFinite(value) && value > 0 && value < 100
    const [row, column] = spacing
    const coarse = (vector: Vector | null) => vector?.map((value) => Math.round(value * 1000)).join() ?? ''
    return {
      sopInstanceUid,
      frame: index + 1,
      columns,
      rows,
      position: vectorOf(position),
      right,
      down,
      spacing: good(row) && good(column) ? [row, column] : null,
      thickness: good(between) ? between : null,
      sameness: [
        columns,
        rows,
        attributes.bitsAllocated,
        attributes.bitsStored,
        attributes.isSigned,
        attributes.isInverted,
        ...rescale,
        ...spacing,
        coarse(right),
        coarse(down),
      ].join('|'),
    }
  })
}

/** Slices may differ so much from an even pace, as a share of it: less than a voxel over a whole jaw. */
const unevenMax = 0.02

/**
 * The slices in their order, and the grid that they make.
 *
 * What does not say where it lies is shown in the order of the instance numbers with square voxels, so that it can be
 * looked at, and nothing is measured.
 */
function placed(slices: readonly Slice[]): {
  ordered: readonly Slice[]
  grid: Grid
  problem: ScaleProblem | null
} {
  const [first] = slices
  if (!first) throw new Error('A volume has slices')
  const { right, down, spacing, columns, rows } = first
  const [rowMm, columnMm] = spacing ?? [1, 1]
  const size = { columns, rows }
  const normal = right && down ? cross(right, down) : null
  const lying = slices.flatMap((slice) =>
    normal && slice.position ? [{ slice, depth: dot(slice.position, normal) }] : [],
  )

  if (!right || !down || !normal || lying.length < slices.length || lengthOf(normal) < 0.5) {
    const thick = first.thickness ?? Math.min(rowMm, columnMm)
    const steps = [
      [columnMm, 0, 0],
      [0, rowMm, 0],
      [0, 0, thick],
    ] as const
    const grid = { ...size, slices: slices.length, origin: [0, 0, 0] as const, steps }
    return { ordered: slices, grid, problem: 'no-place' }
  }

  // feet first, so that the last slice is the uppermost of an axial series
  const upwards = lying.toSorted((a, b) => a.depth - b.depth)
  // the same place twice, as of two acquisitions in one series: the first of each is shown
  const single = upwards.filter(({ depth }, index) => {
    const before = upwards[index - 1]
    return !before || depth - before.depth > 1e-3
  })
  const positions = single.flatMap(({ slice }) => (slice.position ? [slice.position] : []))
  const [start, end] = [positions[0], positions.at(-1)]
  if (!start || !end || positions.length < 2) {
    const grid = {
      ...size,
      slices: 1,
      origin: [0, 0, 0] as const,
      steps: [scaled(right, columnMm), scaled(down, rowMm), normal] as const,
    }
    return { ordered: slices.slice(0, 1), grid, problem: 'no-place' }
  }
  const pace = scaled(minus(end, start), 1 / (positions.length - 1))
  const uneven = Math.max(
    ...positions.map((position, index) => lengthOf(minus(position, moved(start, [pace, index])))),
  )
  const isUniform = single.length === slices.length && uneven <= unevenMax * lengthOf(pace)
  return {
    ordered: single.map(({ slice }) => slice),
    grid: {
      ...size,
      slices: single.length,
      origin: start,
      steps: [scaled(right, columnMm), scaled(down, rowMm), pace],
    },
    problem: spacing === null ? 'no-spacing' : isUniform ? null : 'not-uniform',
  }
}

/** A direction of length 1 (PS3.3 §C.7.6.2.1.1); null where the numbers are none. */
function direction(numbers: number[]): Vector | null {
  const vector = vectorOf(numbers)
  if (!vector) return null
  const length = lengthOf(vector)
  return length > 0.9 && length < 1.1 ? scaled(vector, 1 / length) : null
}

function vectorOf(numbers: number[]): Vector | null {
  const [x, y, z] = numbers
  const good = (value: number | undefined): value is number =>
    value !== undefined && Number.isFinite(value) && Math.abs(value) < 1e5
  return numbers.length === 3 && good(x) && good(y) && good(z) ? [x, y, z] : null
}
