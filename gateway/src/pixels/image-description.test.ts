import { describe, expect, test } from 'vitest'
import { expandSegmentedPalette } from './expand-segmented-palette.ts'
import { imageBulkData } from './image-bulk-data.ts'
import { imageDescription, type DicomAttributes } from './image-description.ts'

const us = (...values: number[]) => ({ vr: 'US', Value: values })
const ds = (...values: number[]) => ({ vr: 'DS', Value: values })
const sq = (...items: DicomAttributes[]) => ({ vr: 'SQ', Value: items })
const inline = (values: Uint8Array | Uint16Array) => ({
  vr: 'OW',
  InlineBinary: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
})

const grey16: DicomAttributes = {
  '00080060': { vr: 'CS', Value: ['CT'] },
  '00280002': us(1),
  '00280004': { vr: 'CS', Value: ['MONOCHROME2'] },
  '00280010': us(4),
  '00280011': us(6),
  '00280100': us(16),
  '00280101': us(16),
  '00280102': us(15),
  '00280103': us(1),
}
const describeImage = (attributes: DicomAttributes, options = {}) =>
  imageDescription({ ...grey16, ...attributes }, options)

test('a document has no image', () => {
  expect(() => imageDescription({ '00080060': { vr: 'CS', Value: ['SR'] } })).toThrow(
    expect.objectContaining({ code: 'unsupported' }),
  )
})

test.each<DicomAttributes>([
  { '00280010': us(0) },
  { '00280101': us(17) },
  { '00280102': us(16) },
  { '00280101': us(12), '00280102': us(10) },
  { '00280002': us(0) },
])('attributes that contradict each other are refused: %o', (attributes) => {
  expect(() => describeImage(attributes)).toThrow(expect.objectContaining({ code: 'damaged' }))
})

describe('windows', () => {
  test('come in pairs; those without a usable width are left out', () => {
    const { windows } = describeImage({ '00281050': ds(40, 300, 500, 7), '00281051': ds(400, 0, 1500) })
    expect(windows).toEqual([
      { center: 40, width: 400, function: 'linear' },
      { center: 500, width: 1500, function: 'linear' },
    ])
  })

  test('know their function', () => {
    const attributes = {
      '00281050': ds(1),
      '00281051': ds(0.5),
      '00281056': { vr: 'CS', Value: ['LINEAR_EXACT'] },
    }
    expect(describeImage(attributes).windows).toEqual([{ center: 1, width: 0.5, function: 'linear-exact' }])
  })

  test('survive numbers written as text or not written', () => {
    const attributes = {
      '00281050': { vr: 'DS', Value: ['40.5', null] },
      '00281051': { vr: 'DS', Value: ['400'] },
    }
    expect(describeImage(attributes).windows).toEqual([{ center: 40.5, width: 400, function: 'linear' }])
  })
})

// PS3.3 §C.7.6.16.2: in enhanced images these attributes stand in functional groups, and may differ from frame to frame.
test('functional groups: a frame’s own before the shared, the shared before the root', () => {
  const group = (intercept: number, center: number) => ({
    '00289145': sq({ '00281052': ds(intercept), '00281053': ds(2) }),
    '00289132': sq({ '00281050': ds(center), '00281051': ds(100) }),
  })
  const attributes = {
    '00281052': ds(-7),
    '00281053': ds(1),
    '52009229': sq({ ...group(-1000, 1), '00289110': sq({ '00280030': ds(2, 1) }) }),
    '52009230': sq({}, group(-2000, 2)),
  }
  const [first, second] = [describeImage(attributes, { frame: 1 }), describeImage(attributes, { frame: 2 })]
  expect(first).toMatchObject({
    rescale: { slope: 2, intercept: -1000 },
    windows: [{ center: 1 }],
    pixelAspect: 2,
  })
  expect(second).toMatchObject({
    rescale: { slope: 2, intercept: -2000 },
    windows: [{ center: 2 }],
    pixelAspect: 2,
  })
})

test.each<[string, DicomAttributes, number]>([
  ['nothing said', {}, 1],
  ['Pixel Aspect Ratio', { '00280034': { vr: 'IS', Value: [3, 2] } }, 1.5],
  [
    'Pixel Spacing before the ratio',
    { '00280030': ds(0.1, 0.2), '00280034': { vr: 'IS', Value: [3, 2] } },
    0.5,
  ],
  ['Imager Pixel Spacing', { '00181164': ds(0.2, 0.1) }, 2],
  ['digits that differ at the end', { '00280030': ds(0.143, 0.1430001) }, 1],
  ['a zero', { '00280030': ds(0, 0.1) }, 1],
  ['a slip of the unit', { '00280030': ds(0.1, 100) }, 1],
])('pixel aspect: %s', (_name, attributes, expected) => {
  expect(describeImage(attributes).pixelAspect).toBeCloseTo(expected)
})

test('padding of a signed image may be written as US, and its range in either order', () => {
  expect(describeImage({ '00280120': us(63536) }).padding).toEqual({ first: -2000, last: -2000 })
  expect(describeImage({ '00280120': us(63536), '00280121': us(63636) }).padding).toEqual({
    first: -2000,
    last: -1900,
  })
})

test('a rescale of slope 0 is no rescale', () => {
  expect(describeImage({ '00281052': ds(5), '00281053': ds(0) }).rescale).toBeNull()
})

describe('lookup tables', () => {
  const table = (values: Uint16Array | Uint8Array, first: number, bits: number) =>
    sq({ '00283002': us(values.length, first, bits), '00283006': inline(values) })

  test('with 16-bit words, and a first value below zero in a signed image', () => {
    const { modalityLut } = describeImage({ '00283000': table(Uint16Array.of(1, 500, 1000), 65526, 10) })
    expect(modalityLut).toEqual({ first: -10, bits: 10, values: Uint16Array.of(1, 500, 1000) })
  })

  test('with entries of a byte', () => {
    expect(describeImage({ '00283010': table(Uint8Array.of(0, 128, 255), 0, 8) }).voiLut?.values).toEqual(
      Uint16Array.of(0, 128, 255),
    )
  })

  test('with numbers as values', () => {
    const item = { '00283002': us(3, 0, 12), '00283006': us(0, 2000, 4095) }
    expect(describeImage({ '00283010': sq(item) }).voiLut).toEqual({
      first: 0,
      bits: 12,
      values: Uint16Array.of(0, 2000, 4095),
    })
  })

  test('with a depth that its entries prove wrong', () => {
    expect(describeImage({ '00283010': table(Uint16Array.of(0, 4095), 0, 8) }).voiLut?.bits).toBe(12)
    expect(describeImage({ '00283010': table(Uint16Array.of(0, 255), 0, 16) }).voiLut?.bits).toBe(8)
  })

  test('kept as bulk data are asked for by path and handed in', () => {
    const attributes = {
      '00283010': sq({ '00283002': us(3, 0, 12), '00283006': { vr: 'OW', BulkDataURI: 'lut' } }),
      '00282000': { vr: 'OB', BulkDataURI: 'profile' },
      '7FE00010': { vr: 'OW', BulkDataURI: 'pixels' },
    }
    expect(imageBulkData(attributes)).toEqual([
      { path: '00282000', uri: 'profile' },
      { path: '00283010/1/00283006', uri: 'lut' },
    ])
    const bulkValue = (path: string) =>
      path === '00283010/1/00283006' ? Buffer.from('000088ff0f00', 'hex').subarray(0, 6) : undefined
    expect(describeImage(attributes, { bulkValue }).voiLut?.values).toEqual(Uint16Array.of(0, 0xff88, 0x000f))
    expect(describeImage(attributes).voiLut).toBeNull()
  })
})

describe('palettes', () => {
  const palette = (
    bits: number,
    entries: Uint16Array | Uint8Array,
    count = entries.length,
  ): DicomAttributes => ({
    '00280004': { vr: 'CS', Value: ['PALETTE COLOR'] },
    '00280103': us(0),
    '00281101': us(count === 65536 ? 0 : count, 0, bits),
    '00281102': us(count, 0, bits),
    '00281103': us(count, 0, bits),
    '00281201': inline(entries),
    '00281202': inline(entries),
    '00281203': inline(entries),
  })

  test('of 16 bits are cut to 8', () => {
    expect(describeImage(palette(16, Uint16Array.of(0, 0x80ff, 0xffff))).palette?.red).toEqual(
      Uint8Array.of(0, 0x80, 0xff),
    )
  })

  test('that say 16 bits and hold 8 are taken as they are', () => {
    expect(describeImage(palette(16, Uint16Array.of(0, 128, 255))).palette?.red).toEqual(
      Uint8Array.of(0, 128, 255),
    )
  })

  test('in segments are expanded (PS3.3 §C.7.9.2)', () => {
    // three entries as they are, a line of three up to 0x6000, and the first segment once more
    const segments = Uint16Array.of(0, 3, 0x1000, 0x2000, 0x3000, 1, 3, 0x6000, 2, 1, 0, 0)
    const attributes = palette(16, Uint16Array.of(0), 9)
    for (const channel of ['1', '2', '3']) {
      delete attributes[`0028120${channel}`]
      attributes[`0028122${channel}`] = inline(segments)
    }
    expect(describeImage(attributes).palette?.red).toEqual(
      Uint8Array.of(0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x10, 0x20, 0x30),
    )
  })

  test('that are missing are no palette', () => {
    expect(describeImage({ '00280004': { vr: 'CS', Value: ['PALETTE COLOR'] } }).palette).toBeNull()
  })
})

// 400 KB of such a table kept the gateway from answering anybody for half a minute.
test('a segmented palette that repeats nothing, again and again, is refused and not worked through', () => {
  const [repeats, copies] = [5000, 65_535]
  const words = new Uint16Array(repeats * 4 + 2 * copies + 2)
  const empty = repeats * 4 * 2 // byte offset of empty discrete segments
  for (let repeat = 0; repeat < repeats; repeat++) {
    words.set([2, copies, empty & 0xffff, empty >>> 16], repeat * 4)
  }
  let read = 0
  const counting = new Proxy(words, {
    get: (target, key): unknown => {
      read++
      return Reflect.get(target, key)
    },
  })
  expect(() => expandSegmentedPalette(counting, 256)).toThrow(expect.objectContaining({ code: 'damaged' }))
  expect(read).toBeLessThan(10_000)
})
