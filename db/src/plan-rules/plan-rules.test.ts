import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  feeCentsMax,
  allTeeth,
  archOf,
  canonicalJson,
  chartRows,
  comparePlans,
  isDeciduous,
  itemStates,
  mergePlans,
  nextItemStates,
  planItems,
  planTotals,
  quadrantOf,
  readCatalogue,
  readCents,
  readPercent,
  readTooth,
  sameNumber,
  sortSurfaces,
  starterCatalogue,
  surfaceOfLetter,
  surfaces,
  teethBetween,
  toothNotations,
  writeTooth,
  type Discount,
  type PlanContent,
  type PlanItem,
  type Tax,
} from './index.ts'
import { planItem, planOf } from '../testing/plan-content.ts'
import { roundHalfUp } from './plan-totals.ts'

const [, ...toothRows] = (await readFile(join(import.meta.dirname, 'teeth.csv'), 'utf8')).trim().split('\n')
const table = toothRows.map((row) => {
  const [fdi = '', universal = '', palmer = '', dentition = '', arch = '', side = ''] = row.split(',')
  return { fdi, universal, palmer, dentition, arch, side }
})

test('what browsers run imports nothing but its own files', async () => {
  const files = (await readdir(import.meta.dirname)).filter((name) => /(?<!\.test)\.ts$/.test(name))
  expect(files.length).toBeGreaterThan(8)
  for (const name of files) {
    const source = await readFile(join(import.meta.dirname, name), 'utf8')
    const imported = [...source.matchAll(/from '([^']+)'/g)].map(([, from = '']) => from)
    for (const from of imported) expect(files).toContain(from.replace('./', ''))
  }
})

describe('teeth', () => {
  test('every tooth is written as the table of the three notations says, and read again', () => {
    expect(allTeeth.toSorted()).toEqual(table.map(({ fdi }) => fdi).toSorted())
    for (const { fdi, universal, palmer, dentition, arch, side } of table) {
      expect([writeTooth(fdi, 'universal'), writeTooth(fdi, 'palmer')]).toEqual([universal, palmer])
      expect(isDeciduous(fdi)).toBe(dentition === 'deciduous')
      expect(archOf(fdi)).toBe(arch === 'maxillary' ? 'upper' : 'lower')
      expect([1, 4].includes(quadrantOf(fdi))).toBe(side === 'right')
    }
    fc.assert(
      fc.property(fc.constantFrom(...allTeeth), fc.constantFrom(...toothNotations), (tooth, notation) => {
        expect(readTooth(` ${writeTooth(tooth, notation).toLowerCase()} `, notation)).toBe(tooth)
      }),
    )
  })

  test('what is no tooth is none in any notation', () => {
    for (const notation of toothNotations)
      for (const word of ['', '0', '19A', '56', '33x', 'UR9', 'ULF', 'Z'])
        expect(readTooth(word, notation)).toBeNull()
  })

  test('a range runs along the rows of the chart, whichever end is named first', () => {
    expect(teethBetween('13', '21', 'permanent')).toEqual(['13', '12', '11', '21'])
    fc.assert(
      fc.property(fc.constantFrom(...allTeeth), fc.constantFrom(...allTeeth), (a, b) => {
        const range = teethBetween(a, b, 'mixed')
        expect(range).toEqual(teethBetween(b, a, 'mixed'))
        expect([range[0], range.at(-1)].toSorted()).toEqual([a, b].toSorted())
      }),
    )
    expect(chartRows('mixed').flatMap(({ teeth }) => teeth)).toHaveLength(52)
  })

  test('surfaces are written in one order, from whatever letter either language has for them', () => {
    expect(sortSurfaces(['D', 'O', 'M', 'O']).join('')).toBe('MOD')
    expect(['v', 'b', 'F', 'i', 'o', 'p', 'l', 'm', 'd', 'x'].map(surfaceOfLetter).join()).toBe(
      'B,B,B,O,O,L,L,M,D,',
    )
    for (const surface of surfaces) expect(surfaceOfLetter(surface)).toBe(surface)
  })
})

const quebec: Tax[] = [
  { id: 'gst', name: { en: 'GST', fr: 'TPS' }, ratePpm: 50_000 },
  { id: 'qst', name: { en: 'QST', fr: 'TVQ' }, ratePpm: 99_750 },
]
const inQuebec = { taxes: quebec, currency: 'CAD' }
const discount: fc.Arbitrary<Discount> = fc.oneof(
  fc.constant<Discount>({ kind: 'none' }),
  fc.record({ kind: fc.constant('percent' as const), hundredths: fc.integer({ min: 0, max: 10_000 }) }),
  fc.record({ kind: fc.constant('amount' as const), cents: fc.integer({ min: 0, max: 500_000 }) }),
)
let made = 0
const item: fc.Arbitrary<PlanItem> = fc.record({
  id: fc.constant('').map(() => `i${++made}`),
  procedureId: fc.constant(null),
  code: fc.constant('X'),
  name: fc.constant({ en: 'Filling', fr: 'Obturation' }),
  site: fc
    .subarray([...allTeeth], { minLength: 1, maxLength: 6 })
    .map((teeth) => ({ kind: 'teeth' as const, teeth, surfaces: {} })),
  per: fc.constantFrom('item' as const, 'tooth' as const),
  feeCents: fc.integer({ min: 0, max: 10_000_000 }),
  discount,
  taxIds: fc.subarray(['gst', 'qst']),
  providerId: fc.constant(null),
  priority: fc.constantFrom(1 as const, 2 as const, 3 as const),
  note: fc.string({ maxLength: 8 }),
  images: fc.constant([]),
})
const content: fc.Arbitrary<PlanContent> = fc.record({
  title: fc.string({ maxLength: 8 }),
  note: fc.string({ maxLength: 8 }),
  currency: fc.constant('CAD'),
  taxes: fc.constant(quebec),
  discount,
  phases: fc.array(
    fc.record({
      id: fc.constant('').map(() => `p${++made}`),
      title: fc.constant('Phase'),
      visits: fc.array(
        fc.record({
          id: fc.constant('').map(() => `v${++made}`),
          title: fc.constant(''),
          items: fc.array(item, { maxLength: 5 }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 3 },
  ),
})

describe('amounts', () => {
  test('halves are rounded up, and nothing else is changed', () => {
    expect([roundHalfUp(5, 2), roundHalfUp(4, 3), roundHalfUp(5, 3), roundHalfUp(0, 7)]).toEqual([3, 1, 2, 0])
  })

  // Revenu Québec: both taxes are taken of the same base, 14.975 % together
  test('a whitening of 300 $ costs 344.93 $ with both taxes, and a filling none', () => {
    const plan = onePlan([
      { ...plain('a', 30_000), taxIds: ['gst', 'qst'] },
      { ...plain('b', 22_500), taxIds: [] },
    ])
    expect(planTotals(plan).plan).toEqual({
      gross: 52_500,
      discount: 0,
      net: 52_500,
      taxes: { gst: 1500, qst: 2993 },
      total: 56_993,
    })
  })

  test('what is shown always adds up: items to visits, visits to phases, phases to the plan, taxes to the total', () => {
    fc.assert(
      fc.property(content, (plan) => {
        const { items, visits, phases, plan: whole } = planTotals(plan)
        const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0)
        for (const visit of plan.phases.flatMap((phase) => phase.visits)) {
          const shown = visits[visit.id]
          expect(shown?.net).toBe(sum(visit.items.map(({ id }) => items[id]?.net ?? NaN)))
          expect(shown?.total).toBe((shown?.net ?? NaN) + sum(Object.values(shown?.taxes ?? {})))
        }
        for (const phase of plan.phases)
          expect(phases[phase.id]?.total).toBe(sum(phase.visits.map(({ id }) => visits[id]?.total ?? NaN)))
        expect(whole.total).toBe(sum(plan.phases.map(({ id }) => phases[id]?.total ?? NaN)))
        expect(whole.gross - whole.discount).toBe(whole.net)
        for (const amounts of Object.values(items)) {
          expect(amounts.net).toBeGreaterThanOrEqual(0)
          expect(amounts.discount).toBeGreaterThanOrEqual(0)
          expect(Number.isSafeInteger(amounts.net)).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('a discount on the plan takes exactly what it says, to the cent, shared over the items', () => {
    fc.assert(
      fc.property(content, fc.integer({ min: 0, max: 500_000 }), (plan, cents) => {
        const without = planTotals({ ...plan, discount: { kind: 'none' } }).plan
        const withIt = planTotals({ ...plan, discount: { kind: 'amount', cents } }).plan
        expect(without.net - withIt.net).toBe(Math.min(cents, without.net))
      }),
      { numRuns: 60 },
    )
  })

  test('amounts are read as either language writes them, and nothing else is', () => {
    const hundredths = (texts: string[]) => texts.map((text) => readPercent(text, 2))
    expect(hundredths(['12,5 %', '12.5', '0', '100', '7,25'])).toEqual([1250, 1250, 0, 10_000, 725])
    expect(hundredths(['', '-1', '101', '100.01', '1,234', 'x', '%'])).toEqual(Array(7).fill(null))
    const read = ['1 234,50 $', '$1,234.50', '1234.5', '1\u202f234,50', '0', '12', '1.234,50'].map((text) =>
      readCents(text, 'CAD'),
    )
    expect(read).toEqual([123_450, 123_450, 123_450, 123_450, 0, 1200, 123_450])
    const bad = ['', '-5', '1.2.3', 'abc', '12,34,56', '999999999', '1.234']
    expect(bad.map((text) => readCents(text, 'CAD'))).toEqual([null, null, null, null, null, null, 123_400])
  })

  test('amounts have the decimals of their currency, and keep their numbers where that changes', () => {
    const francs = ['1 500', '1.500', '1500,00', '1500,50', '12 F'].map((text) => readCents(text, 'XOF'))
    expect(francs).toEqual([1500, 1500, 1500, null, null])
    const dinars = ['1,250', '1 250,5', '1.250,500', '12', '1,2505'].map((text) => readCents(text, 'TND'))
    expect(dinars).toEqual([1250, 1_250_500, 1_250_500, 12_000, null])
    expect(readCents('12,50 €', 'EUR')).toBe(1250)
    expect(sameNumber(16_550, { from: 'CAD', to: 'XOF' })).toBe(166)
    expect(sameNumber(166, { from: 'XOF', to: 'CAD' })).toBe(16_600)
    expect(sameNumber(9_000_000, { from: 'CAD', to: 'TND' })).toBe(feeCentsMax)
  })

  test('a tax has a rate, with four decimals at most', () => {
    const millionths = (texts: string[]) => texts.map((text) => readPercent(text, 4))
    expect(millionths(['5 %', '9,975', '9.975 %', '0', '100'])).toEqual([
      50_000, 99_750, 99_750, 0, 1_000_000,
    ])
    expect(millionths(['', ' ', '-5', '101', '1e1', '9,97555', '%'])).toEqual(Array(7).fill(null))
  })
})

describe('two people at one plan', () => {
  const base = onePlan([plain('a', 100), plain('b', 200)])
  const change = (plan: PlanContent, id: string, patch: Partial<PlanItem>): PlanContent => ({
    ...plan,
    phases: plan.phases.map((phase) => ({
      ...phase,
      visits: phase.visits.map((visit) => ({
        ...visit,
        items: visit.items.map((each) => (each.id === id ? { ...each, ...patch } : each)),
      })),
    })),
  })
  const items = (plan: PlanContent) => planItems(plan).map(({ id }) => id)

  test('changes of different things, even of one item, come together without a question', () => {
    const ours = { ...change(base, 'a', { note: 'ours' }), title: 'Our title' }
    const theirs = change(base, 'a', { feeCents: 5 })
    const { content: merged, conflicts } = mergePlans(base, ours, theirs)
    expect(conflicts).toEqual([])
    expect(merged).toMatchObject({ title: 'Our title' })
    expect(planItems(merged)[0]).toMatchObject({ note: 'ours', feeCents: 5 })
  })

  test('of the same text theirs stands, and ours is told: nothing is lost', () => {
    const { content: merged, conflicts } = mergePlans(
      base,
      change(base, 'a', { note: 'ours' }),
      change(base, 'a', { note: 'theirs' }),
    )
    expect(planItems(merged)[0]?.note).toBe('theirs')
    expect(conflicts).toEqual([
      { itemId: 'a', phaseId: null, visitId: null, field: 'note', ours: 'ours', theirs: 'theirs' },
    ])
  })

  test('what both added is there, and what one removed while the other changed it stays', () => {
    const ours = onePlan([plain('a', 100), plain('c', 1), plain('b', 200)])
    const theirs = onePlan([plain('d', 1), plain('a', 7)])
    expect(items(mergePlans(base, ours, theirs).content)).toEqual(['d', 'a', 'c'])
    expect(items(mergePlans(base, onePlan([]), change(base, 'b', { note: 'new' })).content)).toEqual(['b'])
    expect(items(mergePlans(base, change(base, 'b', { note: 'new' }), onePlan([])).content)).toEqual(['b'])
  })

  test('a phase that one removed stays for what the other put into it', () => {
    const two: PlanContent = {
      ...base,
      phases: [...base.phases, { id: 'p2', title: 'Later', visits: [{ id: 'v2', title: '', items: [] }] }],
    }
    const theirs = { ...two, phases: two.phases.slice(0, 1) }
    const ours = structuredClone(two)
    ours.phases[1]?.visits[0]?.items.push(plain('x', 3))
    const { content: merged } = mergePlans(two, ours, theirs)
    expect(merged.phases[1]?.visits[0]?.items.map(({ id }) => id)).toEqual(['x'])
  })

  test('whatever they do, what one alone wrote arrives, and what nobody changed stays as it was', () => {
    fc.assert(
      fc.property(
        content,
        fc.array(item, { maxLength: 3 }),
        fc.string({ minLength: 1 }),
        (plan, added, text) => {
          const ours = structuredClone(plan)
          ours.phases[0]?.visits[0]?.items.push(...added)
          const theirs = { ...structuredClone(plan), note: `${plan.note}${text}` }
          theirs.phases.reverse()
          const { content: merged, conflicts } = mergePlans(plan, ours, theirs)
          expect(conflicts).toEqual([])
          expect(merged.note).toBe(theirs.note)
          expect(items(merged).toSorted()).toEqual([...items(plan), ...added.map(({ id }) => id)].toSorted())
          expect(merged.phases.map(({ id }) => id)).toEqual(theirs.phases.map(({ id }) => id))
          expect(mergePlans(plan, plan, theirs).content).toEqual(theirs)
          expect(mergePlans(plan, ours, plan).content).toEqual(ours)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('a difference names what was added, removed and changed, and a plan differs from itself in nothing', () => {
    const after = change(onePlan([plain('b', 200), plain('c', 1)]), 'b', { feeCents: 5, note: 'x' })
    const difference = comparePlans(base, after)
    expect(difference.added.map(({ id }) => id)).toEqual(['c'])
    expect(difference.removed.map(({ id }) => id)).toEqual(['a'])
    expect(difference.changed.map(({ what }) => what)).toEqual([['fee', 'note']])
    expect(comparePlans(after, after)).toMatchObject({ added: [], removed: [], changed: [], title: false })
  })
})

test('canonical text is the same whatever the order of keys, and refuses what would not be exact', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'é"' }], a: true })).toBe(
    '{"a":true,"b":[1,{"c":"é\\"","d":null}]}',
  )
  expect(() => canonicalJson({ a: 0.1 })).toThrow(TypeError)
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.maxSafeInteger())), (value) => {
      const turned = Object.fromEntries(Object.entries(value).toReversed())
      expect(canonicalJson(turned)).toBe(canonicalJson(value))
      expect(JSON.parse(canonicalJson(value))).toEqual({ ...value })
    }),
  )
})

test('every step of an item can be taken back', () => {
  for (const state of itemStates) {
    expect(nextItemStates(state)).not.toContain(state)
    for (const next of nextItemStates(state)) {
      const back = new Set([next])
      for (const each of back) for (const further of nextItemStates(each)) back.add(further)
      expect(back).toContain(state)
    }
  }
})

describe('a catalogue', () => {
  test('the one that is shipped has each code once, both languages, and no code of five digits', () => {
    const codes = starterCatalogue.map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
    for (const { code, name } of starterCatalogue) {
      expect(name.en).not.toBe('')
      expect(name.fr).not.toBe('')
      expect(code).toMatch(/^[A-Z]{2}-\d$/)
    }
  })

  test('is read from what a French spreadsheet writes, with quotes, semicolons and decimal commas', () => {
    const text =
      '\uFEFFCode;Nom FR;Catégorie;Site;Par;Tarif;Taxes\r\n' +
      'A1;"Couronne; ""or""";Prothèse;dents;dent;1 250,00 $;\r\n\r\n' +
      'A2;Blanchiment;autre;arcade;acte;300;TPS + TVQ\r\n'
    expect(readCatalogue(text, inQuebec)).toEqual({
      problems: [],
      procedures: [
        {
          line: 2,
          procedure: {
            code: 'A1',
            name: { en: 'Couronne; "or"', fr: 'Couronne; "or"' },
            category: 'prosthetics',
            site: 'teeth',
            per: 'tooth',
            feeCents: 125_000,
            taxIds: [],
          },
        },
        {
          line: 4,
          procedure: {
            code: 'A2',
            name: { en: 'Blanchiment', fr: 'Blanchiment' },
            category: 'other',
            site: 'arch',
            per: 'item',
            feeCents: 30_000,
            taxIds: ['gst', 'qst'],
          },
        },
      ],
    })
  })

  test('tells each problem with its line and column, and takes the other lines', () => {
    const text =
      'code,name_en,site,fee,taxes\n' +
      ',Crown,teeth,10,\n' +
      'A,Crown,wrist,ten,GST\n' +
      'B,Crown,teeth,10,PST\n' +
      'C,Crown,teeth,10,\n' +
      'c,,teeth,,\n'
    const { procedures, problems } = readCatalogue(text, inQuebec)
    expect(procedures.map(({ line }) => line)).toEqual([5])
    expect(problems.map(({ line, column, problem }) => `${line} ${column} ${problem}`)).toEqual([
      '2 code missing',
      '3 fee not-an-amount',
      '3 site unknown',
      '4 taxes unknown',
      '6 code twice',
      '6 name_en missing',
      '6 fee missing',
    ])
    expect(readCatalogue('code,name_en\nA,B', inQuebec).problems).toEqual([
      { line: 1, column: 'fee', problem: 'column-missing', value: '' },
    ])
    expect(readCatalogue('', inQuebec).problems).toHaveLength(3)
  })
})

function plain(id: string, feeCents: number): PlanItem {
  return planItem({ id, feeCents })
}

function onePlan(items: PlanItem[]): PlanContent {
  return planOf(items, {
    title: 'Plan',
    taxes: quebec,
    phases: [{ id: 'p', title: 'Phase', visits: [{ id: 'v', title: '', items }] }],
  })
}
