import { expect, test } from 'vitest'
import { hang, hangUpright, relayout } from './hanging.ts'
import { imageAttributes } from './image-attributes.ts'
import { presetsOf } from './presets.ts'
import { histogramOf, initialWindow, viewAdjustment } from './initial-window.ts'
import { stacksOf, type Stack, type ViewedInstance } from './stacks.ts'

let number = 0
function image(part: Partial<ViewedInstance> & { position?: number }): ViewedInstance {
  const uid = `1.2.${++number}`
  const { position, ...rest } = part
  const metadata =
    position === undefined
      ? {}
      : {
          '00200037': { vr: 'DS', Value: [1, 0, 0, 0, 1, 0] },
          '00200032': { vr: 'DS', Value: [0, 0, position] },
        }
  return {
    seriesInstanceUid: `${uid}.1`,
    sopInstanceUid: uid,
    sopClassUid: '',
    transferSyntaxUid: '',
    modality: 'IO',
    seriesNumber: 1,
    seriesDescription: '',
    instanceNumber: 1,
    kind: 'bitewing',
    teeth: [],
    rows: 10,
    columns: 10,
    frames: 1,
    rendition: 'made',
    attributes: imageAttributes(metadata, ''),
    ...rest,
  }
}
const kinds = (stacks: Stack[], panes: (string | null)[]) =>
  panes.map((id) => stacks.find((stack) => stack.id === id)?.teeth.join() ?? null)

test('slices are one stack in their order in the patient; other images are stacks of their own', () => {
  const slices = [30, 10, 20].map((position) =>
    image({ modality: 'CT', kind: 'cbct', seriesInstanceUid: 'ct', position }),
  )
  const [volume, film, ...rest] = stacksOf([...slices, image({ frames: 4 }), image({ frames: 0 })])
  expect(volume?.frames.map(({ instance }) => instance.attributes.slicePosition)).toEqual([10, 20, 30])
  expect(film?.frames.map(({ frame }) => frame)).toEqual([1, 2, 3, 4])
  expect(rest).toEqual([])
})

test('a file that claims two thousand million frames takes no memory for them', () => {
  const stacks = stacksOf([image({}), image({ frames: 0x7fffffff }), image({})])
  expect(stacks[1]?.frames.length).toBeLessThan(1_000_000)
  expect(stacks[2]?.frames).toHaveLength(1)
})

test('bitewings hang as they stand in the mouth: the patient’s right at the left, molars outside', () => {
  const stacks = stacksOf([
    image({ teeth: ['24', '25', '34', '35'] }),
    image({ teeth: ['26', '27', '36', '37'] }),
    image({ teeth: ['14', '15', '44', '45'] }),
    image({ teeth: ['16', '17', '46', '47'] }),
  ])
  const layout = hang(stacks, null)
  expect([layout.columns, layout.rows]).toEqual([2, 2])
  expect(kinds(stacks, layout.panes)).toEqual(['16,17,46,47', '14,15,44,45', '24,25,34,35', '26,27,36,37'])
})

// the eighteen films of the usual series, in the order of exposure
test('a full-mouth series hangs whole: upper jaw, bitewings and lower jaw over each other', () => {
  const films =
    '17 16 46 47|15 14 44 45|26 27 37 36|24 25 35 34|17 16|15 14|37 36|35 34|46 47|44 45|26 27|24 25|13 12|11 21|22 23|42 43|31 41|33 32'
  const stacks = stacksOf([
    ...films.split('|').map((teeth) => image({ kind: 'periapical', teeth: teeth.split(' ') })),
    // names no teeth
    image({ kind: 'periapical' }),
  ])
  const { rows, columns, panes, spans } = hang(stacks, null)
  expect([rows, columns, spans]).toEqual([3, 7, undefined])
  const hung = kinds(stacks, panes).map((teeth) => teeth?.replaceAll(',', ' ') ?? null)
  expect([hung.slice(0, 7), hung.slice(7, 14), hung.slice(14)]).toEqual([
    ['17 16', '15 14', '13 12', '11 21', '22 23', '24 25', '26 27'],
    ['17 16 46 47', '15 14 44 45', null, null, null, '24 25 35 34', '26 27 37 36'],
    ['46 47', '44 45', '42 43', '31 41', '33 32', '35 34', '37 36'],
  ])
})

// films of one size stand upright in front and lie at the sides: the same scale for all takes columns of two widths
test('columns of a full-mouth series are as wide as their films, and its panoramic hangs between the bitewings', () => {
  const film = (teeth: string, isUpright = false) =>
    image({ teeth: teeth.split(' '), columns: isUpright ? 900 : 1200, rows: isUpright ? 1200 : 900 })
  const films = [
    ...['17 16', '15 14', '24 25', '26 27', '46 47', '44 45', '34 35', '36 37'].map((teeth) => film(teeth)),
    ...['13 12', '11 21', '22 23', '42 43', '31 41', '33 32'].map((teeth) => film(teeth, true)),
  ]
  const bitewings = ['17 16 46 47', '15 14 44 45', '24 25 35 34', '26 27 37 36'].map((teeth) => film(teeth))
  const widths = [1.33, 1.33, 0.75, 0.75, 0.75, 1.33, 1.33]
  expect(hang(stacksOf([...films, ...bitewings]), null)).toMatchObject({ rows: 3, columns: 7, widths })

  const panoramic = image({ kind: 'panoramic', teeth: ['p'] })
  const stacks = stacksOf([...films, panoramic, ...bitewings])
  const layout = hang(stacks, null)
  expect([layout.rows, layout.columns, layout.widths]).toEqual([3, 7, widths])
  expect(kinds(stacks, layout.panes).slice(7, 12)).toEqual([
    '17,16,46,47',
    '15,14,44,45',
    'p',
    '24,25,35,34',
    '26,27,37,36',
  ])
  expect(layout.spans?.slice(7, 12)).toEqual([1, 1, 3, 1, 1])
  expect(layout.spans?.reduce((sum, span) => sum + span, 0)).toBe(21)

  // without bitewings there is no such place: it hangs above
  const above = stacksOf([panoramic, ...films])
  const hung = hang(above, null)
  expect([hung.rows, hung.columns, hung.spans?.[0], kinds(above, hung.panes)[0]]).toEqual([3, 7, 7, 'p'])
  expect(hung.panes).toHaveLength(15)
})

// a tablet held upright: seven films in a row are 90 pixels wide there, four are 170
test('on an upright screen front teeth have rows of their own, above and below the others', () => {
  const film = (teeth: string) => {
    const isUpright = /[1-4][1-3]/.test(teeth)
    return image({ teeth: teeth.split(' '), columns: isUpright ? 900 : 1200, rows: isUpright ? 1200 : 900 })
  }
  const films =
    '17 16|15 14|24 25|26 27|46 47|44 45|34 35|36 37|13 12|11 21|22 23|42 43|31 41|33 32|17 16 46 47|15 14 44 45|24 25 35 34|26 27 37 36'
      .split('|')
      .map(film)
  const shown = (stacks: Stack[]) => {
    const layout = hang(stacks, null)
    const upright = hangUpright(layout, stacks)
    const named = kinds(stacks, layout.panes)
    const cells = upright?.places.flatMap((place, pane) => (place ? [{ ...place, teeth: named[pane] }] : []))
    const rows = upright?.heights.map((_, at) =>
      cells
        ?.filter(({ row }) => row === at + 1)
        .toSorted((a, b) => a.column - b.column)
        .map(({ teeth }) => teeth?.replaceAll(',', ' ')),
    )
    return { upright, rows }
  }
  const mouth = [
    ['13 12', '11 21', '22 23'],
    ['17 16', '15 14', '24 25', '26 27'],
    ['17 16 46 47', '15 14 44 45', '24 25 35 34', '26 27 37 36'],
    ['46 47', '44 45', '34 35', '36 37'],
    ['42 43', '31 41', '33 32'],
  ]
  const { upright, rows } = shown(stacksOf(films))
  expect(rows).toEqual(mouth)
  // films of one size in one scale: as high where they stand as wide where they lie
  expect(upright?.columns).toBe(12)
  expect(upright?.heights.map((height) => Math.round(height * 100) / 100)).toEqual([1, 0.75, 0.75, 0.75, 1])
  expect(upright?.heightMax).toBeCloseTo(4.25 / 4, 1)

  const panoramic = image({ kind: 'panoramic', teeth: ['p'], columns: 2000, rows: 1000 })
  expect(shown(stacksOf([...films, panoramic])).rows).toEqual([['p'], ...mouth])
  // without bitewings it hung above them already
  const [front, upper, , lower, below] = mouth
  expect(shown(stacksOf([panoramic, ...films.slice(0, 14)])).rows).toEqual([
    ['p'],
    front,
    upper,
    lower,
    below,
  ])
})

test('on an upright screen a few images hang below each other, and more of them two in a row', () => {
  const shown = (
    kind: Stack['kind'],
    count: number,
    [columns, rows]: [number, number],
    more: Stack[] = [],
  ) => {
    const stacks = [...more, ...stacksOf(Array.from({ length: count }, () => image({ kind, columns, rows })))]
    const layout = hang(stacks, null)
    return [layout.columns, hangUpright(layout, stacks)?.columns ?? null]
  }
  const [lying, standing] = [
    [1200, 900],
    [900, 1300],
  ] as const satisfies [number, number][]
  expect(shown('intraoral-photograph', 2, [...lying])).toEqual([2, 1])
  expect(shown('intraoral-photograph', 8, [...lying])).toEqual([3, 2])
  // what is upright itself stays beside each other
  expect(shown('face-photograph', 3, [...standing])).toEqual([3, null])
  expect(shown('face-photograph', 8, [...standing])).toEqual([3, null])

  const panoramic = stacksOf([image({ kind: 'panoramic', columns: 2400, rows: 1200 })])
  expect(shown('cephalogram', 1, [...lying], panoramic)).toEqual([2, 1])
  expect(shown('bitewing', 4, [...lying], panoramic)).toEqual([4, 2])
  expect(shown('bitewing', 2, [...lying], panoramic)).toEqual([2, null])
  // chosen by hand a layout is what it is called
  const two = stacksOf([image({}), image({})])
  expect(hangUpright(relayout(hang(two, null), two, 2, 1), two)).toBeNull()
})

test('a panoramic hangs above its bitewings, these in one row as they stand in the mouth', () => {
  const [left, panoramic, right] = [
    image({ teeth: ['26', '36'] }),
    image({ kind: 'panoramic', teeth: ['p'] }),
    image({ teeth: ['16', '46'] }),
  ]
  const two = stacksOf([left, panoramic, right])
  const layout = hang(two, null)
  expect(layout).toMatchObject({ rows: 2, columns: 2, spans: [2, 1, 1] })
  expect(kinds(two, layout.panes)).toEqual(['p', '16,46', '26,36'])

  const four = stacksOf([
    left,
    image({ teeth: ['24', '34'] }),
    right,
    image({ teeth: ['14', '44'] }),
    panoramic,
  ])
  const wide = hang(four, null)
  expect(wide).toMatchObject({ rows: 2, columns: 4, spans: [4, 1, 1, 1, 1] })
  expect(kinds(four, wide.panes)).toEqual(['p', '16,46', '14,44', '24,34', '26,36'])
  // chosen by hand it is a layout like every other
  expect(relayout(wide, four, 3, 1)).toEqual({ rows: 1, columns: 3, panes: wide.panes.slice(0, 3) })
})

test('films of one jaw, and more than fit three rows, hang as many as can be read', () => {
  const upper = stacksOf(['16', '14', '12', '22', '24'].map((tooth) => image({ teeth: [tooth] })))
  expect(kinds(upper, hang(upper, null).panes)).toEqual(['16', '14', '12', '22', '24', null])
  const many = stacksOf(
    ['16', '46'].flatMap((tooth) => Array.from({ length: 14 }, () => image({ teeth: [tooth] }))),
  )
  expect(hang(many, null)).toMatchObject({ rows: 3, columns: 3 })
})

test('a panoramic hangs beside its cephalogram, photographs together, and what was asked for alone', () => {
  const stacks = stacksOf([
    image({ kind: 'bitewing', teeth: ['b'] }),
    image({ kind: 'cephalogram', teeth: ['c'] }),
    image({ kind: 'panoramic', teeth: ['p'] }),
  ])
  expect(kinds(stacks, hang(stacks, null).panes)).toEqual(['p', 'c'])
  expect(hang(stacks, stacks[0]?.id ?? '').panes).toEqual([stacks[0]?.id])
  const photographs = stacksOf(Array.from({ length: 8 }, () => image({ kind: 'intraoral-photograph' })))
  expect(hang(photographs, null)).toMatchObject({ columns: 3, rows: 3 })
})

test('a larger layout takes up what is not shown yet, a smaller one keeps the first', () => {
  const stacks = stacksOf([image({}), image({}), image({})])
  const [a, b, c] = stacks.map(({ id }) => id)
  const one = { rows: 1, columns: 1, panes: [b ?? null] }
  expect(relayout(one, stacks, 2, 2).panes).toEqual([b, a, c, null])
  expect(
    relayout({ rows: 2, columns: 2, panes: [b ?? null, a ?? null, c ?? null, null] }, stacks, 1, 1).panes,
  ).toEqual([b])
})

const values = Uint16Array.from({ length: 1000 }, (_, index) => index)
const histogram = histogramOf(values, { minimum: 0, maximum: 999 }, { slope: 1, intercept: 0 })
const plain = { windows: [], bitsStored: 12, isSigned: false, rescale: null, isInverted: false }

// Carestream and Trophy: a window for 8 bits in an image of 12, and the real one in private elements
test('a stored window that burns everything out is not believed, and any other is', () => {
  const window = (center: number, width: number) => ({ center, width, shape: 'linear' as const, name: '' })
  expect(initialWindow({ ...plain, windows: [window(500, 1000)] }, 'PX', histogram)).toEqual({
    lower: 0,
    upper: 999,
  })
  const found = initialWindow({ ...plain, windows: [window(20, 30)] }, 'PX', histogram)
  expect(found.upper).toBeGreaterThan(900)
})

test('what is shown otherwise than the file says is told, with what the file says', () => {
  const windows = [{ center: 20, width: 30, shape: 'linear' as const, name: '' }]
  expect(viewAdjustment({ ...plain, windows }, 'PX', histogram)).toEqual({
    quirks: ['window-burns-out'],
    asSent: { lower: 5, upper: 34 },
  })
  expect(viewAdjustment({ ...plain, windows }, 'CT', histogram)).toBeNull()
  expect(viewAdjustment(plain, 'PX', histogram)).toBeNull()

  // a panoramic without a window, most of it near the bright end
  const bright = values.map((value) => 999 * (1 - (1 - value / 999) ** 4))
  const crowded = histogramOf(bright, { minimum: 0, maximum: 999 }, { slope: 1, intercept: 0 })
  const washedOut = viewAdjustment(plain, 'PX', crowded)
  expect(washedOut?.quirks).toEqual(['washed-out'])
  expect(washedOut?.asSent).toEqual(initialWindow(plain, 'CT', crowded))
  expect(washedOut?.asSent).not.toEqual(initialWindow(plain, 'PX', crowded))
  expect(viewAdjustment({ ...plain, bitsStored: 8 }, 'PX', crowded)).toBeNull()
})

test('presets for tissue go by the image’s own values, and turn round where low values are bright', () => {
  const of = (isInverted: boolean) =>
    presetsOf(
      { modality: 'IO', windows: [], isInverted, isColour: false },
      { lower: 0, upper: 999 },
      histogram,
    )
  expect(of(false).map(({ name }) => name)).toEqual(['as-acquired', 'enamel', 'bone', 'soft', 'full'])
  const enamel = (presets: ReturnType<typeof of>) => presets.find(({ name }) => name === 'enamel')?.range
  expect(enamel(of(false))?.lower).toBeGreaterThan(450)
  expect(enamel(of(true))?.upper).toBeLessThan(550)
})
