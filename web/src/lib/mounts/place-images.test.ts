import { describe, expect, test } from 'vitest'
import { imageView } from './image-view.ts'
import type { PhotographView } from '#lib/orthodontics/photograph-views.ts'
import { mountLayouts, type Awaited } from './mount-templates.ts'
import { placeImages, type Placeable } from './place-images.ts'

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
const idealOf = (id: string, awaits: Awaited) =>
  awaits.kind === 'photograph'
    ? image(id, { kind: 'photograph', keyword: awaits.view })
    : image(id, {
        kind: awaits.kind === 'free' ? 'other' : awaits.kind,
        teeth: 'teeth' in awaits ? awaits.teeth : [],
      })

describe.each([
  'full-mouth-18',
  'bitewings-4',
  'bitewings-2',
  'photographs-8',
  'orthodontic-records',
] as const)('%s', (template) => {
  const { cells, width, height } = mountLayouts[template]

  test('every cell is found by the image that it waits for, and all of them at once', () => {
    const ideal = cells.map(({ number, awaits }) => idealOf(String(number), awaits))
    expect(placeImages(mountLayouts[template], ideal)).toEqual(
      new Map(cells.map(({ number }) => [String(number), { cell: number }])),
    )
    for (const each of ideal)
      expect(placeImages(mountLayouts[template], [each])).toEqual(
        new Map([[each.id, { cell: Number(each.id) }]]),
      )
  })

  test('cells lie within the layout, each in a place of its own, numbered without a gap', () => {
    expect(cells.map(({ number }) => number)).toEqual(cells.map((_, index) => index + 1))
    for (const cell of cells) {
      expect(cell.x + cell.width).toBeLessThanOrEqual(width + 1e-9)
      expect(cell.y + cell.height).toBeLessThanOrEqual(height + 1e-9)
      const over = cells.filter(
        (other) =>
          other !== cell &&
          other.x < cell.x + cell.width - 1e-9 &&
          cell.x < other.x + other.width - 1e-9 &&
          other.y < cell.y + cell.height - 1e-9 &&
          cell.y < other.y + other.height - 1e-9,
      )
      expect(over).toEqual([])
    }
  })

  test("the patient's right is at the left", () => {
    for (const { x, width: wide, awaits } of cells) {
      if (!('teeth' in awaits)) continue
      const quadrants = new Set(awaits.teeth.map((tooth) => tooth.charAt(0)))
      const middle = x + wide / 2
      if ([...quadrants].every((each) => '14'.includes(each))) expect(middle).toBeLessThan(width / 2)
      else if ([...quadrants].every((each) => '23'.includes(each))) expect(middle).toBeGreaterThan(width / 2)
      else expect(middle).toBeCloseTo(width / 2, 1)
    }
  })
})

const why = (reason: string, cell: number | null = null) => ({ why: reason, cell })

// teeth as sensors' programs code them: whole crowns, and often one more on either side
test.each([
  [
    'bitewings-4',
    'molars, with the wisdom teeth',
    ['15', '16', '17', '18', '45', '46', '47', '48'],
    { cell: 1 },
  ],
  ['bitewings-4', 'premolars, with canines', ['23', '24', '25', '26', '33', '34', '35', '36'], { cell: 4 }],
  ['bitewings-4', 'a child: deciduous molars', ['64', '65', '74', '75'], { cell: 4 }],
  [
    'bitewings-4',
    'the whole side: molars or premolars?',
    ['14', '15', '16', '17', '44', '45', '46', '47'],
    why('between'),
  ],
  ['bitewings-4', 'front teeth', ['12', '11', '21', '22', '42', '41', '31', '32'], why('between')],
  ['bitewings-2', 'the whole side, a tooth missing', ['14', '16', '17', '44', '45', '46', '47'], { cell: 1 }],
  ['bitewings-2', 'premolars alone', ['24', '25', '34', '35'], { cell: 2 }],
  ['bitewings-2', 'front teeth', ['11', '21', '31', '41'], why('between')],
] as const)('%s: %s', (template, _, teeth, expected) => {
  expect(placeImages(mountLayouts[template], [image('a', { teeth })]).get('a')).toEqual(expected)
})

test.each([
  ['wisdom tooth', ['18'], { cell: 5 }],
  ['molars and a crown of the other jaw', ['26', '27', '28', '37'], { cell: 11 }],
  ['premolars, with the canine', ['33', '34', '35'], { cell: 8 }],
  ['canine alone', ['43'], { cell: 16 }],
  ['upper incisors', ['12', '11', '21', '22'], { cell: 14 }],
  ['deciduous incisors', ['81', '71'], { cell: 17 }],
  ['canine and premolar: either cell', ['13', '14'], why('between')],
  ['central and lateral: either cell', ['11', '12'], why('between')],
  ['both jaws', ['16', '46'], why('between')],
  ['no teeth', [], why('unknown')],
  ['what is no tooth', ['99', 'x'], why('unknown')],
] as const)('full-mouth-18: a periapical of %s', (_, teeth, expected) => {
  const found = placeImages(mountLayouts['full-mouth-18'], [image('a', { kind: 'periapical', teeth })])
  expect(found.get('a')).toEqual(expected)
})

// a layout of the practice's own need not have a cell for every tooth
test.each([
  ['bitewing', ['26', '36'], ['16', '46'], why('between')],
  ['bitewing', ['26', '36'], ['24', '25', '34', '35'], why('between')],
  ['bitewing', ['26', '36'], ['27', '28', '37', '38'], { cell: 1 }],
  ['periapical', ['11', '21'], ['12', '13'], why('between')],
  ['periapical', ['11', '21'], ['12', '11', '21', '22'], { cell: 1 }],
  ['periapical', ['46', '47'], ['48'], { cell: 1 }],
] as const)(
  'the only cell, a %s of %j, does not take what is elsewhere: %j',
  (kind, own, teeth, expected) => {
    const cell = { number: 1, x: 0, y: 0, width: 1, height: 1, awaits: { kind, teeth: own } }
    const layout = { width: 1, height: 1, rows: 1, cells: [cell] }
    expect(placeImages(layout, [image('a', { kind, teeth })]).get('a')).toEqual(expected)
  },
)

test('a bitewing and a periapical of the same teeth have cells of their own', () => {
  const teeth = ['16', '17']
  expect(
    placeImages(mountLayouts['full-mouth-18'], [
      image('b', { teeth }),
      image('p', { kind: 'periapical', teeth }),
    ]),
  ).toEqual(
    new Map([
      ['b', { cell: 1 }],
      ['p', { cell: 5 }],
    ]),
  )
})

test('two images with an equal right to a cell wait for a decision, and the others find theirs', () => {
  const retaken = [
    image('first', { teeth: ['16', '17', '46', '47'] }),
    image('again', { teeth: ['16', '17', '46'] }),
    image('other', { teeth: ['26', '27', '36', '37'] }),
  ]
  expect(placeImages(mountLayouts['bitewings-4'], retaken)).toEqual(
    new Map<string, unknown>([
      ['first', why('rival', 1)],
      ['again', why('rival', 1)],
      ['other', { cell: 3 }],
    ]),
  )
})

test('the side decides without teeth where a side has one cell, and never against them', () => {
  const left = image('a', { side: 'left' })
  expect(placeImages(mountLayouts['bitewings-2'], [left]).get('a')).toEqual({ cell: 2 })
  expect(placeImages(mountLayouts['bitewings-4'], [left]).get('a')).toEqual(why('unknown'))
  const contradicted = image('a', { side: 'left', teeth: ['16', '17', '46', '47'] })
  for (const template of ['bitewings-2', 'bitewings-4', 'full-mouth-18'] as const)
    expect(placeImages(mountLayouts[template], [contradicted]).get('a')).toEqual(why('sides'))
})

test('what a mount has no cell for stays out of it', () => {
  expect(placeImages(mountLayouts['bitewings-4'], [image('a', { kind: 'other' })]).get('a')).toEqual(
    why('unknown'),
  )
  expect(placeImages(mountLayouts['bitewings-4'], [image('a', { kind: 'panoramic' })]).get('a')).toEqual(
    why('kind'),
  )
  expect(
    placeImages(mountLayouts['bitewings-4'], [image('a', { kind: 'periapical', teeth: ['16'] })]).get('a'),
  ).toEqual(why('kind'))
  expect(placeImages(mountLayouts['photographs-8'], [image('a', { teeth: ['16'] })]).get('a')).toEqual(
    why('kind'),
  )
})

const code = (value: string) => ({ '00080100': { vr: 'SH', Value: [value] } })
const sequence = (...codes: string[]) => ({ vr: 'SQ', Value: codes.map(code) })
type Coded = {
  view: string
  structure: string
  side?: string
  context?: [string, string][]
  modifiers?: string[]
}
const occlusion = '25272006'
const condition = '123' // the concept's name matters for occlusion alone
/** As CP-1570 has them: modifiers within the view's item, sides within the structure's. */
const photograph = ({ view, structure, side, context = [], modifiers = [] }: Coded) => ({
  '00540220': { vr: 'SQ', Value: [{ ...code(view), '00540222': sequence(...modifiers) }] },
  '00082228': { vr: 'SQ', Value: [{ ...code(structure), ...(side ? { '00082230': sequence(side) } : {}) }] },
  '00400555': {
    vr: 'SQ',
    Value: context.map(([name, value]) => ({ '0040A043': sequence(name), '0040A168': sequence(value) })),
  },
})
const [frontal, rightLateral, leftLateral, occlusal] = ['399033003', '399198007', '399173006', '260499007']
const [face, mouth, cheek, upperArch, lowerArch] = [
  '89545001',
  '74262004',
  '261063000',
  '39481002',
  '88176008',
]
const [right, left] = ['24028007', '7771000']
const centric: [string, string] = [occlusion, '110320000']

test.each<[string, Coded, PhotographView | null]>([
  [
    'EV03',
    { view: rightLateral, structure: face, side: right, context: [[condition, '1336029003'], centric] },
    'EV03',
  ],
  ['EV03, lips as a modifier', { view: rightLateral, structure: face, modifiers: ['787607005'] }, 'EV03'],
  ['EV17', { view: frontal, structure: face, context: [[condition, '1336029003'], centric] }, 'EV17'],
  ['EV19', { view: frontal, structure: face, context: [[condition, '225583004'], centric] }, 'EV19'],
  ['IV01', { view: rightLateral, structure: cheek, side: right, context: [centric] }, 'IV01'],
  [
    'IV03, mirror corrected',
    { view: rightLateral, structure: cheek, side: right, modifiers: ['787610003'] },
    'IV01',
  ],
  ['IV07', { view: frontal, structure: mouth, context: [centric] }, 'IV07'],
  ['IV18', { view: leftLateral, structure: cheek, side: left, context: [centric] }, 'IV18'],
  [
    'IV25',
    { view: occlusal, structure: upperArch, modifiers: ['787610003'], context: [[condition, '262016004']] },
    'IV25',
  ],
  ['IV26, mirror not corrected', { view: occlusal, structure: lowerArch, modifiers: ['789135000'] }, 'IV27'],
  [
    'EV15: lips relaxed',
    { view: frontal, structure: face, context: [[condition, '1336028006'], centric] },
    null,
  ],
  [
    'a face of which nothing says how its lips are',
    { view: frontal, structure: face, context: [centric] },
    null,
  ],
  [
    'EV24: the left profile',
    { view: leftLateral, structure: face, context: [[condition, '1336029003']] },
    null,
  ],
  ['IV08: centric relation', { view: frontal, structure: mouth, context: [[occlusion, '736783005']] }, null],
  ['IV09: teeth apart', { view: frontal, structure: mouth, modifiers: ['789130005'] }, null],
  ['IV10: mouth open', { view: frontal, structure: mouth, context: [[condition, '262016004']] }, null],
  ['IV14: overjet', { view: rightLateral, structure: mouth, side: right, context: [centric] }, null],
  ['a right view of the left cheek', { view: rightLateral, structure: cheek, side: left }, null],
])('a photograph is what its codes say: %s', (_, coded, expected) => {
  expect(imageView(photograph(coded)).view).toBe(expected)
})

test('a photograph in a mirror that nobody turned back says so, wherever its modifier stands', () => {
  const mirrored = { view: occlusal, structure: upperArch, modifiers: ['789135000'] }
  expect(imageView(photograph(mirrored)).mirror).toBe('uncorrected')
  expect(imageView({ '00540222': sequence('789132002') }).mirror).toBe('uncorrected')
  expect(imageView(photograph({ ...mirrored, modifiers: ['787610003'] })).mirror).toBe('corrected')
})

test('the side of an X-ray is its laterality, the image’s before the series’', () => {
  const side = (image: string[], series: string[] = []) =>
    imageView({ '00200062': { vr: 'CS', Value: image }, '00200060': { vr: 'CS', Value: series } }).side
  expect([side(['R']), side(['L']), side(['B']), side([]), side([], ['L']), side(['R'], ['L'])]).toEqual([
    'right',
    'left',
    null,
    null,
    'left',
    'right',
  ])
  expect(imageView({ '00200062': 'R', '00540220': { Value: [null, 5] } })).toEqual({
    side: null,
    view: null,
    keyword: null,
    mirror: null,
    isAssigned: false,
  })
})
