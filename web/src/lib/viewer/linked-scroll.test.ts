import { expect, test } from 'vitest'
import { imageAttributes } from './image-attributes.ts'
import { shareOf, sliceAt } from './linked-scroll.ts'
import { stacksOf, type Stack, type ViewedInstance } from './stacks.ts'

const axial = [1, 0, 0, 0, 1, 0]
const numbers = (values: readonly number[]) => ({ vr: 'DS', Value: values })

let uid = 0
function image(metadata: Record<string, unknown>, part: Partial<ViewedInstance> = {}): ViewedInstance {
  const sopInstanceUid = `1.2.${++uid}`
  return {
    seriesInstanceUid: 'ct',
    sopInstanceUid,
    sopClassUid: '',
    transferSyntaxUid: '',
    modality: 'CT',
    seriesNumber: 1,
    seriesDescription: '',
    instanceNumber: 1,
    kind: 'cbct',
    teeth: [],
    rows: 10,
    columns: 10,
    frames: 1,
    rendition: 'made',
    attributes: imageAttributes(metadata, ''),
    ...part,
  }
}
/** A series of slices. */
function series(
  places: readonly (readonly [number, number, number])[],
  frame = '1.9',
  cosines = axial,
): Stack {
  const images = places.map((at) =>
    image({
      '00200052': { vr: 'UI', Value: [frame] },
      '00200037': numbers(cosines),
      '00200032': numbers(at),
    }),
  )
  const [stack] = stacksOf(images)
  if (!stack) throw new Error('no stack')
  return stack
}
const up = (from: number, by: number, count: number) =>
  Array.from({ length: count }, (_, index) => [3, -7, from + index * by] as const)

test('linked series of one frame of reference show the same place, whatever the number and the pace of their slices', () => {
  const thin = series(up(100, 0.2, 200))
  const thick = series(up(90, 2, 20))
  // 120 mm: the sixteenth of the thick ones
  expect(sliceAt({ stack: thin, index: 100 }, thick)).toBe(15)
  expect(sliceAt({ stack: thick, index: 15 }, thin)).toBe(100)
  // beyond its end there is no nearer one
  expect(sliceAt({ stack: thick, index: 0 }, thin)).toBe(0)
})

test('slices that are numbered from the other end lie where they lie', () => {
  const slices = series(up(0, 1, 10))
  // rows from left to right, columns from back to front: the normal points down
  const turned = series(up(0, 1, 10), '1.9', [1, 0, 0, 0, -1, 0])
  expect(turned.frames[0]?.instance.attributes.slicePosition).toBe(-9)
  expect(sliceAt({ stack: slices, index: 2 }, turned)).toBe(7)
})

test('frames of one file lie where each of them says', () => {
  const frames = [5, 6, 7, 8].map((z) => ({
    '00209113': { Value: [{ '00200032': numbers([0, 0, z]) }] },
  }))
  const plane = { Value: [{ '00209116': { Value: [{ '00200037': numbers(axial) }] } }] }
  const metadata = { '00200052': { Value: ['1.9'] }, '52009229': plane, '52009230': { Value: frames } }
  const [enhanced] = stacksOf([image(metadata, { frames: 4, sopInstanceUid: 'enhanced' })])
  const slices = series(up(0, 1, 10))
  if (!enhanced) throw new Error('no stack')
  expect(sliceAt({ stack: enhanced, index: 3 }, slices)).toBe(8)
  expect(sliceAt({ stack: slices, index: 6 }, enhanced)).toBe(1)
})

test('what says nothing of how it lies to the other is followed by its share', () => {
  const slices = series(up(0, 1, 10))
  expect(sliceAt({ stack: slices, index: 2 }, series(up(0, 1, 10), '1.8'))).toBeNull()
  expect(sliceAt({ stack: slices, index: 2 }, series(up(0, 1, 10), ''))).toBeNull()
  // across them
  expect(sliceAt({ stack: slices, index: 2 }, series(up(0, 1, 10), '1.9', [1, 0, 0, 0, 0, -1]))).toBeNull()
  const [film] = stacksOf([image({}, { frames: 5, modality: 'XA' })])
  if (!film) throw new Error('no stack')
  expect(sliceAt({ stack: slices, index: 2 }, film)).toBeNull()
  expect([shareOf(9, slices, film), shareOf(-1, film, slices)]).toEqual([4, -2.25])
})
