import type { LayoutRows } from '@bitewing/db'
import { expect, test } from 'vitest'
import { addCell, addRow, changeCell, moveCell, removeCell } from './edit-layout.ts'
import { kindsOf, mountLayouts } from './mount-templates.ts'
import { layoutOfRows, layRows, rowsOfTemplate } from './own-layout.ts'
import { placeImages, type Placeable } from './place-images.ts'

const near = (value: number) => Math.round(value * 1000) / 1000
test.each(['full-mouth-18', 'bitewings-4', 'bitewings-2', 'photographs-8'] as const)(
  'a copy of %s lies as it does, and waits for the same',
  (template) => {
    const shipped = mountLayouts[template]
    const copy = layoutOfRows(rowsOfTemplate(template))
    // films in the mouth are a little higher than photographs of it
    const height = template === 'photographs-8' ? 2.53 : shipped.height
    expect([near(copy.width), near(copy.height), copy.rows]).toEqual([
      shipped.width,
      near(height),
      shipped.rows,
    ])
    for (const cell of shipped.cells) {
      const same = copy.cells.find(({ awaits }) => JSON.stringify(awaits) === JSON.stringify(cell.awaits))
      expect(near(same?.x ?? -1)).toBe(cell.x)
      if (template !== 'photographs-8') expect(near(same?.y ?? -1)).toBe(cell.y)
      expect((same?.width ?? 0) < (same?.height ?? 0)).toBe(cell.width < cell.height)
    }
    expect(copy.cells).toHaveLength(shipped.cells.length)
    expect(kindsOf(copy)).toEqual(kindsOf(shipped))
  },
)

const free = (shape: LayoutRows[number][number]['shape']) => ({ shape, awaits: { kind: 'free' as const } })
const gap = (shape: 'lying' | 'standing') => ({ shape, awaits: null })

test.each<[string, LayoutRows]>([
  [
    'a panoramic above four bitewings',
    [[free('wide')], ['lying', 'lying', 'lying', 'lying'].map(() => free('lying'))],
  ],
  [
    'standing and lying ones mixed',
    [[free('standing'), free('lying')], [free('lying'), free('standing')], [free('lying')]],
  ],
  [
    'gaps in a row of its own and at the ends',
    [[gap('lying')], [gap('standing'), free('square'), gap('lying')], [free('wide'), free('wide')]],
  ],
  [
    'four rows with a gap in the second',
    [
      [free('lying'), free('lying')],
      [gap('lying'), free('lying')],
      [free('lying'), free('lying')],
      [free('lying')],
    ],
  ],
])('no two cells lie on each other, and none beside the layout: %s', (_, rows) => {
  const { cells, width, height } = layoutOfRows(rows)
  expect(cells.map(({ number }) => number)).toEqual(cells.map((__, index) => index + 1))
  for (const cell of cells) {
    expect(cell.x).toBeGreaterThanOrEqual(-1e-9)
    expect(cell.y).toBeGreaterThanOrEqual(-1e-9)
    expect(cell.x + cell.width).toBeLessThanOrEqual(width + 1e-9)
    expect(cell.y + cell.height).toBeLessThanOrEqual(height + 1e-9)
    for (const other of cells)
      if (other !== cell)
        expect(
          other.x < cell.x + cell.width - 1e-9 &&
            cell.x < other.x + other.width - 1e-9 &&
            other.y < cell.y + cell.height - 1e-9 &&
            cell.y < other.y + other.height - 1e-9,
        ).toBe(false)
  }
})

test('a gap lies between the cells above and beneath it, and covers none', () => {
  const { places } = layRows(rowsOfTemplate('full-mouth-18'))
  const between = places.flat().find(({ awaits }) => !awaits)
  expect([near(between?.x ?? 0), near(between?.width ?? 0)]).toEqual([2, 2.295])
  expect([near(between?.y ?? 0), near(between?.height ?? 0)]).toEqual([1, 0.295])
})

const image = (id: string, part: Partial<Placeable>): Placeable => ({
  id,
  kind: 'bitewing',
  teeth: [],
  side: null,
  view: null,
  keyword: null,
  mirror: null,
  isAssigned: false,
  ...part,
})
test('images find their cells in a layout of the practice’s own by the same rules, and a free cell is nobody’s', () => {
  const layout = layoutOfRows([
    [{ shape: 'wide', awaits: { kind: 'panoramic' } }],
    [
      { shape: 'lying', awaits: { kind: 'bitewing', teeth: ['14', '15', '16', '44', '45', '46'] } },
      { shape: 'lying', awaits: { kind: 'free' } },
      // nobody has said its teeth yet
      { shape: 'lying', awaits: { kind: 'bitewing', teeth: [] } },
      { shape: 'lying', awaits: { kind: 'bitewing', teeth: ['24', '25', '26', '34', '35', '36'] } },
    ],
    // the left profile is no view of the usual composite
    [
      { shape: 'square', awaits: { kind: 'photograph', view: 'EV24' } },
      { shape: 'lying', awaits: { kind: 'photograph', view: 'IV01' } },
    ],
  ])
  const found = placeImages(layout, [
    image('pan', { kind: 'panoramic' }),
    image('right', { teeth: ['15', '16', '45', '46'] }),
    image('left', { teeth: ['55', '65', '64', '75'].slice(1) }),
    image('side', { side: 'left' }),
    image('profile', { kind: 'face-photograph', keyword: 'EV24' }),
    image('cheek', { kind: 'photograph', keyword: 'IV03', view: 'IV01' }),
    image('tongue', { kind: 'photograph', keyword: 'IV13' }),
    image('film', { kind: 'periapical', teeth: ['11'] }),
  ])
  expect(Object.fromEntries(found)).toMatchObject({
    pan: { cell: 1 },
    right: { cell: 2 },
    left: { why: 'rival', cell: 5 },
    side: { why: 'rival', cell: 5 },
    profile: { cell: 6 },
    cheek: { cell: 7 },
    tongue: { why: 'view' },
    film: { why: 'kind' },
  })
})

test('cells are added, changed, moved between rows and taken away, and no row stays empty', () => {
  const first = addCell([], null)
  expect(first).toEqual({ rows: [[free('lying')]], at: { row: 0, place: 0 } })
  const at = { row: 0, place: 0 }
  const standing = changeCell(first.rows, at, free('standing'))
  const two = addCell(standing.rows, at)
  expect(two.rows).toEqual([[free('standing'), free('standing')]])
  const lying = changeCell(two.rows, { row: 0, place: 1 }, free('lying'))
  const below = addRow(lying.rows, at)
  expect(below.at).toEqual({ row: 1, place: 0 })

  const across = moveCell(lying.rows, at, { across: 1, down: 0 })
  expect(across).toEqual({ rows: [[free('lying'), free('standing')]], at: { row: 0, place: 1 } })
  expect(moveCell(across.rows, { row: 0, place: 1 }, { across: 1, down: 0 }).rows).toEqual(across.rows)
  // beyond the last row there is one more, but not for a cell that is alone in it
  const down = moveCell(across.rows, { row: 0, place: 1 }, { across: 0, down: 1 })
  expect(down).toEqual({ rows: [[free('lying')], [free('standing')]], at: { row: 1, place: 0 } })
  expect(moveCell(down.rows, { row: 1, place: 0 }, { across: 0, down: 1 }).rows).toEqual(down.rows)
  expect(moveCell(down.rows, { row: 0, place: 0 }, { across: 0, down: 1 })).toEqual({
    rows: [[free('lying'), free('standing')]],
    at: { row: 0, place: 0 },
  })
  expect(moveCell(down.rows, { row: 1, place: 0 }, { across: 0, down: -1 }).rows).toEqual([
    [free('standing'), free('lying')],
  ])
  expect(moveCell(across.rows, { row: 0, place: 0 }, { across: 0, down: -1 })).toEqual({
    rows: [[free('lying')], [free('standing')]],
    at: { row: 0, place: 0 },
  })

  expect(removeCell(down.rows, { row: 1, place: 0 })).toEqual({
    rows: [[free('lying')]],
    at: { row: 0, place: 0 },
  })
  expect(removeCell([[free('lying')]], at)).toEqual({ rows: [], at: null })
})
