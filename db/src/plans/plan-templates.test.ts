import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { archiveProcedure, listProcedures, saveProcedure } from '../catalogue/procedures.ts'
import { planItems, type PlanContent, type PlanItem, type Procedure } from '../plan-rules/index.ts'
import { planTemplates } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { addStaff } from '../testing/add-staff.ts'
import { planItem, planOf } from '../testing/plan-content.ts'
import { testDatabase } from '../testing/test-database.ts'
import { parsePlanContent } from './parse-plan-content.ts'
import { readPlanSettings, savePlanSettings } from './plan-settings.ts'
import {
  addPlanTemplate,
  contentOfTemplate,
  listPlanTemplates,
  removePlanTemplate,
  renamePlanTemplate,
} from './plan-templates.ts'

const database = await testDatabase()
const { db: app } = database
const staff = await addStaff(database, 'templates-north', 'owner')
const other = await addStaff(database, 'templates-south', 'owner')

const inPractice = <T>(work: Parameters<typeof withTenant<T>>[2], who = staff) =>
  withTenant(app, who.tenantId, work)

const crown: Procedure = {
  code: 'C-1',
  name: { en: 'Crown', fr: 'Couronne' },
  category: 'restoration',
  site: 'teeth',
  per: 'tooth',
  feeCents: 100_000,
  taxIds: [],
}
const item = (part: Partial<PlanItem> = {}) =>
  planItem({
    site: { kind: 'teeth', teeth: ['16'], surfaces: {} },
    feeCents: 5_000,
    discount: { kind: 'percent', hundredths: 1000 },
    taxIds: ['gst'],
    providerId: staff.userId,
    priority: 1,
    note: 'Mrs Roy is afraid of this',
    images: [randomUUID()],
    ...part,
  })
const plan = (...items: PlanItem[]) =>
  planOf(items, {
    title: 'Crowns',
    note: 'Dear Mrs Roy',
    taxes: [{ id: 'gst', name: { en: 'GST', fr: 'TPS' }, ratePpm: 50_000 }],
    discount: { kind: 'amount', cents: 100 },
    phases: [{ id: randomUUID(), title: 'First', visits: [{ id: randomUUID(), title: 'Day 1', items }] }],
    comparisons: [{ id: randomUUID(), title: 'Mrs Roy before', mode: 'slider', images: [] }],
  })
const made = async (content: PlanContent, name = 'Crowns'): Promise<string> => {
  const id = await addPlanTemplate(app, staff, { name, content })
  if (id === null) throw new Error('a template')
  return id
}

test('a template holds nothing of the patient whose plan it was made from', async () => {
  const content = plan(item())
  const id = await made(content)
  const [template] = await inPractice((tx) => listPlanTemplates(tx, id))
  const text = JSON.stringify(template?.content)
  expect(text).not.toContain('Roy')
  for (const { images } of planItems(content)) for (const image of images) expect(text).not.toContain(image)
  expect(text).not.toContain(staff.userId)
  expect(template).toMatchObject({ name: 'Crowns', changedBy: 'Dentist of templates-north' })
  expect(planItems(template?.content ?? content)).toMatchObject([
    { code: 'RE-1', discount: { kind: 'none' }, note: '', images: [], providerId: null, priority: 1 },
  ])
})

test('a plan begins with the fees and taxes of the day, and items of its own; what is not offered any more keeps its fee', async () => {
  await saveProcedure(app, staff, { id: null, procedure: crown })
  const [entry] = (await inPractice(listProcedures)).filter(({ code }) => code === 'C-1')
  if (!entry) throw new Error('a crown')
  const content = plan(item({ procedureId: entry.id, code: 'C-1', feeCents: 90_000 }), item())
  const id = await made(content)
  await saveProcedure(app, staff, {
    id: entry.id,
    procedure: { ...crown, feeCents: 120_000, name: { en: 'Full crown', fr: 'Couronne entière' } },
  })
  const settings = await inPractice(readPlanSettings)
  await savePlanSettings(app, staff, { ...settings, taxes: [] })

  const begun = await inPractice((tx) => contentOfTemplate(tx, id))
  if (!begun) throw new Error('a plan')
  expect(parsePlanContent(begun)).not.toBeNull()
  expect(planItems(begun)).toMatchObject([
    { feeCents: 120_000, name: { en: 'Full crown' }, taxIds: [] },
    { feeCents: 5_000, taxIds: [] },
  ])
  const again = await inPractice((tx) => contentOfTemplate(tx, id))
  const ids = (plan: PlanContent | null) =>
    (plan?.phases ?? []).flatMap(({ id, visits }) => [
      id,
      ...visits.flatMap((visit) => [visit.id, ...visit.items.map((each) => each.id)]),
    ])
  expect(new Set([...ids(content), ...ids(begun), ...ids(again)]).size).toBe(3 * 4)

  await archiveProcedure(app, staff, { id: entry.id, archived: true })
  const later = await inPractice((tx) => contentOfTemplate(tx, id))
  expect(planItems(later ?? begun)[0]).toMatchObject({ feeCents: 90_000, name: { en: 'Filling' } })
})

test('a template is renamed, removed and brought back; on record without its name', async () => {
  const id = await made(plan(item()), 'First name')
  expect(await renamePlanTemplate(app, staff, { id, name: 'Second name' })).toBe(true)
  expect(await removePlanTemplate(app, staff, { id, restore: false })).toBe(true)
  expect(await removePlanTemplate(app, staff, { id, restore: false })).toBe(false)
  expect(await inPractice((tx) => contentOfTemplate(tx, id))).toBeNull()
  expect(await renamePlanTemplate(app, staff, { id, name: 'Third' })).toBe(false)
  expect(await removePlanTemplate(app, staff, { id, restore: true })).toBe(true)
  expect(await inPractice((tx) => listPlanTemplates(tx, id))).toMatchObject([{ name: 'Second name' }])
})

test('another practice sees, changes and takes away nothing', async () => {
  const id = await made(plan(item()))
  expect(await inPractice((tx) => listPlanTemplates(tx), other)).toEqual([])
  expect(await inPractice((tx) => contentOfTemplate(tx, id), other)).toBeNull()
  expect(await renamePlanTemplate(app, other, { id, name: 'Ours' })).toBe(false)
  expect(await removePlanTemplate(app, other, { id, restore: false })).toBe(false)
  await expect(
    inPractice(
      (tx) =>
        tx.insert(planTemplates).values({
          tenantId: staff.tenantId,
          name: 'theirs',
          content: plan(),
          createdBy: other.userId,
          changedBy: other.userId,
        }),
      other,
    ),
  ).rejects.toThrow()
})
