import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addOffset,
  comparePlans,
  mergePlans,
  milestoneDays,
  nextMilestone,
  planItems,
  planOfTemplate,
  readCatalogue,
  templateOf,
  type MilestoneOffset,
  type PlanContent,
  type PlanMilestone,
} from './index.ts'
import { planItem, planOf } from '../testing/plan-content.ts'
import { readMilestones } from './read-milestones.ts'

const step = (id: string, count: number | null, unit: MilestoneOffset['unit'] = 'day'): PlanMilestone => ({
  id,
  name: { en: id, fr: id },
  after: count === null ? null : { count, unit },
})
const implant = [
  step('surgery', 0),
  step('healing', 3, 'month'),
  step('abutment', 2, 'week'),
  step('crown', 1, 'week'),
]
const expected = (days: ReturnType<typeof milestoneDays>) =>
  implant.map(({ id }) => days[id]?.expected ?? null)

test('an offset counts calendar days, whatever the clock does, and months end where they end', () => {
  expect(addOffset('2026-11-22', { count: 10, unit: 'day' })).toBe('2026-12-02')
  expect(addOffset('2026-03-01', { count: 2, unit: 'week' })).toBe('2026-03-15') // clocks go forward on the 8th
  expect(addOffset('2026-11-30', { count: 3, unit: 'month' })).toBe('2027-02-28')
  expect(addOffset('2027-11-30', { count: 3, unit: 'month' })).toBe('2028-02-29')
  expect(addOffset('2026-11-22', { count: 14, unit: 'month' })).toBe('2028-01-22')
  const day = fc.date({ min: new Date('1990-01-01'), max: new Date('2150-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(day, fc.nat(999), fc.constantFrom('day', 'week', 'month'), (from, count, unit) => {
      const iso = from.toISOString().slice(0, 10)
      const after = addOffset(iso, { count, unit })
      expect(after >= iso).toBe(true)
      if (unit !== 'month')
        expect((Date.parse(after) - Date.parse(iso)) / 86_400_000).toBe(count * (unit === 'week' ? 7 : 1))
      else
        expect((Number(after.slice(0, 4)) - Number(iso.slice(0, 4))) * 12 + Number(after.slice(5, 7))).toBe(
          Number(iso.slice(5, 7)) + count,
        )
    }),
  )
})

describe('days of milestones', () => {
  const booked = { state: 'scheduled', day: '2026-12-01' } as const

  test('each is expected after the one before it, the first after the day of its item', () => {
    expect(expected(milestoneDays(implant, booked, {}))).toEqual([
      '2026-12-01',
      '2027-03-01',
      '2027-03-15',
      '2027-03-22',
    ])
    for (const standing of [
      undefined,
      { state: 'proposed' as const, day: null },
      { state: 'accepted' as const, day: null },
    ])
      expect(expected(milestoneDays(implant, standing, {}))).toEqual([null, null, null, null])
    // the day of what is done is that of its end
    expect(expected(milestoneDays(implant, { state: 'done', day: '2027-05-01' }, {}))).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  test('what is late makes late what follows; a day that somebody set stands', () => {
    const noted = {
      surgery: { expected: '2026-12-01', actual: '2026-12-10' },
      abutment: { expected: '2027-04-01', actual: null },
    }
    const days = milestoneDays(implant, { state: 'in-progress', day: '2026-12-10' }, noted)
    expect(expected(days)).toEqual(['2026-12-01', '2027-03-10', '2027-04-01', '2027-04-08'])
    expect(days['surgery']?.actual).toBe('2026-12-10')
    // reached on a day that nobody expected it on: it was neither late nor as expected
    const unbooked = { surgery: { expected: null, actual: '2026-12-10' } }
    const begun = milestoneDays(implant, { state: 'in-progress', day: '2026-12-10' }, unbooked)
    expect(begun['surgery']).toEqual({ expected: null, actual: '2026-12-10' })
  })

  test('after one that nobody gave a day no day is known until it is reached', () => {
    const unsure = [step('surgery', 0), step('healing', null), step('crown', 1, 'week')]
    const days = milestoneDays(unsure, booked, {})
    expect([days['healing']?.expected, days['crown']?.expected]).toEqual([null, null])
    const healed = milestoneDays(unsure, booked, { healing: { expected: null, actual: '2027-01-04' } })
    expect(healed['crown']?.expected).toBe('2027-01-11')
  })

  test('an item under way waits for what follows the last that was reached, and one that is not waits for nothing', () => {
    const next = (state: 'accepted' | 'done' | 'declined' | 'in-progress', ...reached: string[]) =>
      nextMilestone(
        implant,
        { state, day: '2026-12-01' },
        Object.fromEntries(reached.map((id) => [id, { expected: null, actual: '2026-12-02' }])),
      )
    expect(next('accepted')?.milestone.id).toBe('surgery')
    expect(next('in-progress', 'surgery')).toMatchObject({
      milestone: { id: 'healing' },
      expected: '2027-03-02',
    })
    // healing was passed over
    expect(next('in-progress', 'surgery', 'abutment')?.milestone.id).toBe('crown')
    expect(next('in-progress', 'crown')).toBeNull()
    expect([next('done'), next('declined'), nextMilestone(implant, undefined, {})]).toEqual([
      null,
      null,
      null,
    ])
  })
})

const inOneVisit = planOf([planItem({ id: 'i' })])
function planWith(milestones?: PlanMilestone[]): PlanContent {
  const plan = structuredClone(inOneVisit)
  const [item] = planItems(plan)
  if (item && milestones) item.milestones = milestones
  return plan
}
const itemOf = (plan: PlanContent) => planItems(plan)[0]

test('a version differs from another by a name, an offset, the order of milestones, and by none at all', () => {
  const what = (after: PlanContent) =>
    comparePlans(planWith(implant), after).changed.flatMap((each) => each.what)
  expect(what(planWith(implant))).toEqual([])
  for (const other of [
    implant.map((each) => (each.id === 'crown' ? { ...each, name: { en: 'Crown', fr: 'Couronne' } } : each)),
    implant.map((each) => (each.id === 'healing' ? step('healing', 4, 'month') : each)),
    implant.toReversed(),
    undefined,
  ])
    expect(what(planWith(other))).toEqual(['milestones'])
})

test('two who write on one plan: the milestones of one come in, of two theirs stand and ours are told', () => {
  const [base, ours] = [planWith(), planWith(implant)]
  const note = structuredClone(base)
  const [first] = note.phases[0]?.visits[0]?.items ?? []
  if (first) first.note = 'theirs'
  const merged = mergePlans(base, ours, note)
  expect(merged.conflicts).toEqual([])
  expect(itemOf(merged.content)).toMatchObject({ note: 'theirs', milestones: implant })
  // what was taken out is absent, not empty: it would be signed otherwise
  expect(itemOf(mergePlans(ours, base, ours).content)).not.toHaveProperty('milestones')
  const both = mergePlans(base, ours, planWith(implant.slice(0, 2)))
  expect(itemOf(both.content)?.milestones).toEqual(implant.slice(0, 2))
  expect(both.conflicts).toMatchObject([{ itemId: 'i', field: 'milestones', ours: implant }])
})

test('a template keeps the steps of its procedures, and a plan of it has them anew', () => {
  const plan = planOfTemplate(templateOf(planWith(implant)), { currency: 'CAD', taxes: [], catalogue: [] })
  const made = itemOf(plan)?.milestones ?? []
  expect(made.map(({ name, after }) => ({ name, after }))).toEqual(
    implant.map(({ name, after }) => ({ name, after })),
  )
  const ids = new Set(implant.map(({ id }) => id))
  expect(made.some(({ id }) => ids.has(id))).toBe(false)
})

test('milestones are read from a table in either language, and what is no list of them is told', () => {
  expect(
    readMilestones(
      'Surgery +0; Healing +3 m; Crown +2 weeks; Thanks',
      'Chirurgie +0; Guérison + 3 mois; Couronne +2 sem.; Merci',
    ),
  ).toEqual([
    { name: { en: 'Surgery', fr: 'Chirurgie' }, after: { count: 0, unit: 'day' } },
    { name: { en: 'Healing', fr: 'Guérison' }, after: { count: 3, unit: 'month' } },
    { name: { en: 'Crown', fr: 'Couronne' }, after: { count: 2, unit: 'week' } },
    { name: { en: 'Thanks', fr: 'Merci' }, after: null },
  ])
  expect(readMilestones('', '')).toEqual([])
  const bad: [string, string][] = [
    ['Surgery +0', 'Chirurgie +0; Guérison +3 m'],
    ['Surgery +0', 'Chirurgie +1'],
    ['Healing +3 years', 'Guérison +3 ans'],
    [Array.from({ length: 13 }, () => 'x').join(';'), ''],
    ['+3', '+3'],
  ]
  for (const [en, fr] of bad) expect(readMilestones(en, fr || en)).toBeNull()

  const inQuebec = { taxes: [], currency: 'CAD' }
  const table =
    'code,name_en,fee,milestones\nA,Implant,10,Surgery +0\nB,Crown,10,Placed +3 years\nC,Filling,10,\n'
  const { procedures, problems } = readCatalogue(table, inQuebec)
  expect(procedures.map(({ procedure }) => procedure.milestones)).toEqual([
    [{ name: { en: 'Surgery', fr: 'Surgery' }, after: { count: 0, unit: 'day' } }],
    [],
  ])
  expect(problems).toMatchObject([{ line: 3, column: 'milestones_en', problem: 'not-milestones' }])
  // a table of fees leaves the milestones alone
  expect(
    readCatalogue('code,name_en,fee\nA,Implant,10\n', inQuebec).procedures[0]?.procedure,
  ).not.toHaveProperty('milestones')
})
