import { join } from 'node:path'
import { corpusPath, dcmtk, temporaryFolder, type TemporaryFolder } from '@bitewing/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeFrame } from '../decode/decode-frame.ts'
import { presentationBulkData } from '../presentation-bulk-data.ts'
import { presentationOf } from '../presentation-of.ts'
import { corpusAttributes, corpusFrame } from '../testing/corpus-frame.ts'
import { readPnm } from '../testing/dcmtk-picture.ts'
import { writeDicom, type ElementToWrite } from '../testing/write-dicom.ts'
import { presentAtSize, presentFrame } from './present-frame.ts'

/**
 * Presentation states. DCMTK's `dcmp2pgm` judges grey levels and turning, pixel by pixel; it draws neither shutters nor
 * overlays nor annotations, which are tested by what the standard says of them.
 */
const limits = { framePixelsMax: 1_000_000, outputPixelsMax: 1_000_000 }
const [rows, columns] = [40, 60]

let folder: TemporaryFolder
let imagePath: string
beforeAll(async () => {
  folder = await temporaryFolder('present')
  imagePath = join(folder.path, 'image.dcm')
  await writeDicom(imagePath, imageElements())
})
afterAll(() => folder.remove())

const greyscaleState = '1.2.840.10008.5.1.4.1.1.11.1'
const colourState = '1.2.840.10008.5.1.4.1.1.11.2'
const pseudoColourState = '1.2.840.10008.5.1.4.1.1.11.3'
const grey = { class: '1.2.840.10008.5.1.4.1.1.7', instance: '1.2.3.4', series: '1.2.3.7' }

/** 12 bits, every pixel another value, brighter to the right and below: no turn of it looks like another. */
function imageElements(photometric = 'MONOCHROME2'): ElementToWrite[] {
  const words = Uint16Array.from({ length: rows * columns }, (_, index) => {
    return Math.floor(((index % columns) / columns) * 3000 + (Math.floor(index / columns) / rows) * 1000)
  })
  return [
    ['00080060', 'CS', 'OT'],
    ['00280002', 'US', [1]],
    ['00280004', 'CS', photometric],
    ['00280010', 'US', [rows]],
    ['00280011', 'US', [columns]],
    ['00280100', 'US', [16]],
    ['00280101', 'US', [12]],
    ['00280102', 'US', [11]],
    ['00280103', 'US', [0]],
    ['7FE00010', 'OW', words],
  ]
}

const reference: ElementToWrite[] = [
  ['00081150', 'UI', grey.class],
  ['00081155', 'UI', grey.instance],
]

let states = 0
async function state(elements: ElementToWrite[], sopClass = greyscaleState): Promise<string> {
  const path = join(folder.path, `state-${states++}.dcm`)
  const usual: ElementToWrite[] = [
    ['00080060', 'CS', 'PR'],
    ['00100010', 'PN', 'TEST'],
    ['00200013', 'IS', [1]],
    [
      '00081115',
      'SQ',
      [
        [
          ['0020000E', 'UI', grey.series],
          ['00081140', 'SQ', [reference]],
        ],
      ],
    ],
    ['00700080', 'CS', 'TEST'],
    ['00700081', 'LO', 'TEST'],
    ['00700082', 'DA', '20260101'],
    ['00700083', 'TM', '1200'],
    ['00700084', 'PN', 'TEST'],
    ['0070005A', 'SQ', [area(1, 1, columns, rows)]],
    ['20500020', 'CS', 'IDENTITY'],
  ]
  const given = new Set(elements.map(([tag]) => tag))
  const replaced = given.has('20500010') ? new Set([...given, '20500020']) : given
  await writeDicom(path, [...usual.filter(([tag]) => !replaced.has(tag)), ...elements], {
    sopClass,
    sopInstance: `1.2.3.9.${states}`,
  })
  return path
}

function area(left: number, top: number, right: number, bottom: number): ElementToWrite[] {
  return [
    ['00700052', 'SL', [left, top]],
    ['00700053', 'SL', [right, bottom]],
    ['00700100', 'CS', 'SCALE TO FIT'],
    ['00700102', 'IS', [1, 1]],
  ]
}

async function presented(statePath: string, image = imagePath) {
  const { attributes, bulkValue } = await corpusAttributes(statePath, (found) => presentationBulkData(found))
  const { frame, image: description } = await corpusFrame(image)
  const own = await corpusAttributes(image, (found) => presentationBulkData(found))
  const presentation = presentationOf(
    attributes,
    { sopInstanceUid: String(own.attributes['00080018']?.Value?.[0]), frame: 1 },
    description,
    { bulkValue, imageAttributes: own.attributes, imageBulkValue: own.bulkValue },
  )
  const picture = await presentFrame(await decodeFrame(frame, description, limits), description, presentation)
  return { picture, presentation }
}

async function judged(statePath: string, image = imagePath) {
  const target = `${statePath}.pgm`
  const { code, stderr } = await dcmtk('dcmp2pgm', ['-p', statePath, image, target])
  expect([code, stderr]).toEqual([0, expect.anything()])
  const judge = await readPnm(target)
  if (!judge) throw new Error('DCMTK cannot show it')
  return judge
}

async function difference(statePath: string, image = imagePath): Promise<number> {
  const [{ picture }, judge] = [await presented(statePath, image), await judged(statePath, image)]
  expect([picture.width, picture.height]).toEqual([judge.width, judge.height])
  return picture.data.reduce(
    (largest, value, index) => Math.max(largest, Math.abs(value - (judge.data[index] ?? 0))),
    0,
  )
}

const lut = (
  entries: number,
  first: number,
  bits: number,
  of: (index: number) => number,
): ElementToWrite[] => [
  ['00283002', 'US', [entries, first, bits]],
  ['00283006', 'OW', Uint16Array.from({ length: entries }, (_, index) => Math.round(of(index)))],
]
const window = (center: number, width: number): ElementToWrite[] => [
  ['00281050', 'DS', [center]],
  ['00281051', 'DS', [width]],
]

describe('looks as DCMTK shows it', () => {
  test('the corpus’s state of three scrambled LUTs', async () => {
    const [statePath, image] = ['documents/presentation-state/prLUTs.dcm', 'pixel-format/imageForPrLUTs.dcm']
    const { picture } = await presented(corpusPath(statePath), corpusPath(image))
    const target = join(folder.path, 'luts.pgm')
    await dcmtk('dcmp2pgm', ['-p', corpusPath(statePath), corpusPath(image), target])
    const judge = await readPnm(target)
    expect(Buffer.from(picture.data).equals(Buffer.from(judge?.data ?? []))).toBe(true)
  })

  test.each<[string, ElementToWrite[]]>([
    ['nothing but identity', []],
    ['inverse', [['20500020', 'CS', 'INVERSE']]],
    ['a window', [['00283110', 'SQ', [window(1500, 900)]]]],
    [
      'rescale and a window',
      [
        ['00281052', 'DS', [-1000]],
        ['00281053', 'DS', [2]],
        ['00281054', 'LO', 'US'],
        ['00283110', 'SQ', [window(2000, 3000)]],
      ],
    ],
    [
      'rescale alone',
      [
        ['00281052', 'DS', [-1000]],
        ['00281053', 'DS', [2]],
        ['00281054', 'LO', 'US'],
      ],
    ],
    [
      'a modality LUT',
      [['00283000', 'SQ', [[...lut(4096, 0, 10, (index) => 1023 - index / 4.01), ['00283004', 'LO', 'US']]]]],
    ],
    [
      'a VOI LUT',
      [
        [
          '00283110',
          'SQ',
          [[['00283010', 'SQ', [lut(3000, 300, 12, (index) => 4095 * (index / 2999) ** 0.6)]]]],
        ],
      ],
    ],
    [
      'a window for this image among others',
      [
        [
          '00283110',
          'SQ',
          [
            [
              [
                '00081140',
                'SQ',
                [
                  [
                    ['00081150', 'UI', grey.class],
                    ['00081155', 'UI', '9.9.9'],
                  ],
                ],
              ],
              ...window(10, 20),
            ],
            [['00081140', 'SQ', [reference]], ...window(1500, 900)],
          ],
        ],
      ],
    ],
  ])('grey levels: %s', async (_name, elements) => {
    expect(await difference(await state(elements))).toBeLessThanOrEqual(1)
  })

  // DCMTK rounds the window's output to 8 bits before the LUT, where a steep one makes more of it
  test('grey levels: a presentation LUT', async () => {
    const path = await state([
      ['20500010', 'SQ', [lut(256, 0, 10, (index) => 1023 * (index / 255) ** 2)]],
      ['00283110', 'SQ', [window(1500, 2900)]],
    ])
    expect(await difference(path)).toBeLessThanOrEqual(3)
  })

  test('an image with white at 0', async () => {
    const path = join(folder.path, 'monochrome1.dcm')
    await writeDicom(path, imageElements('MONOCHROME1'))
    expect(await difference(await state([]), path)).toBeLessThanOrEqual(1)
  })

  test.each([0, 90, 180, 270].flatMap((rotation) => ['N', 'Y'].map((flip) => [rotation, flip] as const)))(
    'turned by %i, mirrored: %s',
    async (rotation, flip) => {
      const path = await state([
        ['00700041', 'CS', flip],
        ['00700042', 'US', [rotation]],
      ])
      expect(await difference(path)).toBeLessThanOrEqual(1)
    },
  )
})

// PS3.3 §C.7.6.11
describe('a shutter covers what is outside it', () => {
  const rectangle: ElementToWrite[] = [
    ['00181602', 'IS', [10]],
    ['00181604', 'IS', [40]],
    ['00181606', 'IS', [5]],
    ['00181608', 'IS', [30]],
    ['00181622', 'US', [0x8000]],
  ]
  const circle: ElementToWrite[] = [
    ['00181610', 'IS', [20, 30]],
    ['00181612', 'IS', [15]],
  ]
  const inRectangle = (row: number, column: number) => column >= 10 && column <= 40 && row >= 5 && row <= 30
  const inCircle = (row: number, column: number) => Math.hypot(row - 20, column - 30) <= 15

  test.each<[string, ElementToWrite[], number, (row: number, column: number) => boolean]>([
    ['rectangle', [['00181600', 'CS', 'RECTANGULAR'], ...rectangle], 0x80, inRectangle],
    ['circle', [['00181600', 'CS', 'CIRCULAR'], ...circle], 0, inCircle],
    [
      'polygon',
      [
        ['00181600', 'CS', 'POLYGONAL'],
        ['00181620', 'IS', [5, 5, 5, 45, 25, 5]],
        ['00181622', 'US', [0xffff]],
      ],
      0xff,
      (row, column) => row >= 5 && column >= 5 && (column - 5) / 40 + (row - 5) / 20 <= 1,
    ],
    [
      'rectangle and circle',
      [['00181600', 'CS', 'RECTANGULAR\\CIRCULAR'], ...rectangle, ...circle],
      0x80,
      (row, column) => inRectangle(row, column) && inCircle(row, column),
    ],
  ])('%s', async (_name, elements, level, isShown) => {
    const { picture } = await presented(await state(elements))
    const { picture: open } = await presented(await state([]))
    const expected = open.data.map((value, index) =>
      isShown(Math.floor(index / columns) + 1, (index % columns) + 1) ? value : level,
    )
    expect(Buffer.from(picture.data).equals(Buffer.from(expected))).toBe(true)
  })
})

// PS3.3 §C.9.2 and §C.11.7: shown where the state puts it into a layer, with the layer's level.
describe('overlays', () => {
  const layers: ElementToWrite = [
    '00700060',
    'SQ',
    [
      [
        ['00700002', 'CS', 'LAYER'],
        ['00700062', 'IS', [1]],
        ['00700066', 'US', [0xffff]],
      ],
    ],
  ]
  const active: ElementToWrite[] = [['60001001', 'CS', 'LAYER'], layers]
  const plane: ElementToWrite[] = [
    ['60000010', 'US', [4]],
    ['60000011', 'US', [10]],
    ['60000040', 'CS', 'G'],
    ['60000050', 'SS', [5, 7]],
    ['60000100', 'US', [1]],
    ['60000102', 'US', [0]],
    ['60003000', 'OW', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0)],
  ]
  const isCovered = (index: number) => {
    const [row, column] = [Math.floor(index / columns) + 1, (index % columns) + 1]
    return row >= 5 && row < 9 && column >= 7 && column < 17
  }
  const covered = Array.from({ length: rows * columns }, (_, index) => index).filter(isCovered)
  const whiteIn = (data: Uint8Array) => [...data.keys()].filter((index) => data[index] === 255)

  test('of the state are drawn where they lie', async () => {
    const { picture } = await presented(await state([...plane, ...active]))
    expect(whiteIn(picture.data)).toEqual(covered)
  })

  test('of the image are drawn when the state says so, and only then', async () => {
    const image = join(folder.path, 'overlaid.dcm')
    await writeDicom(image, [...imageElements(), ...plane])
    expect(whiteIn((await presented(await state(active), image)).picture.data)).toEqual(covered)
    expect(whiteIn((await presented(await state([layers]), image)).picture.data)).toEqual([])
  })

  test('in unused bits of the pixel data are found there', async () => {
    const image = join(folder.path, 'embedded.dcm')
    const words = imageElements().map(([tag, vr, value]): ElementToWrite => {
      const pixels = value instanceof Uint16Array
      return [tag, vr, pixels ? value.map((word, index) => (isCovered(index) ? word | 0x4000 : word)) : value]
    })
    await writeDicom(image, [
      ...words,
      ['60000010', 'US', [rows]],
      ['60000011', 'US', [columns]],
      ['60000040', 'CS', 'G'],
      ['60000050', 'SS', [1, 1]],
      ['60000100', 'US', [16]],
      ['60000102', 'US', [14]],
    ])
    expect(whiteIn((await presented(await state(active), image)).picture.data)).toEqual(covered)
  })

  test('as a shutter cover the image', async () => {
    const bitmap: ElementToWrite[] = [
      ['00181600', 'CS', 'BITMAP'],
      ['00181623', 'US', [0x6000]],
      ['00181622', 'US', [0xffff]],
    ]
    const { picture } = await presented(await state([...plane, ...bitmap]))
    expect(whiteIn(picture.data)).toEqual(covered)
  })
})

describe('the area that is shown', () => {
  const output = { format: 'png', quality: 90 } as const

  test('is cut out, and black where it reaches outside the image', async () => {
    const { picture } = await presented(await state([['0070005A', 'SQ', [area(-9, 11, 40, 30)]]]))
    const { picture: whole } = await presented(await state([]))
    expect([picture.width, picture.height]).toEqual([50, 20])
    expect(picture.data[0]).toBe(0)
    expect(picture.data[49]).toBe(whole.data[10 * columns + 39])
  })

  test('is magnified as the state says, and fits a box where one is asked for', async () => {
    const magnified: ElementToWrite[] = [
      ['00700052', 'SL', [1, 1]],
      ['00700053', 'SL', [columns, rows]],
      ['00700100', 'CS', 'MAGNIFY'],
      ['00700102', 'IS', [1, 1]],
      ['00700103', 'FL', [2]],
    ]
    const { picture, presentation } = await presented(await state([['0070005A', 'SQ', [magnified]]]))
    const large = await presentAtSize(picture, presentation, output, limits)
    expect([large.width, large.height]).toEqual([120, 80])
    const boxed = await presentAtSize(picture, presentation, { ...output, width: 30 }, limits)
    expect([boxed.width, boxed.height]).toEqual([30, 20])
  })

  test('has its own pixel aspect, turned with it', async () => {
    const tall: ElementToWrite[] = [...area(1, 1, columns, rows).slice(0, 3), ['00700102', 'IS', [2, 1]]]
    const { picture, presentation } = await presented(
      await state([
        ['0070005A', 'SQ', [tall]],
        ['00700042', 'US', [90]],
      ]),
    )
    const shown = await presentAtSize(picture, presentation, output, limits)
    expect([shown.width, shown.height]).toEqual([80, 60])
  })
})

// PS3.3 §C.10.5: in pixels of the image, or as shares of the area shown.
describe('annotations', () => {
  const layers: ElementToWrite = [
    '00700060',
    'SQ',
    [
      [
        ['00700002', 'CS', 'LAYER'],
        ['00700062', 'IS', [1]],
      ],
    ],
  ]
  const shape = (kind: string, units: string, points: number[]): ElementToWrite[] => [
    ['00700005', 'CS', units],
    ['00700020', 'US', [2]],
    ['00700021', 'US', [points.length / 2]],
    ['00700022', 'FL', points],
    ['00700023', 'CS', kind],
    ['00700024', 'CS', 'N'],
  ]
  const annotated = (content: ElementToWrite[]): ElementToWrite[] => [
    ['00700001', 'SQ', [[['00700002', 'CS', 'LAYER'], ...content]]],
    layers,
  ]
  const drawnShape = (graphic: ElementToWrite[]) => annotated([['00700009', 'SQ', [graphic]]])

  /** What drawing changed: the box round it in shares of the picture. */
  async function changed(elements: ElementToWrite[], turned: ElementToWrite[] = [], width = 600) {
    const output = { format: 'png', quality: 90, width, enlarge: true } as const
    const [annotatedState, plainState] = [await state([...elements, ...turned]), await state(turned)]
    const [withThem, without] = [await presented(annotatedState), await presented(plainState)]
    const drawn = await presentAtSize(withThem.picture, withThem.presentation, output, limits)
    const plain = await presentAtSize(without.picture, without.presentation, output, limits)
    expect([drawn.width, drawn.channels]).toEqual([plain.width, 1])
    const at = [...drawn.data.keys()].filter(
      (index) => Math.abs((drawn.data[index] ?? 0) - (plain.data[index] ?? 0)) > 30,
    )
    const ends = (values: number[]) => [Math.min(...values), Math.max(...values)] as const
    return {
      x: ends(at.map((index) => (index % drawn.width) / drawn.width)),
      y: ends(at.map((index) => Math.floor(index / drawn.width) / drawn.height)),
      pixels: at.length,
    }
  }
  const near = (value: number) => expect.closeTo(value, 1.2) as number // an asymmetric matcher: within 0.03

  test.each<[string, ElementToWrite[], [number, number], [number, number]]>([
    ['polyline', shape('POLYLINE', 'PIXEL', [6, 4, 30, 4, 30, 20]), [0.1, 0.5], [0.1, 0.5]],
    ['polyline of the display', shape('POLYLINE', 'DISPLAY', [0.2, 0.3, 0.8, 0.9]), [0.2, 0.8], [0.3, 0.9]],
    ['circle', shape('CIRCLE', 'PIXEL', [30, 20, 42, 20]), [0.3, 0.7], [0.2, 0.8]],
    ['ellipse', shape('ELLIPSE', 'PIXEL', [12, 20, 48, 20, 30, 12, 30, 28]), [0.2, 0.8], [0.3, 0.7]],
    ['interpolated', shape('INTERPOLATED', 'PIXEL', [6, 20, 30, 20, 54, 20]), [0.1, 0.9], [0.5, 0.5]],
    ['point', shape('POINT', 'PIXEL', [30, 20]), [0.5, 0.5], [0.5, 0.5]],
  ])('%s', async (_name, graphic, x, y) => {
    const box = await changed(drawnShape(graphic))
    expect([...box.x, ...box.y]).toEqual([...x, ...y].map(near))
  })

  test('turn and mirror with the image', async () => {
    const turned: ElementToWrite[] = [
      ['00700041', 'CS', 'Y'],
      ['00700042', 'US', [90]],
    ]
    const box = await changed(drawnShape(shape('POLYLINE', 'PIXEL', [6, 4, 30, 4, 30, 12])), turned, 400)
    // (x, y) of 60 × 40 comes to (1 − y/40, x/60) by the turn, and to (y/40, x/60) by the flip
    expect([...box.x, ...box.y]).toEqual([0.1, 0.3, 0.1, 0.5].map(near))
  })

  test('of text stand in their box, whatever the text holds', async () => {
    const box = await changed(
      annotated([
        [
          '00700008',
          'SQ',
          [
            [
              ['00700003', 'CS', 'PIXEL'],
              ['00700006', 'ST', '</span><b>A & B\r\n<x'],
              ['00700010', 'FL', [15, 10]],
              ['00700011', 'FL', [55, 30]],
              ['00700012', 'CS', 'LEFT'],
            ],
          ],
        ],
      ]),
    )
    expect(box.pixels).toBeGreaterThan(100)
    expect([box.x[0], box.y[0]]).toEqual([near(0.25), near(0.25)])
  })

  test('for another image are left out', async () => {
    const other: ElementToWrite = [
      '00081140',
      'SQ',
      [
        [
          ['00081150', 'UI', grey.class],
          ['00081155', 'UI', '9.9.9'],
        ],
      ],
    ]
    const path = await state(annotated([other, ['00700009', 'SQ', [shape('POINT', 'PIXEL', [30, 20])]]]))
    expect((await presented(path)).presentation.graphics).toEqual([])
  })

  test('in a colour make a coloured picture', async () => {
    const red: ElementToWrite[] = [
      ['00700002', 'CS', 'LAYER'],
      ['00700062', 'IS', [1]],
      ['00700401', 'US', [34952, 53456, 50115]], // L 53, a 80, b 67
    ]
    const [annotation] = drawnShape(shape('POINT', 'PIXEL', [30, 20]))
    const path = await state([...(annotation ? [annotation] : []), ['00700060', 'SQ', [red]]])
    const { picture, presentation } = await presented(path)
    const [graphic] = presentation.graphics
    const [r = 0, g = 255, b = 255] = graphic?.colour ?? []
    expect([r > 230, g < 40, b < 40]).toEqual([true, true, true])
    expect(
      (await presentAtSize(picture, presentation, { format: 'png', quality: 90 }, limits)).channels,
    ).toBe(3)
  })
})

// PS3.4 §N.2.2 and §N.2.3; DCMTK presents grey alone, so that what is before the palette is judged by it.
describe('in colour', () => {
  const entries = 256
  const palette: ElementToWrite[] = [
    ...['00281101', '00281102', '00281103'].map((tag): ElementToWrite => [tag, 'US', [entries, 0, 8]]),
    ['00281201', 'OW', Uint8Array.from({ length: entries }, (_, index) => index)],
    ['00281202', 'OW', Uint8Array.from({ length: entries }, (_, index) => 255 - index)],
    ['00281203', 'OW', Uint8Array.from({ length: entries }, (_, index) => (index * 7) % 256)],
  ]
  /** three samples of 8 bits */
  async function colourImage(): Promise<string> {
    const path = join(folder.path, 'colour.dcm')
    const samples = Uint8Array.from({ length: rows * columns * 3 }, (_, index) => (index * 5) % 256)
    const shape: Record<string, ElementToWrite> = {
      '00280002': ['00280002', 'US', [3]],
      '00280004': ['00280004', 'CS', 'RGB'],
      '00280100': ['00280100', 'US', [8]],
      '00280101': ['00280101', 'US', [8]],
      '00280102': ['00280102', 'US', [7]],
      '7FE00010': ['7FE00010', 'OW', samples],
    }
    const elements = imageElements().map((each) => shape[each[0]] ?? each)
    await writeDicom(path, [...elements, ['00280006', 'US', [0]]])
    return path
  }

  test('a pseudo-colour state maps what comes of its VOI onto the whole of its palette', async () => {
    const voi: ElementToWrite = ['00283110', 'SQ', [window(1800, 2400)]]
    const path = await state([voi, ...palette], pseudoColourState)
    const { picture } = await presented(path)
    expect(picture.channels).toBe(3)
    const levels = await judged(await state([voi]))
    for (let pixel = 0; pixel < rows * columns; pixel++) {
      const [red = 0, green = 0, blue = 0] = picture.data.subarray(pixel * 3)
      expect(Math.abs(red - (levels.data[pixel] ?? 0))).toBeLessThanOrEqual(1)
      expect([green, blue]).toEqual([255 - red, (red * 7) % 256])
    }
  })

  test('a pseudo-colour state without a VOI maps the whole range of the modality values', async () => {
    const { picture } = await presented(await state(palette, pseudoColourState))
    const levels = await judged(await state([]))
    expect(
      Array.from({ length: rows * columns }, (_, pixel) =>
        Math.abs((picture.data[pixel * 3] ?? 0) - (levels.data[pixel] ?? 0)),
      ).every((difference) => difference <= 1),
    ).toBe(true)
  })

  test('a colour state turns a colour image and leaves its colours', async () => {
    const image = await colourImage()
    const turned: ElementToWrite[] = [
      ['00700041', 'CS', 'Y'],
      ['00700042', 'US', [0]],
    ]
    const { picture } = await presented(await state(turned, colourState), image)
    expect([picture.width, picture.height, picture.channels]).toEqual([columns, rows, 3])
    const mirrored = Array.from({ length: rows * columns * 3 }, (_, index) => {
      const [row, column] = [Math.floor(index / 3 / columns), Math.floor(index / 3) % columns]
      return (((row * columns + (columns - 1 - column)) * 3 + (index % 3)) * 5) % 256
    })
    expect([...picture.data]).toEqual(mirrored)
  })

  // PS3.3 §A.33.1 to §A.33.4: each kind of state is for its kind of image, and blending joins two series.
  test('a state for another kind of image, and one that blends, is refused and not guessed at', async () => {
    const image = await colourImage()
    const blending = await state([], '1.2.840.10008.5.1.4.1.1.11.4')
    for (const [path, of] of [
      [await state([]), image],
      [await state(palette, pseudoColourState), image],
      [await state([], colourState), imagePath],
      [blending, imagePath],
      [blending, image],
    ] as const) {
      await expect(presented(path, of)).rejects.toMatchObject({ code: 'unsupported' })
    }
  })
})
