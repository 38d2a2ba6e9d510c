import { expect, test } from 'vitest'
import { imageAttributes } from './image-attributes.ts'
import { packInstances, unpackInstances } from './viewed-instances.ts'

const image = (number: number, part: { series?: string; teeth?: string[] } = {}) => ({
  id: `row ${number}`,
  seriesInstanceUid: part.series ?? '1.2.840.113619.2.55.3.604688119.868.1709000000.467',
  sopInstanceUid: `1.2.840.113619.2.55.3.604688119.868.1709000000.467.${number}`,
  sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
  transferSyntaxUid: '1.2.840.10008.1.2.1',
  modality: 'CT',
  seriesNumber: 1,
  seriesDescription: 'CBCT',
  instanceNumber: number,
  kind: 'cbct' as const,
  teeth: part.teeth ?? [],
  rows: 512,
  columns: 512,
  frames: 1,
  rendition: 'made' as const,
})
const attributes = (z: number, window = 400) =>
  imageAttributes(
    {
      '00200037': { vr: 'DS', Value: [1, 0, 0, 0, 1, 0] },
      '00200032': { vr: 'DS', Value: [0, 0, z] },
      '00280030': { vr: 'DS', Value: [0.2, 0.2] },
      '00281050': { vr: 'DS', Value: [40] },
      '00281051': { vr: 'DS', Value: [window] },
    },
    '1.2.840.10008.5.1.4.1.1.2',
  )

test('every image comes out as it went in, in its order, without the id of its row', () => {
  const all = [
    ...Array.from({ length: 5 }, (_, index) => ({ image: image(index), attributes: attributes(-index / 2) })),
    { image: image(9, { series: '1.9' }), attributes: attributes(3) },
    { image: image(10, { teeth: ['18'] }), attributes: attributes(4, 2000) },
    { image: image(11), attributes: attributes(0) },
  ]
  const { add, packed } = packInstances()
  for (const each of all) add(each.image, each.attributes)
  expect(packed.alike).toHaveLength(3)
  expect(unpackInstances(packed)).toEqual(
    all.map((each) => {
      const { id: _, ...row } = each.image
      return { ...row, attributes: each.attributes }
    }),
  )
})

// a page of 1.7 MB for a CBCT of two thousand slices
test('thousands of slices take little more than their UIDs', () => {
  const { add, packed } = packInstances()
  for (let index = 0; index < 2000; index++) add(image(index), attributes(index / 5))
  expect(JSON.stringify(packed).length / 2000).toBeLessThan(2 * image(1000).sopInstanceUid.length)
})
