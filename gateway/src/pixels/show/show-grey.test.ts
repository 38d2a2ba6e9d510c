import { describe, expect, test } from 'vitest'
import type { ImageDescription, Window } from '../pixels.ts'
import { plainImage } from '../testing/plain-image.ts'
import { showFrame } from './show-frame.ts'
import { mayHave, viewQuirks } from './view-quirks.ts'

const [rows, columns] = [100, 200]

/** Shows 12-bit values that a function of row and column gives. */
function show(
  valueAt: (row: number, column: number) => number,
  image: Partial<ImageDescription> = {},
  window: Window | null = null,
) {
  const words = new Uint16Array(rows * columns)
  for (let index = 0; index < words.length; index++)
    words[index] = valueAt(Math.floor(index / columns), index % columns)
  const description = plainImage(rows, columns, image)
  const bytes = new Uint8Array(words.buffer)
  const { photometricInterpretation } = description
  return showFrame({ bytes, photometricInterpretation, planarConfiguration: 0 }, description, window)
}

const at = (row: number, column: number) => row * columns + column
const median = (data: Uint8Array) => [...data].sort((a, b) => a - b)[data.length >> 1] ?? 0
const ramp = (from: number, to: number) => (_row: number, column: number) =>
  Math.round(from + ((to - from) * column) / (columns - 1))

describe('which window is shown', () => {
  const first: Window = { center: 1000, width: 400, function: 'linear' }
  const second: Window = { center: 3000, width: 800, function: 'linear' }

  test('the first of several stored windows', () => {
    expect(show(ramp(0, 4095), { windows: [first, second] }).window).toEqual(first)
  })

  test('the one asked for before all others', () => {
    expect(show(ramp(0, 4095), { windows: [first] }, second).window).toEqual(second)
  })

  // Dental systems exist that write a window for 8 bits into a 12-bit panoramic; every viewer shows it white.
  test('a stored window that burns a radiograph out to white is not believed', () => {
    const forEightBits: Window = { center: 127, width: 255, function: 'linear' }
    const picture = show(ramp(600, 4000), { windows: [forEightBits] })
    expect(picture.window).not.toEqual(forEightBits)
    expect(median(picture.data)).toBeGreaterThan(60)
    expect(median(picture.data)).toBeLessThan(180)
  })

  test('in a CT it is believed: a slice may be all bone or all air', () => {
    const narrow: Window = { center: 127, width: 255, function: 'linear' }
    expect(show(ramp(600, 4000), { modality: 'CT', windows: [narrow] }).window).toEqual(narrow)
  })

  test.each<Window>([
    { center: 0, width: 0, function: 'linear' },
    { center: 0, width: 0, function: 'sigmoid' },
    { center: NaN, width: 10, function: 'linear' },
  ])('a window that cannot be applied is refused: $center, $width, $function', (window) => {
    expect(() => show(ramp(0, 4095), {}, window)).toThrow(
      expect.objectContaining({ code: 'invalid-request' }),
    )
  })
})

describe('an image without a window', () => {
  test('of 8 bits is shown as it is', () => {
    const bytes = Uint8Array.from({ length: rows * columns }, (_, index) => 100 + (index % 50))
    const description = plainImage(rows, columns, { bitsStored: 8 })
    const frame = { bytes, photometricInterpretation: 'MONOCHROME2', planarConfiguration: 0 } as const
    expect(showFrame(frame, description, null)).toMatchObject({ data: bytes, window: null })
  })

  test('fills the grey scale with its anatomy, however little of its range that uses', () => {
    const { data } = show(ramp(1900, 2100))
    expect(data[at(50, 5)]).toBeLessThan(20)
    expect(data[at(50, 195)]).toBeGreaterThan(235)
  })

  test('is not darkened by a filling or a lead letter', () => {
    const anatomy = ramp(500, 1500)
    const letter = (row: number, column: number) => (row < 8 && column < 8 ? 4095 : anatomy(row, column))
    expect(show(letter).window?.width).toBeLessThan(1100)
  })

  test('is judged without its collimated edges', () => {
    const collimated = (row: number, column: number) => {
      if (row < 20 || row >= 80) return 0
      return column < 30 || column >= 170 ? 4095 : ramp(1000, 2000)(row, column)
    }
    const { window } = show(collimated)
    expect(window?.center).toBeCloseTo(1500, -2)
    expect(window?.width).toBeLessThan(1100)
  })

  test('is judged without its padding, whatever value that is', () => {
    const padded = (row: number, column: number) =>
      (row + column) % 3 === 0 ? 4000 + (row % 3) : ramp(1000, 2000)(row, column)
    const { window } = show(padded, { padding: { first: 4000, last: 4002 } })
    expect(window?.width).toBeLessThan(1100)
  })

  test('is judged without direct exposure', () => {
    const exposed = (row: number, column: number) =>
      row > 40 && column % 2 === 0 ? 4095 : ramp(1000, 2000)(row, column)
    expect(show(exposed).window?.width).toBeLessThan(1100)
  })

  // The best known complaint: panoramics of one maker look washed out in standard viewers.
  test.each(['MONOCHROME1', 'MONOCHROME2'])(
    'of a panoramic kept near its bright end is not washed out (%s)',
    (photometricInterpretation) => {
      const inverted = photometricInterpretation === 'MONOCHROME1'
      const crowded = (_row: number, column: number) => {
        const bright = Math.round(4000 * (1 - (1 - column / (columns - 1)) ** 4))
        return inverted ? 4000 - bright : bright
      }
      const levels = [...show(crowded, { photometricInterpretation }).data]
      expect(median(Uint8Array.from(levels))).toBeLessThan(165)
      expect(levels.filter((level) => level === 255).length).toBeLessThan(0.02 * levels.length)
    },
  )

  test('and without contrast is still a picture', () => {
    expect(show(() => 1234).data).toHaveLength(rows * columns)
  })
})

describe('padding', () => {
  test.each(['MONOCHROME1', 'MONOCHROME2'])('is black in %s', (photometricInterpretation) => {
    const padding = { first: 7, last: 7 }
    const window: Window = { center: 2, width: 4, function: 'linear' }
    const { data } = show((row) => (row < 50 ? 7 : 2), { photometricInterpretation, padding }, window)
    expect(data[at(10, 10)]).toBe(0)
    expect(data[at(90, 10)]).not.toBe(0)
  })
})

// A page shows these beside the picture.
describe('how a picture came to look so is told', () => {
  const stored: Window = { center: 2000, width: 4000, function: 'linear' }
  const forEightBits: Window = { center: 127, width: 255, function: 'linear' }
  const crowded = (_row: number, column: number) => Math.round(4000 * (1 - (1 - column / (columns - 1)) ** 4))
  const lut = { first: 0, bits: 8, values: Uint16Array.from({ length: 4096 }, (_, index) => index >> 4) }

  test.each<[string, ReturnType<typeof show>, object]>([
    [
      'a stored window',
      show(ramp(0, 4000), { windows: [stored] }),
      { source: 'stored-window', quirks: [], asSent: null },
    ],
    ['a VOI LUT', show(ramp(0, 4000), { voiLut: lut }), { source: 'voi-lut', window: null, quirks: [] }],
    ['nothing stored', show(ramp(0, 4000)), { source: 'automatic', quirks: [] }],
    [
      'a window for 8 bits',
      show(ramp(600, 4000), { windows: [forEightBits] }),
      { source: 'automatic', quirks: ['window-burns-out'], asSent: forEightBits },
    ],
    [
      'anatomy near the bright end',
      show(crowded),
      // what a CT, which nobody widens, is shown with
      { source: 'automatic', quirks: ['washed-out'], asSent: show(crowded, { modality: 'CT' }).window },
    ],
    [
      'the same in a CT',
      show(crowded, { modality: 'CT' }),
      { source: 'automatic', quirks: [], asSent: null },
    ],
  ])('%s', (_name, picture, expected) => {
    expect(picture).toMatchObject(expected)
  })

  test('a quirk of one maker is not looked for in the files of another', () => {
    const quirk = { ...viewQuirks['washed-out'], manufacturer: /^ACME\b/i }
    expect(mayHave(quirk, { modality: 'PX', manufacturer: 'Acme Imaging' })).toBe(true)
    expect(mayHave(quirk, { modality: 'PX', manufacturer: null })).toBe(false)
    expect(mayHave(quirk, { modality: 'CT', manufacturer: 'Acme Imaging' })).toBe(false)
  })
})
