import { randomUUID } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { practiceClock } from '../appointments/practice-clock.ts'
import { importProcedures, listProcedures } from '../catalogue/procedures.ts'
import { milestonesDue } from '../dashboard/milestones-due.ts'
import {
  addOffset,
  planItems,
  planTotals,
  type ItemState,
  type MilestoneOffset,
  type PlanContent,
  type PlanItem,
  type PlanMilestone,
} from '../plan-rules/index.ts'
import { auditEvents, planItemStates, planMilestoneStates, planVersions } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { addStaff } from '../testing/add-staff.ts'
import { addPatient } from '../testing/add-study.ts'
import { planItem, planOf } from '../testing/plan-content.ts'
import { testDatabase } from '../testing/test-database.ts'
import { addAlternative, createCase, patientCases, removeCase } from './cases.ts'
import { parsePlanContent } from './parse-plan-content.ts'
import { saveDraft } from './save-draft.ts'
import { setItemState } from './set-item-state.ts'
import { setMilestone } from './set-milestone.ts'
import { signVersion } from './sign-version.ts'
import { verifySignature } from './verify-signature.ts'
import { presentVersion, startVersion } from './versions.ts'

const database = await testDatabase({ connections: 3 })
const { db: app, owner } = database
const staff = await addStaff(database, 'steps-north')
const other = await addStaff(database, 'steps-south')
const inPractice = <T>(work: Parameters<typeof withTenant<T>>[2], who = staff) =>
  withTenant(app, who.tenantId, work)

/** of the practice */
const { day: today } = await inPractice(practiceClock)
const daysFromToday = (days: number) =>
  new Date(Date.parse(today) + days * 86_400_000).toISOString().slice(0, 10)
const step = (name: string, count: number, unit: MilestoneOffset['unit'] = 'day'): PlanMilestone => ({
  id: randomUUID(),
  name: { en: name, fr: name },
  after: { count, unit },
})
const steps = () => [step('Surgery', 0), step('Healing', 3, 'month'), step('Crown', 2, 'week')]
const implant = (milestones = steps()) =>
  planItem({
    name: { en: 'Implant', fr: 'Implant' },
    site: { kind: 'teeth', teeth: ['36'], surfaces: {} },
    ...(milestones.length > 0 ? { milestones } : {}),
  })
const nothing = { expected: null, actual: null }

async function presented(items: PlanItem[], who = staff) {
  const patientId = await inPractice(
    (tx) => addPatient(tx, who.tenantId, { familyName: 'Roy', givenName: 'Léa' }),
    who,
  )
  const content = planOf(items)
  const made = await createCase(app, who, { patientId, title: 'Implant', content })
  if (!made) throw new Error('no case')
  const shown = await presentVersion(app, who, { patientId, versionId: made.versionId, revision: 1 })
  if (shown.outcome !== 'presented') throw new Error(shown.outcome)
  return { ...made, patientId, content, digest: shown.digest }
}
const sign = (
  made: { versionId: string; digest: string; content: PlanContent },
  declinedItems: string[] = [],
) =>
  signVersion(
    app,
    {
      tenantId: staff.tenantId,
      actor: { kind: 'user', id: staff.userId },
      via: 'tablet',
      witnessId: staff.userId,
      shareId: null,
    },
    {
      ...made,
      signature: { name: 'Léa Roy', consent: 'I agree', locale: 'fr', strokes: [[0, 0, 500, 200]] },
      choice: {
        declinedItems,
        acceptedCents: planTotals(made.content, new Set(declinedItems)).plan.total,
      },
    },
  )
/** A signed plan with one item of three milestones. */
async function signed(milestones = steps()) {
  const item = implant(milestones)
  const made = await presented([item])
  expect(await sign(made)).toBe('signed')
  const [surgery, healing, crown] = milestones
  const read = async () => {
    const [found] = await inPractice((tx) => patientCases(tx, made.patientId))
    const [plan] = found?.plans ?? []
    if (!plan) throw new Error('no plan')
    return plan
  }
  const set = (
    milestone: PlanMilestone | undefined,
    change: Partial<Omit<Parameters<typeof setMilestone>[2], 'milestoneId'>>,
    who = staff,
  ) =>
    setMilestone(app, who, {
      patientId: made.patientId,
      planId: made.planId,
      milestoneId: milestone?.id ?? '',
      from: nothing,
      to: nothing,
      item: null,
      ...change,
    })
  const due = async () => {
    const [row] = await inPractice((tx) =>
      tx
        .select({ due: planItemStates.due })
        .from(planItemStates)
        .where(and(eq(planItemStates.planId, made.planId), eq(planItemStates.itemId, item.id))),
    )
    return row?.due
  }
  const move = (from: ItemState, to: ItemState, day: string | null) =>
    setItemState(app, staff, {
      patientId: made.patientId,
      planId: made.planId,
      itemId: item.id,
      from,
      to,
      day,
    })
  return { ...made, item, surgery, healing, crown, read, set, due, move }
}

test('the first that is reached begins the treatment; what was expected stays known, and what follows is expected from there', async () => {
  const { surgery, healing, crown, item, read, set, due, move, patientId } = await signed()
  expect(await due()).toBeNull() // accepted, and booked for no day
  expect(await move('accepted', 'scheduled', daysFromToday(-5))).toBe('set')
  expect(await due()).toBe(daysFromToday(-5))

  const reached = await set(surgery, { to: { expected: null, actual: daysFromToday(-2) } })
  const kept = { expected: daysFromToday(-5), actual: daysFromToday(-2) }
  const item1 = { from: 'in-progress', to: 'scheduled', day: daysFromToday(-5) }
  expect(reached).toEqual({ outcome: 'set', back: { from: kept, to: nothing, item: item1 } })
  const healed = addOffset(daysFromToday(-2), { count: 3, unit: 'month' })
  expect(await due()).toBe(healed)
  const plan = await read()
  expect(plan.itemStates[item.id]).toEqual({ state: 'in-progress', day: daysFromToday(-2) })
  expect(plan.milestoneStates).toEqual({ [surgery?.id ?? '']: { ...kept, by: 'Dentist of steps-north' } })

  // the day that is expected anyhow is no day that somebody set
  expect(await set(healing, { to: { expected: healed, actual: null } })).toMatchObject({
    outcome: 'set',
    back: { from: nothing },
  })
  // somebody sets another day, and the last is reached before it
  expect(await set(healing, { to: { expected: daysFromToday(30), actual: null } })).toMatchObject({
    outcome: 'set',
  })
  expect(await due()).toBe(daysFromToday(30))
  expect(await set(crown, { to: { expected: null, actual: today } })).toMatchObject({ outcome: 'set' })
  expect(await due()).toBeNull()

  const events = await inPractice((tx) =>
    tx
      .select({ detail: auditEvents.detail })
      .from(auditEvents)
      .where(and(eq(auditEvents.patientId, patientId), eq(auditEvents.kind, 'plan.milestone-set')))
      .orderBy(auditEvents.at),
  )
  expect(events.map(({ detail }) => detail['milestoneId'])).toEqual([
    surgery?.id,
    healing?.id,
    healing?.id,
    crown?.id,
  ])
})

test('a step is taken back with all that it did, and again', async () => {
  const { surgery, item, read, set, due, move } = await signed()
  await move('accepted', 'scheduled', today)
  const reached = await set(surgery, { to: { expected: null, actual: today } })
  if (reached.outcome !== 'set') throw new Error(reached.outcome)
  const undone = await set(surgery, reached.back)
  expect(undone).toMatchObject({ outcome: 'set' })
  expect((await read()).itemStates[item.id]).toEqual({ state: 'scheduled', day: today })
  expect((await read()).milestoneStates[surgery?.id ?? '']).toMatchObject(nothing)
  expect(await due()).toBe(today)
  if (undone.outcome !== 'set') throw new Error(undone.outcome)
  expect(await set(surgery, undone.back)).toMatchObject({ outcome: 'set' })
  expect((await read()).itemStates[item.id]).toEqual({ state: 'in-progress', day: today })
})

test('who writes over what a colleague wrote is told; of two at the same moment one is', async () => {
  const { surgery, read, set } = await signed()
  const to = { expected: null, actual: today }
  const both = await Promise.all([set(surgery, { to }), set(surgery, { to })])
  expect(both.map(({ outcome }) => outcome).toSorted()).toEqual(['changed', 'set'])
  expect(await set(surgery, { to: { expected: null, actual: daysFromToday(-1) } })).toEqual({
    outcome: 'changed',
  })
  expect((await read()).milestoneStates[surgery?.id ?? '']?.actual).toBe(today)
})

test('nothing is reached of what the patient has not accepted, nor on a day to come, nor by another practice', async () => {
  const [wanted, unwanted] = [implant(), implant()]
  const made = await presented([wanted, unwanted])
  const ask = { patientId: made.patientId, planId: made.planId, from: nothing, item: null }
  const reach = (item: PlanItem, actual = today, who = staff) =>
    setMilestone(app, who, {
      ...ask,
      milestoneId: item.milestones?.[0]?.id ?? '',
      to: { expected: null, actual },
    })
  expect(await reach(wanted)).toEqual({ outcome: 'no-such-step' }) // nobody has signed yet
  expect(await sign(made, [unwanted.id])).toBe('signed')
  expect(await reach(unwanted)).toEqual({ outcome: 'no-such-step' })
  expect(await reach(wanted, daysFromToday(1))).toEqual({ outcome: 'no-such-step' })
  expect(await reach(wanted, today, other)).toEqual({ outcome: 'absent' })
  expect(await setMilestone(app, staff, { ...ask, milestoneId: randomUUID(), to: nothing })).toEqual({
    outcome: 'absent',
  })
  expect(
    await setMilestone(app, staff, {
      ...ask,
      patientId: randomUUID(),
      milestoneId: wanted.milestones?.[0]?.id ?? '',
      to: nothing,
    }),
  ).toEqual({ outcome: 'absent' })
  await reach(wanted)

  // the database itself: rows of another practice are not seen, and none is written for its plans
  const [plan, milestone] = [made.planId, randomUUID()]
  expect(await inPractice((tx) => tx.select().from(planMilestoneStates), other)).toEqual([])
  expect(
    await inPractice((tx) =>
      tx.select().from(planMilestoneStates).where(eq(planMilestoneStates.planId, plan)),
    ),
  ).toHaveLength(1)
  for (const tenantId of [staff.tenantId, other.tenantId])
    await expect(
      inPractice(
        (tx) =>
          tx
            .insert(planMilestoneStates)
            .values({ planId: plan, milestoneId: milestone, tenantId, changedBy: other.userId }),
        other,
      ),
    ).rejects.toThrow()
  await expect(
    inPractice((tx) => tx.delete(planMilestoneStates).where(eq(planMilestoneStates.planId, plan))),
  ).rejects.toThrow()
})

test('milestones are part of what is signed; that one was reached is not', async () => {
  const { versionId, surgery, content, set } = await signed()
  const verify = () => inPractice((tx) => verifySignature(tx, versionId))
  await set(surgery, { to: { expected: null, actual: today } })
  expect(await verify()).toEqual([])
  const [frozen] = await inPractice((tx) =>
    tx.select({ text: planVersions.frozen }).from(planVersions).where(eq(planVersions.id, versionId)),
  )
  expect(JSON.parse(frozen?.text ?? '')).toMatchObject({ content })
  await owner.client.query('ALTER TABLE plan_versions DISABLE TRIGGER plan_versions_stay')
  try {
    await withTenant(owner, staff.tenantId, (tx) =>
      tx.execute(
        sql`UPDATE plan_versions SET content = jsonb_set(content,
          '{phases,0,visits,0,items,0,milestones,1,after,count}', '4') WHERE id = ${versionId}`,
      ),
    )
    expect(await verify()).toEqual(['content-changed'])
  } finally {
    await owner.client.query('ALTER TABLE plan_versions ENABLE TRIGGER plan_versions_stay')
  }
})

test('the next version keeps what was reached, and its offsets count from when it is shown', async () => {
  const { patientId, planId, surgery, healing, item, read, set, due } = await signed()
  await set(surgery, { to: { expected: null, actual: today } })
  const draft = await startVersion(app, staff, { patientId, planId })
  const [, next] = (await read()).versions
  const content = structuredClone(next?.content ?? planOf([]))
  const [carried] = planItems(content)
  expect(carried?.milestones).toEqual(item.milestones)
  for (const each of carried?.milestones ?? [])
    if (each.id === healing?.id) each.after = { count: 4, unit: 'month' }
  const versionId = draft?.versionId ?? ''
  const saved = await saveDraft(app, staff, { patientId, versionId, revision: 1, content })
  expect(saved.outcome).toBe('saved')
  expect(await due()).toBe(addOffset(today, { count: 3, unit: 'month' })) // a draft changes nothing yet
  await presentVersion(app, staff, { patientId, versionId, revision: 2 })
  expect(await due()).toBe(addOffset(today, { count: 4, unit: 'month' }))
  expect((await read()).milestoneStates[surgery?.id ?? '']?.actual).toBe(today)
})

test('an alternative made of another has milestones of its own, which nobody has reached', async () => {
  const { patientId, caseId, content, item } = await signed()
  const made = await addAlternative(app, staff, { patientId, caseId, copy: content })
  const [found] = await inPractice((tx) => patientCases(tx, patientId))
  const copy = found?.plans.find(({ id }) => id === made?.planId)?.versions[0]?.content
  const [copied] = copy ? planItems(copy) : []
  expect(copied?.milestones?.map(({ name, after }) => ({ name, after }))).toEqual(
    item.milestones?.map(({ name, after }) => ({ name, after })),
  )
  const ids = new Set(item.milestones?.map(({ id }) => id))
  expect(copied?.milestones?.some(({ id }) => ids.has(id))).toBe(false)
})

test('what is due is listed from the longest overdue to a week ahead, while it is waited for', async () => {
  const listed = async () =>
    (await inPractice((tx) => milestonesDue(tx, today))).milestones.map(({ id }) => id)
  const before = await listed()
  const [late, soon, far] = [await signed(), await signed(), await signed()]
  await late.move('accepted', 'scheduled', daysFromToday(-400))
  await soon.move('accepted', 'scheduled', daysFromToday(7))
  await far.move('accepted', 'scheduled', daysFromToday(8))
  const mine = async () => (await listed()).filter((id) => !before.includes(id))
  expect(await mine()).toEqual([late.surgery?.id, soon.surgery?.id])
  const [first] = (await inPractice((tx) => milestonesDue(tx, today))).milestones
  expect(first).toMatchObject({
    patientId: late.patientId,
    caseId: late.caseId,
    planLetter: 'A',
    name: { en: 'Surgery' },
    procedure: { en: 'Implant' },
    expected: daysFromToday(-400),
  })
  expect((await inPractice((tx) => milestonesDue(tx, today), other)).total).toBe(0)

  await late.set(late.surgery, { to: { expected: null, actual: daysFromToday(-400) } })
  expect((await mine())[0]).toBe(late.healing?.id) // three months later was long ago too
  expect(await late.move('in-progress', 'done', today)).toBe('set')
  expect(await mine()).toEqual([soon.surgery?.id])
  // who signs another alternative waits for this one no more
  const { patientId, caseId, content } = soon
  await soon.move('scheduled', 'accepted', daysFromToday(7))
  expect(await mine()).toEqual([soon.surgery?.id])
  const b = await addAlternative(app, staff, { patientId, caseId, copy: content })
  const shown = await presentVersion(app, staff, { patientId, versionId: b?.versionId ?? '', revision: 1 })
  const digest = shown.outcome === 'presented' ? shown.digest : ''
  expect(await sign({ versionId: b?.versionId ?? '', digest, content })).toBe('signed')
  expect(await mine()).toEqual([])
})

test('what is due stays right when a version is shown at the moment a milestone is reached', async () => {
  for (let round = 0; round < 20; round++) {
    const { patientId, planId, surgery, due, set, content, move } = await signed()
    await move('accepted', 'scheduled', today)
    const draft = await startVersion(app, staff, { patientId, planId })
    const versionId = draft?.versionId ?? ''
    const slower = structuredClone(content)
    for (const { milestones = [] } of planItems(slower))
      for (const each of milestones) if (each.name.en === 'Healing') each.after = { count: 4, unit: 'month' }
    await saveDraft(app, staff, { patientId, versionId, revision: 1, content: slower })
    const [reached, shown] = await Promise.all([
      set(surgery, { to: { expected: null, actual: today } }),
      presentVersion(app, staff, { patientId, versionId, revision: 2 }),
    ])
    expect([reached.outcome, shown.outcome]).toEqual(['set', 'presented'])
    expect(await due()).toBe(addOffset(today, { count: 4, unit: 'month' }))
  }
})

test('a removed case is waited for no more', async () => {
  const item = implant()
  const made = await presented([item])
  const at = { patientId: made.patientId, planId: made.planId, itemId: item.id }
  await setItemState(app, staff, { ...at, from: 'proposed', to: 'accepted', day: daysFromToday(-1000) })
  const first = async () => (await inPractice((tx) => milestonesDue(tx, today))).milestones[0]?.caseId
  expect(await first()).toBe(made.caseId)
  expect(await removeCase(app, staff, { ...made, removed: true })).toBe(true)
  expect(await first()).not.toBe(made.caseId)
})

test('milestones from a browser are taken within limits, with ids once each, and none at all is absent', () => {
  const parse = (milestones: unknown) =>
    parsePlanContent({
      ...planOf([]),
      phases: [
        {
          id: randomUUID(),
          title: '',
          visits: [{ id: randomUUID(), title: '', items: [{ ...implant([]), milestones }] }],
        },
      ],
    })
  const first = (content: PlanContent | null) => content && planItems(content)[0]
  const good = steps()
  expect(first(parse(good))?.milestones).toEqual(good)
  expect(first(parse([]))).not.toHaveProperty('milestones')
  const [one] = good
  for (const bad of [
    [one, one],
    [{ ...one, name: { en: '', fr: '' } }],
    [{ ...one, after: { count: 1.5, unit: 'day' } }],
    [{ ...one, after: { count: -1, unit: 'day' } }],
    [{ ...one, after: { count: 1, unit: 'year' } }],
    [{ ...one, reached: true }],
    Array.from({ length: 13 }, () => step('x', 1)),
  ])
    expect(parse(bad)).toBeNull()
})

test('the catalogue keeps the milestones of a procedure, and a table that says nothing of them leaves them', async () => {
  const procedure = {
    code: 'IP-9',
    name: { en: 'Implant', fr: 'Implant' },
    category: 'implants' as const,
    site: 'teeth' as const,
    per: 'tooth' as const,
    feeCents: 1,
    taxIds: [],
  }
  const milestones = steps().map(({ name, after }) => ({ name, after }))
  const kept = async () => (await inPractice(listProcedures)).find(({ code }) => code === 'IP-9')?.milestones
  await importProcedures(app, staff, [procedure])
  expect(await kept()).toEqual([])
  await importProcedures(app, staff, [{ ...procedure, milestones }])
  await importProcedures(app, staff, [{ ...procedure, feeCents: 2 }])
  expect(await kept()).toEqual(milestones)
  await importProcedures(app, staff, [{ ...procedure, milestones: [] }])
  expect(await kept()).toEqual([])
})

test('what is due is found by its index, as the app reads it', async () => {
  const { rows } = await inPractice(async (tx) => {
    await tx.execute(sql`SET LOCAL enable_seqscan = off`)
    return tx.execute<{ 'QUERY PLAN': string }>(
      sql`EXPLAIN SELECT item_id FROM plan_item_states WHERE due <= ${today}::date`,
    )
  })
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  expect(plan).toMatch(/plan_item_states_due/)
  expect(plan).toMatch(/Index Cond: .*tenant_id = .*due <=/)
})
