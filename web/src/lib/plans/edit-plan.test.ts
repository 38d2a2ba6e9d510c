import { describe, expect, test } from 'vitest'
import { planItems, type PlanContent } from '@bitewing/db/plan-rules'
import { planItem, planOf } from '@bitewing/db/testing/plan-content'
import {
  addItems,
  moveItem,
  patchItem,
  removeItem,
  removeVisit,
  setMilestones,
  stepItem,
  takeOurs,
} from './edit-plan.ts'
import { newItems } from './new-items.ts'

const item = (id: string) => planItem({ id })
const plan: PlanContent = {
  ...planOf([]),
  phases: [
    { id: 'p1', title: '', visits: [{ id: 'v1', title: '', items: [item('a'), item('b')] }] },
    { id: 'p2', title: '', visits: [{ id: 'v2', title: '', items: [item('c')] }] },
  ],
}
const order = (content: PlanContent) =>
  content.phases
    .map(({ visits }) => visits.map(({ items }) => items.map(({ id }) => id).join('')).join('/'))
    .join(' ')

describe('a plan is changed without touching what it was', () => {
  test('an item steps within its visit, and over its ends into the next one', () => {
    expect(order(stepItem(plan, 'a', 1))).toBe('ba c')
    expect(order(stepItem(plan, 'b', 1))).toBe('a bc')
    expect(order(stepItem(plan, 'c', -1))).toBe('abc ')
    expect(order(stepItem(plan, 'a', -1))).toBe('ab c')
    expect(order(plan)).toBe('ab c')
  })

  test('an item goes where it is dropped, counted without itself', () => {
    expect(order(moveItem(plan, 'a', 'v2', 1))).toBe('b ca')
    expect(order(moveItem(plan, 'a', 'v1', 1))).toBe('ba c')
    expect(moveItem(plan, 'x', 'v1', 0)).toBe(plan)
  })

  test('what is taken out is out, and a plan keeps a visit', () => {
    expect(order(removeItem(plan, 'b'))).toBe('a c')
    const one = removeVisit(plan, 'v1')
    expect(order(one)).toBe('c')
    expect(removeVisit(one, 'v2').phases.flatMap(({ visits }) => visits)).toHaveLength(1)
  })

  test('our text of a conflict goes back where it was', () => {
    const ours = { itemId: 'b', phaseId: null, visitId: null, field: 'note', ours: 'mine', theirs: 'theirs' }
    expect(planItems(takeOurs(plan, ours))[1]?.note).toBe('mine')
    expect(takeOurs(plan, { ...ours, itemId: null, field: 'title' }).title).toBe('mine')
    expect(planItems(patchItem(plan, 'c', { feeCents: 5 }))[2]?.feeCents).toBe(5)
  })

  test('milestones are set, and none at all is absent: an empty list would be signed', () => {
    const milestones = [{ id: 'm', name: { en: 'Surgery', fr: 'Chirurgie' }, after: null }]
    const set = setMilestones(plan, 'b', milestones)
    expect(planItems(set).map((each) => each.milestones)).toEqual([undefined, milestones, undefined])
    expect(setMilestones(set, 'b', [])).toEqual(plan)
    const at = { itemId: 'b', phaseId: null, visitId: null, field: 'milestones' }
    expect(takeOurs(set, { ...at, ours: [], theirs: milestones })).toEqual(plan)
    expect(takeOurs(plan, { ...at, ours: milestones, theirs: [] })).toEqual(set)
  })
})

describe('a procedure on the chosen teeth', () => {
  const procedure = (site: Parameters<typeof newItems>[0]['site']): Parameters<typeof newItems>[0] => ({
    id: 'id',
    code: 'X',
    name: { en: 'X', fr: 'X' },
    category: 'other',
    site,
    per: 'item',
    feeCents: 1,
    taxIds: ['gst', 'gone'],
    milestones: [],
    archived: false,
  })
  const sites = (site: Parameters<typeof newItems>[0]['site'], teeth: string[]) =>
    newItems(procedure(site), teeth, { '16': ['M'] }, ['gst'])?.map((each) => each.site) ?? null

  test('is one item a tooth for surfaces, one an arch or quadrant, and one for all else', () => {
    expect(sites('surfaces', ['16', '26'])).toEqual([
      { kind: 'teeth', teeth: ['16'], surfaces: { '16': ['M'] } },
      { kind: 'teeth', teeth: ['26'], surfaces: {} },
    ])
    expect(sites('teeth', ['16', '26'])).toEqual([{ kind: 'teeth', teeth: ['16', '26'], surfaces: {} }])
    expect(sites('quadrant', ['16', '15', '31'])).toEqual([
      { kind: 'quadrant', quadrant: 1 },
      { kind: 'quadrant', quadrant: 3 },
    ])
    expect(sites('arch', ['55', '16'])).toEqual([{ kind: 'arch', arch: 'upper' }])
    expect(sites('mouth', [])).toEqual([{ kind: 'mouth' }])
  })

  test('has the usual milestones of its procedure, each item its own', () => {
    const usual = [{ name: { en: 'Placed', fr: 'Pose' }, after: { count: 2, unit: 'week' as const } }]
    const crowns = newItems({ ...procedure('surfaces'), milestones: usual }, ['16', '26'], {}, []) ?? []
    const steps = crowns.map(({ milestones = [] }) => milestones)
    expect(steps.map((each) => each.map(({ name, after }) => ({ name, after })))).toEqual([usual, usual])
    expect(new Set(steps.flat().map(({ id }) => id)).size).toBe(2)
    expect(newItems(procedure('mouth'), [], {}, [])?.[0]).not.toHaveProperty('milestones')
  })

  test('asks for teeth where it needs them, and takes no tax that the plan does not know', () => {
    expect(sites('teeth', [])).toBeNull()
    const items = newItems(procedure('mouth'), [], {}, ['gst']) ?? []
    expect(items[0]?.taxIds).toEqual(['gst'])
    expect(
      order(
        addItems(
          plan,
          'v2',
          items.map((each) => ({ ...each, id: 'n' })),
        ),
      ),
    ).toBe('ab cn')
  })
})
