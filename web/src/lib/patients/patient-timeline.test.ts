import type { Plan, PlanVersion, TreatmentCase } from '@bitewing/db'
import type { PlanItem } from '@bitewing/db/plan-rules'
import { planItem, planOf } from '@bitewing/db/testing/plan-content'
import { expect, test } from 'vitest'
import { allImages, isFiltered, isWanted } from './image-filter.ts'
import { milestoneEntries } from './milestone-entries.ts'
import { planEntries } from './plan-entries.ts'

const bitewing = { kind: 'bitewing', teeth: ['16', '17', '46'] } as const satisfies {
  kind: 'bitewing'
  teeth: string[]
}

test('images are those of a kind, of a tooth that they name, and of a year or a day of it', () => {
  const wants = (part: Partial<typeof allImages>, day: string | null = '2026-11-03') =>
    isWanted({ ...allImages, ...part }, bitewing, day)
  expect(isFiltered(allImages)).toBe(false)
  expect(wants({})).toBe(true)
  expect([wants({ kind: 'bitewing' }), wants({ kind: 'panoramic' })]).toEqual([true, false])
  expect([wants({ tooth: '17' }), wants({ tooth: '47' })]).toEqual([true, false])
  expect([wants({ date: '2026' }), wants({ date: '2026-11-03' }), wants({ date: '2025' })]).toEqual([
    true,
    true,
    false,
  ])
  expect([wants({ date: '2026' }, null), wants({ tooth: '16', date: '2025' })]).toEqual([false, false])
})

const itemOf = (id: string, part: Partial<PlanItem> = {}) => planItem({ ...part, id })
const versionOf = (id: string, items: PlanItem[], part: Partial<PlanVersion> = {}): PlanVersion => ({
  id,
  number: 1,
  state: 'draft',
  revision: 1,
  // already the next day in London
  changedAt: new Date('2026-03-02T02:00:00Z'),
  presentedAt: null,
  digest: null,
  signature: null,
  content: planOf(items),
  ...part,
})

test('a plan is on the timeline on the practice’s day of what last became of it, with what was accepted', () => {
  const version = (id: string, part: Partial<PlanVersion> = {}) =>
    versionOf(id, [itemOf(`${id}-item`, { images: ['a', 'a'] })], part)
  const signature = {
    id: 's',
    name: 'Léa Roy',
    signedAt: new Date('2026-03-05T15:00:00Z'),
    via: 'tablet' as const,
    declinedItems: [],
    acceptedCents: 9_900,
  }
  const presentedAt = new Date('2026-03-04T15:00:00Z')
  const plan = (letter: string, versions: PlanVersion[]) => ({
    id: letter,
    letter,
    versions,
    itemStates: {},
    milestoneStates: {},
  })
  const cases: TreatmentCase[] = [
    {
      id: 'c',
      title: 'Molar',
      version: 1,
      createdAt: presentedAt,
      plans: [
        plan('A', [
          version('replaced', { state: 'replaced', presentedAt }),
          version('signed', { state: 'signed', presentedAt, signature }),
        ]),
        plan('B', [version('draft')]),
      ],
    },
  ]
  expect(planEntries(cases, 'America/Toronto')).toMatchObject([
    { versionId: 'signed', letter: 'A', day: '2026-03-05', cents: 9_900, images: ['a'], title: 'Molar' },
    { versionId: 'draft', letter: 'B', day: '2026-03-01', cents: 16_500, state: 'draft' },
  ])
})

test('milestones that were reached stand at their day, what is waited for where it is expected, and no other', () => {
  const step = (id: string, count: number) => ({
    id,
    name: { en: id, fr: id },
    after: { count, unit: 'week' as const },
  })
  const item = (id: string) =>
    itemOf(id, {
      milestones: [step(`${id}-surgery`, 0), step(`${id}-healing`, 12), step(`${id}-crown`, 2)],
    })
  const version = versionOf(
    'v',
    ['a', 'b', 'c'].map((id) => item(id)),
    { state: 'signed' },
  )
  const plan: Plan = {
    id: 'plan',
    letter: 'B',
    versions: [version, { ...version, id: 'draft', number: 2, state: 'draft' }],
    itemStates: {
      a: { state: 'in-progress', day: '2026-03-02' },
      b: { state: 'accepted', day: null },
      c: { state: 'declined', day: null },
    },
    milestoneStates: { 'a-surgery': { expected: '2026-03-01', actual: '2026-03-02', by: null } },
  }
  const at = new Date()
  const entries = (each: Plan) =>
    milestoneEntries([{ id: 'case', title: '', version: 1, createdAt: at, plans: [each] }])
  expect(entries(plan)).toMatchObject([
    {
      id: 'milestone-a-surgery',
      planLetter: 'B',
      day: '2026-03-02',
      expected: '2026-03-01',
      actual: '2026-03-02',
    },
    { id: 'milestone-a-healing', day: '2026-05-25', actual: null },
  ])
  expect(entries({ ...plan, versions: [{ ...version, state: 'draft' }] })).toEqual([])
})
