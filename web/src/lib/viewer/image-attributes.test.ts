import { expect, test } from 'vitest'
import { imageAttributes } from './image-attributes.ts'

const isInverted = (photometric: string, shape: string | null) =>
  imageAttributes(
    {
      '00280004': { vr: 'CS', Value: [photometric] },
      ...(shape === null ? {} : { '20500020': { vr: 'CS', Value: [shape] } }),
    },
    '1.2.840.10008.5.1.4.1.1.1.3',
  ).isInverted

// as the gateway's previews are, which DCMTK judges
test('the viewer shows the same end bright as the preview: by Presentation LUT Shape, else by MONOCHROME1', () => {
  expect([isInverted('MONOCHROME1', null), isInverted('MONOCHROME2', null)]).toEqual([true, false])
  expect([isInverted('MONOCHROME1', 'INVERSE'), isInverted('MONOCHROME2', 'INVERSE')]).toEqual([true, true])
  expect([isInverted('MONOCHROME1', 'IDENTITY'), isInverted('MONOCHROME2', 'IDENTITY')]).toEqual([
    false,
    false,
  ])
  expect(isInverted('MONOCHROME1', 'LIN OD')).toBe(true)
})
