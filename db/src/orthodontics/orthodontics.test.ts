import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  assignedViews,
  assignView,
  createUser,
  describeMount,
  listMounts,
  practiceMeasures,
  readOrthodonticCase,
  saveMount,
  saveOrthodonticCase,
  withTenant,
  type OrthodonticContent,
} from '../index.ts'
import { instances, orthodonticCases, photographViews } from '../schema/index.ts'
import { addPatient, addStudy } from '../testing/add-study.ts'
import { testDatabase } from '../testing/test-database.ts'
import { emptyOrthodonticContent } from './orthodontic-content.ts'

const { db, owner, tenant } = await testDatabase()

const practice = async (slug: string) => {
  const { id } = await tenant(slug)
  return withTenant(db, id, async (tx) => {
    const patientId = await addPatient(tx, id, { familyName: 'Gagné' })
    const studyId = await addStudy(tx, id, { patientId, kind: 'photograph' })
    const [image] = await tx
      .select({ id: instances.id })
      .from(instances)
      .where(eq(instances.studyId, studyId))
    return { id, patientId, studyId, image: image?.id ?? '' }
  })
}
const [plateau, riveSud] = await Promise.all([practice('plateau'), practice('rivesud')])
const colleague = await createUser(owner, {
  email: 'a@example.org',
  name: 'A. Roy',
  password: randomUUID(),
  isOperator: false,
  membership: { tenantId: plateau.id, role: 'assistant' },
})
const inPlateau = <T>(work: Parameters<typeof withTenant<T>>[2]) => withTenant(db, plateau.id, work)
const inRiveSud = <T>(work: Parameters<typeof withTenant<T>>[2]) => withTenant(db, riveSud.id, work)

const measure = (name: string, value: number): OrthodonticContent['measures'][number] => ({
  id: randomUUID(),
  name,
  unit: 'mm',
  normal: [1, 3],
  values: [{ day: '2026-11-03', value }],
})
const content = (part: Partial<OrthodonticContent>): OrthodonticContent => ({
  ...emptyOrthodonticContent,
  ...part,
})
const save = (version: number, part: Partial<OrthodonticContent>, patientId = plateau.patientId) =>
  inPlateau((tx) =>
    saveOrthodonticCase(tx, plateau.id, patientId, { version, content: content(part) }, colleague.id),
  )

test('a case begins empty, keeps each change, and tells the second of two who change one state', async () => {
  const patientId = await inPlateau((tx) => addPatient(tx, plateau.id, { familyName: 'Roy' }))
  const read = () => inPlateau((tx) => readOrthodonticCase(tx, patientId))
  expect(await read()).toMatchObject({ version: 0, content: emptyOrthodonticContent })

  const measures = [measure('Surplomb', 4.5)]
  const first = await Promise.all([save(0, { measures }, patientId), save(0, {}, patientId)])
  expect(first.filter(({ saved }) => saved)).toEqual([{ saved: true, version: 1 }])
  expect(first.filter(({ saved }) => !saved)).toEqual([{ saved: false, why: 'changed' }])

  expect(await save(1, { measures }, patientId)).toEqual({ saved: true, version: 2 })
  expect(await save(1, {}, patientId)).toEqual({ saved: false, why: 'changed' })
  expect(await read()).toMatchObject({ version: 2, changedBy: 'A. Roy', content: content({ measures }) })
  expect(await save(0, {}, randomUUID())).toEqual({ saved: false, why: 'absent' })
})

test('a view that staff assign is kept, told with what it was before, and taken back', async () => {
  const assign = (view: string | null) =>
    inPlateau((tx) =>
      assignView(
        tx,
        plateau.id,
        { patientId: plateau.patientId, instanceId: plateau.image, view },
        colleague.id,
      ),
    )
  const read = () => inPlateau((tx) => assignedViews(tx, [plateau.image]))
  expect([await assign('IV25'), await assign('IV24')]).toEqual([{ before: null }, { before: 'IV25' }])
  expect(await read()).toEqual(new Map([[plateau.image, 'IV24']]))
  expect([await assign(null), (await read()).size]).toEqual([{ before: 'IV24' }, 0])
})

test('only an image of this patient and this practice gets a view', async () => {
  const stranger = await inPlateau((tx) => addPatient(tx, plateau.id, { familyName: 'Roy' }))
  for (const assigned of [
    { patientId: stranger, instanceId: plateau.image },
    { patientId: plateau.patientId, instanceId: riveSud.image },
    { patientId: plateau.patientId, instanceId: randomUUID() },
  ])
    expect(
      await inPlateau((tx) => assignView(tx, plateau.id, { ...assigned, view: 'IV07' }, colleague.id)),
    ).toBeNull()
})

test('a view goes with its image', async () => {
  const [studyId, instanceId] = await inPlateau(async (tx) => {
    const study = await addStudy(tx, plateau.id, { patientId: plateau.patientId, kind: 'photograph' })
    const [row] = await tx.select({ id: instances.id }).from(instances).where(eq(instances.studyId, study))
    return [study, row?.id ?? '']
  })
  const assigned = { patientId: plateau.patientId, instanceId, view: 'IV07' }
  await inPlateau((tx) => assignView(tx, plateau.id, assigned, colleague.id))
  await withTenant(owner, plateau.id, (tx) => tx.delete(instances).where(eq(instances.studyId, studyId)))
  expect(await inPlateau((tx) => assignedViews(tx, [instanceId]))).toEqual(new Map())
})

test('a set of records says its time point; another mount has none', async () => {
  const make = (template: 'orthodontic-records' | 'photographs-8') =>
    inPlateau(async (tx) => {
      const part = template === 'orthodontic-records' ? ({ label: 'T0', stage: 'initial' } as const) : {}
      const saved = await saveMount(
        tx,
        plateau.id,
        plateau.patientId,
        { template, day: '2025-05-06', images: [], ...part },
        colleague.id,
      )
      return saved.saved ? saved.id : ''
    })
  const [set, mount] = [await make('orthodontic-records'), await make('photographs-8')]
  const which = (id: string) => ({ id, patientId: plateau.patientId })
  const read = async (id: string) => (await inPlateau((tx) => listMounts(tx, which(id))))[0]
  expect(await read(set)).toMatchObject({ label: 'T0', stage: 'initial' })
  const described = (id: string) =>
    inPlateau((tx) => describeMount(tx, which(id), { label: 'Début', stage: 'first-observation' }))
  expect([await described(set), await described(mount)]).toEqual([true, false])
  expect(await read(set)).toMatchObject({ label: 'Début', stage: 'first-observation', version: 1 })
  expect(await read(mount)).toMatchObject({ label: null, stage: null })
  const foreign = { id: set, patientId: plateau.patientId }
  expect(await inRiveSud((tx) => describeMount(tx, foreign, { label: 'T9', stage: 'final' }))).toBe(false)
})

test('the measures of a practice are offered to it alone, the most used first', async () => {
  const [other, third] = await inPlateau(async (tx) => [
    await addPatient(tx, plateau.id, { familyName: 'Roy' }),
    await addPatient(tx, plateau.id, { familyName: 'Côté' }),
  ])
  await save(0, { measures: [measure('Espace E', 1), measure('Déviation', 2)] }, other)
  await save(0, { measures: [measure('Espace E', 3)] }, third)
  const names = (await inPlateau(practiceMeasures)).map(({ name }) => name)
  expect(names.indexOf('Espace E')).toBeLessThan(names.indexOf('Déviation'))
  expect(names.filter((name) => name === 'Espace E')).toHaveLength(1)
  expect((await inPlateau(practiceMeasures)).find(({ name }) => name === 'Espace E')).toEqual({
    name: 'Espace E',
    unit: 'mm',
    normal: [1, 3],
  })
  expect(await inRiveSud(practiceMeasures)).toEqual([])
})

test('another practice neither sees nor changes a case or a view', async () => {
  await save(0, { measures: [measure('Surplomb', 4)] })
  await inPlateau((tx) =>
    assignView(
      tx,
      plateau.id,
      { patientId: plateau.patientId, instanceId: plateau.image, view: 'IV07' },
      colleague.id,
    ),
  )
  expect((await inRiveSud((tx) => readOrthodonticCase(tx, plateau.patientId))).version).toBe(0)
  expect(await inRiveSud((tx) => assignedViews(tx, [plateau.image]))).toEqual(new Map())
  for (const version of [0, 1])
    expect(
      await inRiveSud((tx) =>
        saveOrthodonticCase(
          tx,
          riveSud.id,
          plateau.patientId,
          { version, content: content({}) },
          colleague.id,
        ),
      ),
    ).toEqual({ saved: false, why: 'absent' })
  for (const table of [orthodonticCases, photographViews]) {
    expect(await inRiveSud((tx) => tx.select().from(table))).toEqual([])
    expect(await withTenant(owner, riveSud.id, (tx) => tx.delete(table).returning())).toEqual([])
    await expect(inPlateau((tx) => tx.delete(table))).rejects.toThrow()
  }
  expect((await inPlateau((tx) => readOrthodonticCase(tx, plateau.patientId))).version).toBe(1)
})
