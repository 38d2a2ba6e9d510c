import { expect, test } from 'vitest'
import { codedMirror, codedView } from './coded-view.ts'
import { orthodonticViews } from './photograph-views.ts'

const sequence = (...codes: string[]) => ({
  vr: 'SQ',
  Value: codes.map((code) => ({ '00080100': { vr: 'SH', Value: [code] } })),
})
const context = (...items: [concept: string, value: string][]) => ({
  vr: 'SQ',
  Value: items.map(([concept, value]) => ({ '0040A043': sequence(concept), '0040A168': sequence(value) })),
})
const [rightLateral, leftLateral, frontal, oblique] = ['399198007', '399173006', '399033003', '260454004']
const [face, mouth, cheek] = ['89545001', '74262004', '261063000']
const [right, left, mirror] = ['24028007', '7771000', '47162009']
const [occlusion, lips, observable] = ['25272006', '1336027007', '363787002']
const [centric, relation] = ['110320000', '736783005']

type Coded = {
  view: string
  structure: string
  side?: string
  region?: string
  modifiers?: readonly string[]
  device?: string
  said: readonly (readonly [concept: string, value: string])[]
}

test('there are the 73 views of the standard, each once', () => {
  const keywords = orthodonticViews.map(({ keyword }) => keyword).sort()
  const all = (letters: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${letters}${String(index + 1).padStart(2, '0')}`)
  expect(keywords).toEqual([...all('EV', 43), ...all('IV', 30)])
  const meanings = orthodonticViews.map(({ subject, states, mirror }) =>
    [subject, states.join(), mirror].join(),
  )
  expect(new Set(meanings).size).toBe(73)
})

test.each([
  [
    'IV19',
    {
      view: leftLateral,
      structure: cheek,
      side: left,
      modifiers: ['789135000'],
      device: mirror,
      said: [[occlusion, centric]],
    },
  ],
  ['IV04', { view: rightLateral, structure: cheek, side: right, said: [[occlusion, relation]] }],
  [
    'IV13',
    {
      view: frontal,
      structure: mouth,
      said: [
        [observable, '110343009'],
        [occlusion, centric],
      ],
    },
  ],
  ['IV10', { view: frontal, structure: mouth, said: [[lips, '262016004']] }],
  ['IV15', { view: rightLateral, structure: mouth, side: right, said: [[occlusion, relation]] }],
  [
    'EV11',
    {
      view: oblique,
      structure: face,
      region: right,
      said: [
        [lips, '1336029003'],
        [occlusion, relation],
      ],
    },
  ],
  [
    'EV35',
    {
      view: oblique,
      structure: face,
      region: left,
      said: [
        [lips, '225583004'],
        [lips, '1336026005'],
      ],
    },
  ],
  ['EV21', { view: frontal, structure: face, said: [[lips, '1336026005']] }],
  ['EV43', { view: frontal, structure: face, said: [[observable, '193093009']] }],
  // a face at 45° of which nothing says to which side; smiling with closed lips
  [null, { view: oblique, structure: face, said: [[lips, '1336029003']] }],
  [
    null,
    {
      view: frontal,
      structure: face,
      said: [
        [lips, '1336029003'],
        [lips, '225583004'],
      ],
    },
  ],
  // whether it was corrected is not said: the view is known, the keyword is not
  [null, { view: '260499007', structure: '39481002', said: [[lips, '262016004']] }],
] as const)('%s is known by its codes', (keyword, coded) => {
  const part: Coded = coded
  const found = codedView({
    '00540220': sequence(part.view),
    '00082228': sequence(part.structure),
    ...(part.side ? { '00082230': sequence(part.side) } : {}),
    ...(part.region ? { '00082220': sequence(part.region) } : {}),
    ...(part.modifiers ? { '00540222': sequence(...part.modifiers) } : {}),
    ...(part.device ? { '00500010': sequence(part.device) } : {}),
    '00400555': context(...part.said.map(([concept, value]): [string, string] => [concept, value])),
  })
  expect(found?.keyword ?? null).toBe(keyword)
})

test('codes that are names of what every object has are no codes', () => {
  for (const code of ['constructor', 'toString', '__proto__'])
    expect(codedMirror({ '00540222': sequence(code) })).toBeNull()
})
