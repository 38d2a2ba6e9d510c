import { join } from 'node:path'
import { dcmtk, temporaryFolder, type TemporaryFolder } from '@bitewing/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compressionRefusal } from './compress/compression-refusal.ts'
import { decodeFrame } from './decode/decode-frame.ts'
import { readJpeg } from './decode/read-jpeg.ts'
import type { Window } from './pixels.ts'
import { showFrame } from './show/show-frame.ts'
import { corpusFrame } from './testing/corpus-frame.ts'
import { dcmtkPicture } from './testing/dcmtk-picture.ts'
import { writeDicom, type ElementToWrite } from './testing/write-dicom.ts'

/** Images made here for what the corpus has no file of, judged by DCMTK: shown, and through its encoders and back. */

const limits = { framePixelsMax: 1_000_000 }
const [columns, rows] = [37, 21] // odd, so that padding and packing show

let folder: TemporaryFolder
beforeAll(async () => {
  folder = await temporaryFolder('pixel-formats')
})
afterAll(() => folder.remove())

/** Values that reach both ends of the stored range, with every neighbour different; the same at each run. */
function pattern(count: number, bits: number): number[] {
  const range = 2 ** bits
  let state = 12345
  return Array.from({ length: count }, (_, index) => {
    state = (state * 1103515245 + 12345) % 2 ** 31
    const noise = state / 2 ** 31
    return Math.floor(((index % columns) / (columns - 1)) * (range - 1) * 0.9 + noise * range * 0.1)
  })
}

type Shape = {
  photometric?: string
  samples?: number
  planar?: 0 | 1
  allocated: 8 | 16 | 32
  stored: number
  high?: number
  signed?: boolean
}

function imageElements({
  photometric = 'MONOCHROME2',
  samples = 1,
  planar,
  allocated,
  stored,
  high = stored - 1,
  signed,
}: Shape) {
  const elements: ElementToWrite[] = [
    ['00080060', 'CS', 'OT'],
    ['00280002', 'US', [samples]],
    ['00280004', 'CS', photometric],
    ['00280010', 'US', [rows]],
    ['00280011', 'US', [columns]],
    ['00280100', 'US', [allocated]],
    ['00280101', 'US', [stored]],
    ['00280102', 'US', [high]],
    ['00280103', 'US', [signed ? 1 : 0]],
  ]
  if (planar !== undefined) elements.push(['00280006', 'US', [planar]])
  return elements
}

/** Pixel Data with the pattern in the stored bits; signed images get half of it below zero. */
function pixelData({
  samples = 1,
  allocated,
  stored,
  high = stored - 1,
  signed = false,
}: Shape): ElementToWrite {
  const values = pattern(rows * columns * samples, stored)
  const bytes = Buffer.alloc((values.length * allocated) / 8)
  const shift = high + 1 - stored
  values.forEach((value, index) => {
    const number = signed ? value - 2 ** (stored - 1) : value
    const word = Number(BigInt.asUintN(allocated, BigInt(number) << BigInt(shift))) // sign fills the bits above
    bytes.writeUIntLE(word, (index * allocated) / 8, allocated / 8)
  })
  return ['7FE00010', 'OW', bytes]
}

let files = 0
async function written(elements: ElementToWrite[]): Promise<string> {
  const path = join(folder.path, `${files++}.dcm`)
  await writeDicom(path, elements)
  return path
}

async function shown(path: string, window: Window | null) {
  const { frame, image } = await corpusFrame(path)
  return showFrame(await decodeFrame(frame, image, limits), image, window)
}

async function judged(path: string, options: { window?: Window; voiLut?: boolean }) {
  const judge = await dcmtkPicture(path, `${path}.pnm`, options)
  if (!judge) throw new Error('DCMTK cannot show it')
  return judge
}

function largestDifference(ours: Uint8Array, judge: Uint8Array): number {
  expect(ours.length).toBe(judge.length)
  return ours.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (judge[index] ?? 0))), 0)
}

const wholeRange = ({ stored, signed }: Shape): Window => ({
  center: signed ? 0 : 2 ** (stored - 1),
  width: 2 ** stored,
  function: 'linear',
})

describe('stored bits mean what DCMTK takes them for', () => {
  const shapes: [string, Shape][] = [
    ['8 bits', { allocated: 8, stored: 8 }],
    ['7 of 8 bits', { allocated: 8, stored: 7 }],
    ['8 bits signed', { allocated: 8, stored: 8, signed: true }],
    ['10 of 16 bits', { allocated: 16, stored: 10 }],
    ['12 of 16 bits', { allocated: 16, stored: 12 }],
    ['12 of 16 bits, in the upper bits', { allocated: 16, stored: 12, high: 15 }],
    ['12 of 16 bits, in the middle', { allocated: 16, stored: 12, high: 13 }],
    ['12 of 16 bits signed', { allocated: 16, stored: 12, signed: true }],
    ['12 of 16 bits signed, in the upper bits', { allocated: 16, stored: 12, high: 15, signed: true }],
    ['16 bits', { allocated: 16, stored: 16 }],
    ['16 bits signed', { allocated: 16, stored: 16, signed: true }],
    ['32 bits', { allocated: 32, stored: 32 }],
    ['32 bits signed', { allocated: 32, stored: 32, signed: true }],
    ['white at 0', { allocated: 16, stored: 12, photometric: 'MONOCHROME1' }],
    ['white at 0, signed', { allocated: 16, stored: 12, photometric: 'MONOCHROME1', signed: true }],
  ]
  test.each(shapes)('%s', async (_name, shape) => {
    const path = await written([...imageElements(shape), pixelData(shape)])
    const window = wholeRange(shape)
    const judge = await judged(path, { window })
    expect(largestDifference((await shown(path, window)).data, judge.data)).toBeLessThanOrEqual(1)
  })

  test.each(
    ['MONOCHROME1', 'MONOCHROME2'].flatMap((photometric) =>
      ['IDENTITY', 'INVERSE'].map((presentation) => [photometric, presentation] as const),
    ),
  )('%s with a Presentation LUT Shape of %s, which decides', async (photometric, presentation) => {
    const shape: Shape = { allocated: 16, stored: 12, photometric }
    const path = await written([...imageElements(shape), ['20500020', 'CS', presentation], pixelData(shape)])
    for (const window of [wholeRange(shape), null]) {
      const judge = await judged(path, window ? { window } : { voiLut: false })
      const ours = await shown(path, window)
      if (window) expect(largestDifference(ours.data, judge.data)).toBeLessThanOrEqual(1)
      // without a window each finds its own, but the same end is bright
      else expect((ours.data[0] ?? 0) > 127).toBe((judge.data[0] ?? 0) > 127)
    }
  })

  test('bits beside the stored ones are overlays or rubbish, not grey', async () => {
    const shape: Shape = { allocated: 16, stored: 12 }
    const clean = pixelData(shape)
    const dirty = Buffer.from(clean[2] as Uint8Array) // pixelData writes bytes
    for (let index = 1; index < dirty.length; index += 2) dirty[index] = (dirty[index] ?? 0) | 0x50
    const [cleanPath, dirtyPath] = [
      await written([...imageElements(shape), clean]),
      await written([...imageElements(shape), ['7FE00010', 'OW', dirty]]),
    ]
    const window = wholeRange(shape)
    expect((await shown(dirtyPath, window)).data).toEqual((await shown(cleanPath, window)).data)
  })
})

describe('modality and VOI transformations', () => {
  const shape: Shape = { allocated: 16, stored: 12 }

  test.each<[string, Window]>([
    ['linear', { center: 1500.5, width: 900, function: 'linear' }],
    ['linear, one grey level wide', { center: 2000, width: 1, function: 'linear' }],
    ['sigmoid', { center: 1800, width: 1200, function: 'sigmoid' }],
  ])('window: %s', async (_name, window) => {
    const path = await written([...imageElements(shape), pixelData(shape)])
    const judge = await judged(path, { window })
    expect(largestDifference((await shown(path, window)).data, judge.data)).toBeLessThanOrEqual(1)
  })

  test('rescale comes before the window', async () => {
    const rescale: ElementToWrite[] = [
      ['00281052', 'DS', [-1024]],
      ['00281053', 'DS', [1.5]],
    ]
    const path = await written([...imageElements(shape), ...rescale, pixelData(shape)])
    const window: Window = { center: 300, width: 2000, function: 'linear' }
    const judge = await judged(path, { window })
    expect(largestDifference((await shown(path, window)).data, judge.data)).toBeLessThanOrEqual(1)
  })

  const lut = (
    first: number,
    entries: number,
    bits: number,
    of: (index: number) => number,
  ): ElementToWrite[] => [
    ['00283002', 'US', [entries, first, bits]],
    ['00283006', 'OW', Uint16Array.from({ length: entries }, (_, index) => of(index))],
  ]

  test('a modality LUT replaces rescale, and its ends serve what lies beyond', async () => {
    const table = lut(500, 2000, 10, (index) => Math.round(1023 * (1 - (index / 1999) ** 2)))
    const path = await written([
      ...imageElements(shape),
      ['00283000', 'SQ', [table]],
      ['00281052', 'DS', [-5000]],
      ['00281053', 'DS', [7]],
      pixelData(shape),
    ])
    const window: Window = { center: 512, width: 1024, function: 'linear' }
    const judge = await judged(path, { window })
    expect(largestDifference((await shown(path, window)).data, judge.data)).toBeLessThanOrEqual(1)
  })

  test('a VOI LUT shows an image without window, and gives way to a window that is asked for', async () => {
    const table = lut(300, 3000, 12, (index) => Math.round(4095 * (index / 2999) ** 0.6))
    const path = await written([...imageElements(shape), ['00283010', 'SQ', [table]], pixelData(shape)])

    const byLut = await judged(path, { voiLut: true })
    expect(largestDifference((await shown(path, null)).data, byLut.data)).toBeLessThanOrEqual(1)

    const window: Window = { center: 1000, width: 500, function: 'linear' }
    const byWindow = await judged(path, { window })
    expect(largestDifference((await shown(path, window)).data, byWindow.data)).toBeLessThanOrEqual(1)
  })
})

describe('colour', () => {
  test.each<[string, Shape]>([
    ['RGB by pixel', { photometric: 'RGB', samples: 3, planar: 0, allocated: 8, stored: 8 }],
    ['RGB by plane', { photometric: 'RGB', samples: 3, planar: 1, allocated: 8, stored: 8 }],
    ['RGB with 16 bits by plane', { photometric: 'RGB', samples: 3, planar: 1, allocated: 16, stored: 16 }],
    ['YBR_FULL by plane', { photometric: 'YBR_FULL', samples: 3, planar: 1, allocated: 8, stored: 8 }],
  ])('%s', async (_name, shape) => {
    const path = await written([...imageElements(shape), pixelData(shape)])
    const judge = await judged(path, {})
    expect(judge.channels).toBe(3)
    expect(largestDifference((await shown(path, null)).data, judge.data)).toBeLessThanOrEqual(2)
  })

  const palette = (bits: 8 | 16, first: number, entries: number): ElementToWrite[] => {
    const table = (of: (share: number) => number) => {
      const values = Array.from({ length: entries }, (_, index) =>
        Math.round(of(index / (entries - 1)) * (2 ** bits - 1)),
      )
      return bits === 16 ? Uint16Array.from(values) : Uint8Array.from(values)
    }
    const descriptor = [entries === 65536 ? 0 : entries, first, bits]
    return [
      ['00281101', 'US', descriptor],
      ['00281102', 'US', descriptor],
      ['00281103', 'US', descriptor],
      ['00281201', 'OW', table((share) => share)],
      ['00281202', 'OW', table((share) => 1 - share)],
      ['00281203', 'OW', table((share) => share * share)],
    ]
  }
  test.each<[string, Shape, ElementToWrite[]]>([
    ['8-bit entries', { photometric: 'PALETTE COLOR', allocated: 8, stored: 8 }, palette(8, 0, 256)],
    ['16-bit entries', { photometric: 'PALETTE COLOR', allocated: 8, stored: 8 }, palette(16, 0, 256)],
    [
      'a table for the middle only',
      { photometric: 'PALETTE COLOR', allocated: 8, stored: 8 },
      palette(16, 50, 100),
    ],
    ['65536 entries', { photometric: 'PALETTE COLOR', allocated: 16, stored: 16 }, palette(16, 0, 65536)],
  ])('palette: %s', async (_name, shape, table) => {
    const path = await written([...imageElements(shape), ...table, pixelData(shape)])
    const judge = await judged(path, {})
    expect(largestDifference((await shown(path, null)).data, judge.data)).toBeLessThanOrEqual(1)
  })
})

// PS3.3 §C.8.16.2.1.1.1. DCMTK shows such images grey, so that it judges what is below the palette's first value.
describe('a supplemental palette', () => {
  const shape: Shape = { allocated: 16, stored: 12 }
  const first = 3000
  const table = (of: (index: number) => number) => Uint16Array.from({ length: 64 }, (_, index) => of(index))
  const palette: ElementToWrite[] = [
    ...['00281101', '00281102', '00281103'].map((tag): ElementToWrite => [tag, 'US', [64, first, 16]]),
    ['00281201', 'OW', table((index) => (200 + (index % 50)) << 8)],
    ['00281202', 'OW', table((index) => index << 8)],
    ['00281203', 'OW', table(() => 0x0a00)],
  ]
  const window: ElementToWrite[] = [
    ['00281050', 'DS', [1500]],
    ['00281051', 'DS', [3000]],
  ]
  const values = pattern(rows * columns, 12)
  const image = (presentation: string, more: ElementToWrite[] = []) =>
    written([
      ...imageElements(shape),
      ['00089205', 'CS', presentation],
      ...window,
      ...palette,
      ...more,
      pixelData(shape),
    ])

  test('colours the values from its first on, its last entry what lies beyond; below all is grey', async () => {
    const path = await image('COLOR')
    const { data, channels } = await shown(path, null)
    expect(channels).toBe(3)
    const judge = await judged(path, { window: { center: 1500, width: 3000, function: 'linear' } })
    let coloured = 0
    for (const [pixel, value] of values.entries()) {
      const [red = 0, green = 0, blue = 0] = data.subarray(pixel * 3)
      if (value < first) {
        expect([red, green]).toEqual([blue, blue])
        expect(Math.abs(red - (judge.data[pixel] ?? 0))).toBeLessThanOrEqual(1)
      } else {
        const entry = Math.min(63, value - first)
        expect([red, green, blue]).toEqual([200 + (entry % 50), entry, 10])
        coloured++
      }
    }
    expect(coloured).toBeGreaterThan(50)
  })

  test('is left alone where the image is meant to be grey, and where a frame of a mixed one is', async () => {
    expect((await shown(await image('MONOCHROME'), null)).channels).toBe(1)
    const frames = (presentation: string): ElementToWrite => [
      '52009229',
      'SQ',
      [[['00189329', 'SQ', [[['00089205', 'CS', presentation]]]]]],
    ]
    expect((await shown(await image('MIXED', [frames('MONOCHROME')]), null)).channels).toBe(1)
    expect((await shown(await image('MIXED', [frames('COLOR')]), null)).channels).toBe(3)
  })

  test('keeps an image from lossy compression', async () => {
    const { image: description } = await corpusFrame(await image('COLOR'))
    const eight = { ...description, bitsAllocated: 8, bitsStored: 8, highBit: 7 }
    expect(compressionRefusal(eight, '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.4.50')).toContain('palette')
  })
})

describe('lossless compression by others comes back bit for bit', () => {
  const grey12: Shape = { allocated: 16, stored: 12 }
  const grey16signed: Shape = { allocated: 16, stored: 16, signed: true }
  const grey8: Shape = { allocated: 8, stored: 8 }
  const rgb: Shape = { photometric: 'RGB', samples: 3, planar: 0, allocated: 8, stored: 8 }

  const predictors = [1, 2, 3, 4, 5, 6, 7].map((predictor) => ['+el', '+sv', String(predictor)])
  const cases: [string, string, string[], Shape][] = [
    ...predictors.map((args): [string, string, string[], Shape] => [
      `JPEG predictor ${args[2]}`,
      'dcmcjpeg',
      args,
      grey12,
    ]),
    ['JPEG with 8 bits', 'dcmcjpeg', ['+e1'], grey8],
    ['JPEG with 16 bits, signed', 'dcmcjpeg', ['+e1'], grey16signed],
    ['JPEG in colour', 'dcmcjpeg', ['+el', '+sv', '5'], rgb],
    ['JPEG-LS with 12 bits', 'dcmcjpls', [], grey12],
    ['JPEG-LS with 16 bits, signed', 'dcmcjpls', [], grey16signed],
    ['JPEG-LS in colour, by sample', 'dcmcjpls', ['+is'], rgb],
    ['JPEG-LS in colour, by line', 'dcmcjpls', ['+il'], rgb],
    ['JPEG-LS in colour, by plane', 'dcmcjpls', ['+in'], rgb],
    ['RLE with 16 bits, signed', 'dcmcrle', [], grey16signed],
    ['RLE in colour', 'dcmcrle', [], rgb],
    ['JPEG 2000 with 12 bits', 'gdcmconv', ['--j2k'], grey12],
    ['JPEG 2000 with 16 bits, signed', 'gdcmconv', ['--j2k'], grey16signed],
    ['JPEG 2000 in colour', 'gdcmconv', ['--j2k'], rgb],
  ]
  test.each(cases)('%s', async (_name, program, args, shape) => {
    const path = await written([...imageElements(shape), pixelData(shape)])
    const { code, stderr } = await dcmtk(program, [...args, path, `${path}.compressed`])
    expect([code, stderr]).toEqual([0, expect.anything()])

    const original = await corpusFrame(path)
    const { frame, image } = await corpusFrame(`${path}.compressed`)
    expect(frame.transferSyntaxUid).not.toBe('1.2.840.10008.1.2.1')
    const decoded = await decodeFrame(frame, image, limits)
    expect(Buffer.from(decoded.bytes).equals(original.frame.bytes.subarray(0, decoded.bytes.length))).toBe(
      true,
    )
    expect(decoded).toMatchObject({
      photometricInterpretation: original.image.photometricInterpretation,
      planarConfiguration: 0,
    })
  })

  test.each<[string, string, string[]]>([
    ['sequential', 'extended', ['+ee', '+q', '95']],
    ['progressive', 'progressive', ['+ep', '+q', '95']],
    ['spectral selection', 'progressive', ['+es', '+q', '95']],
  ])(
    '12-bit lossy JPEG, %s, is within a grey level of its encoder’s own decoder',
    async (_name, process, args) => {
      const path = await written([...imageElements(grey12), pixelData(grey12)])
      const { code } = await dcmtk('dcmcjpeg', [...args, path, `${path}.compressed`])
      expect(code).toBe(0)
      await dcmtk('dcmdjpeg', [`${path}.compressed`, `${path}.plain`])
      const { frame } = await corpusFrame(`${path}.compressed`)
      expect(readJpeg(frame.bytes)).toMatchObject({ precision: 12, process })

      const window = wholeRange(grey12)
      const [ours, judge] = [await shown(`${path}.compressed`, window), await shown(`${path}.plain`, window)]
      expect(largestDifference(ours.data, judge.data)).toBeLessThanOrEqual(1)
    },
  )
})
