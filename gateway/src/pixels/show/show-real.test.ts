import { corpusPath } from '@bitewing/testbed'
import { expect, test } from 'vitest'
import { corpusFrame } from '../testing/corpus-frame.ts'
import { plainImage } from '../testing/plain-image.ts'
import { showFrame } from './show-frame.ts'

test('a float parametric map is shown by the exact window formula', async () => {
  const { frame, image } = await corpusFrame(corpusPath('pixel-format/parametric_map_float.dcm'))
  const values = new Float32Array(new Uint8Array(frame.bytes).buffer)
  const low = values.reduce((a, b) => Math.min(a, b))
  const high = values.reduce((a, b) => Math.max(a, b))
  const window = { center: (low + high) / 2, width: high - low, function: 'linear-exact' } as const

  const native = {
    bytes: frame.bytes,
    photometricInterpretation: 'MONOCHROME2',
    planarConfiguration: 0,
  } as const
  const { data } = showFrame(native, image, window)
  values.forEach((value, index) => {
    expect(data[index]).toBe(Math.round(((value - low) / (high - low)) * 255))
  })
})

test('what is no number is background and decides nothing', () => {
  const values = Float32Array.from({ length: 100 }, (_, index) =>
    index < 10 ? NaN : index < 20 ? Infinity : index,
  )
  const image = plainImage(10, 10, { pixelType: 'float', bitsAllocated: 32, bitsStored: 32, modality: 'MR' })
  const native = {
    bytes: new Uint8Array(values.buffer),
    photometricInterpretation: 'MONOCHROME2',
    planarConfiguration: 0,
  } as const
  const { data, window } = showFrame(native, image, null)
  expect([...data.subarray(0, 20)]).toEqual(Array(20).fill(0))
  expect(data[99]).toBe(255)
  expect(window?.width).toBeLessThan(80)
})
