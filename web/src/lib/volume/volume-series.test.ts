import { expect, test } from 'vitest'
import type { StudyInstance } from '@bitewing/db'
import * as volumes from './volume-series.ts'

const volumesOf = (instances: readonly StudyInstance[]) =>
  volumes.volumesOf(instances.map(volumes.volumeImage))

type Attributes = Record<string, unknown[]>
const json = (attributes: Attributes) =>
  JSON.stringify(Object.fromEntries(Object.entries(attributes).map(([tag, Value]) => [tag, { Value }])))

const slice = (number: number, attributes: Attributes, part: Partial<StudyInstance> = {}): StudyInstance => ({
  id: `${number}`,
  seriesInstanceUid: '1.2',
  sopInstanceUid: `1.2.${number}`,
  sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
  transferSyntaxUid: '1.2.840.10008.1.2.1',
  modality: 'CT',
  seriesNumber: 1,
  seriesDescription: 'CBCT',
  instanceNumber: number,
  kind: 'cbct',
  teeth: [],
  rows: 6,
  columns: 8,
  frames: 1,
  rendition: 'none',
  metadata: json({ '00280100': [16], '00280101': [12], '00281052': [-1000], '00281053': [1], ...attributes }),
  ...part,
})
const axial = { '00200037': [1, 0, 0, 0, 1, 0], '00280030': [0.4, 0.3] }
const at = (z: number) => ({ ...axial, '00200032': [-5, 6, z] })
const stack = (of: (index: number) => number, count = 10) =>
  Array.from({ length: count }, (_, index) => slice(index + 1, at(of(index))))

test('slices are put in their place in the patient, whatever their numbers', () => {
  const [volume] = volumesOf(stack((index) => 20 - index * 0.5))
  expect(volume?.problem).toBeNull()
  expect(volume?.slices[0]?.sopInstanceUid).toBe('1.2.10')
  expect(volume?.grid).toMatchObject({ columns: 8, rows: 6, slices: 10, origin: [-5, 6, 15.5] })
  const [column, row, pace] = volume?.grid.steps ?? []
  expect([column, row]).toEqual([
    [0.3, 0, 0],
    [0, 0.4, 0],
  ])
  expect(pace?.[2]).toBeCloseTo(0.5, 9)
  expect(volume?.rescale).toEqual({ slope: 1, intercept: -1000 })
})

test('what lies unevenly, lacks a slice, lies twice or has no spacing is shown and not measured', () => {
  expect(volumesOf(stack((index) => (index === 6 ? 3.1 : index * 0.5)))[0]?.problem).toBe('not-uniform')
  const gap = stack((index) => (index > 5 ? index + 1 : index))
  expect(volumesOf(gap)[0]?.problem).toBe('not-uniform')
  const twice = [...stack((index) => index), slice(99, at(4))]
  expect(volumesOf(twice)[0]).toMatchObject({ problem: 'not-uniform', leftOut: 1 })
  const bare = stack((index) => index).map((each) => ({
    ...each,
    metadata: json({
      ...JSON_attributes(each),
      '00280030': [],
    }),
  }))
  expect(volumesOf(bare)[0]?.problem).toBe('no-spacing')
  const nowhere = Array.from({ length: 10 }, (_, index) => slice(index, { '00280030': [0.4, 0.4] }))
  expect(volumesOf(nowhere)[0]?.problem).toBe('no-place')
})

function JSON_attributes(instance: StudyInstance): Attributes {
  const parsed = JSON.parse(instance.metadata) as Record<string, { Value: unknown[] }> // written above
  return Object.fromEntries(Object.entries(parsed).map(([tag, { Value }]) => [tag, Value]))
}

test('a scout view in the same series is left out, and what is no volume is none', () => {
  const scout = slice(0, at(0), { rows: 100 })
  expect(volumesOf([scout, ...stack((index) => index)])[0]).toMatchObject({ leftOut: 1, problem: null })
  expect(volumesOf(stack((index) => index, 7))).toEqual([])
  expect(volumesOf(stack((index) => index).map((each) => ({ ...each, modality: 'PX' })))).toEqual([])
  const hostile = ['{}', '[]', 'null', json({ '00200032': ['x', null, {}], '00200037': [0, 0, 0, 0, 0, 0] })]
  for (const metadata of hostile) {
    const broken = stack((index) => index).map((each) => ({ ...each, metadata }))
    expect(volumesOf(broken)[0]?.problem ?? 'no-place').toBe('no-place')
  }
})

test('frames of a multi-frame image are slices, each where its own item says', () => {
  const item = (tags: Attributes) => JSON.parse(json(tags)) as unknown // a data set of DICOM JSON
  const enhanced = slice(
    1,
    {
      '52009229': [
        item({
          '00209116': [item({ '00200037': [1, 0, 0, 0, 1, 0] })],
          '00289110': [item({ '00280030': [0.25, 0.25] })],
        }),
      ],
      '52009230': Array.from({ length: 9 }, (_, index) =>
        item({ '00209113': [item({ '00200032': [0, 0, 9 - index] })] }),
      ),
    },
    { frames: 9, sopClassUid: '1.2.840.10008.5.1.4.1.1.2.1' },
  )
  const [volume] = volumesOf([enhanced])
  expect(volume).toMatchObject({ problem: null, grid: { slices: 9, origin: [0, 0, 1] } })
  expect(volume?.slices[0]).toEqual({ sopInstanceUid: '1.2.1', frame: 9 })
})

test('a file that claims two thousand million frames is no volume', () => {
  expect(volumesOf([slice(1, at(0), { frames: 0x7fffffff })])).toEqual([])
})
