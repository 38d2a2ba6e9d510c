import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  createUser,
  listModelDistances,
  patientModels,
  saveModelDistance,
  saveModelScale,
  withTenant,
} from '../index.ts'
import { addPatient, addStudy } from '../testing/add-study.ts'
import { testDatabase } from '../testing/test-database.ts'

const { db, owner, tenant } = await testDatabase()

const practice = async (slug: string) => {
  const { id } = await tenant(slug)
  return withTenant(db, id, async (tx) => {
    const patientId = await addPatient(tx, id, { familyName: 'Côté' })
    const strangerId = await addPatient(tx, id, { familyName: 'Roy' })
    await addStudy(tx, id, { patientId, kind: 'model', studyDate: '2025-05-06', instances: 2 })
    await addStudy(tx, id, { patientId, kind: 'model', studyDate: '2026-11-03' })
    await addStudy(tx, id, { patientId, kind: 'panoramic' })
    return { id, patientId, strangerId }
  })
}
const [plateau, riveSud] = await Promise.all([practice('models-plateau'), practice('models-rivesud')])
const { id: userId } = await createUser(owner, {
  email: 'models@example.org',
  name: 'A. Roy',
  password: randomUUID(),
  isOperator: false,
  membership: { tenantId: plateau.id, role: 'assistant' },
})
const models = () => withTenant(db, plateau.id, (tx) => patientModels(tx, plateau.patientId))

test("a patient's models come by visit, the latest first, and nothing else does", async () => {
  expect((await models()).map(({ studyDate }) => studyDate)).toEqual([
    '2026-11-03',
    '2025-05-06',
    '2025-05-06',
  ])
  expect(await withTenant(db, plateau.id, (tx) => patientModels(tx, plateau.strangerId))).toEqual([])
  expect(await withTenant(db, riveSud.id, (tx) => patientModels(tx, plateau.patientId))).toEqual([])
})

test("what is said of a model's unit is kept with who said it, can be taken back, and is said by its practice alone", async () => {
  const [model] = await models()
  if (!model) throw new Error('no model')
  const which = { instanceId: model.id, patientId: plateau.patientId }
  const say = (unit: 'in' | null, tenantId = plateau.id, of = which) =>
    withTenant(db, tenantId, (tx) => saveModelScale(tx, tenantId, of, unit, userId))

  expect(await say('in')).toBe(model.studyId)
  expect((await models())[0]?.said).toMatchObject({ unit: 'in', by: 'A. Roy' })
  expect(await say(null)).toBe(model.studyId)
  expect((await models())[0]?.said).toBeNull()

  expect(await say('in', riveSud.id)).toBeNull()
  expect(await say('in', plateau.id, { ...which, patientId: plateau.strangerId })).toBeNull()
  expect((await models())[0]?.said).toBeNull()
})

test('a distance is kept once with who measured it, goes and comes back, and is nobody else’s', async () => {
  const [late, upper, lower] = await models()
  if (!late || !upper || !lower) throw new Error('no models')
  const place = (instanceId: string, x: number) => ({
    instanceId,
    at: [x, 0.5, -3] as [number, number, number],
  })
  const distance = {
    id: randomUUID(),
    from: place(upper.id, 1),
    to: place(lower.id, 12.25),
    isDeleted: false,
  }
  const save = (change: typeof distance, tenantId = plateau.id, patientId = plateau.patientId) =>
    withTenant(db, tenantId, (tx) => saveModelDistance(tx, tenantId, patientId, change, userId))
  const list = (tenantId = plateau.id, patientId = plateau.patientId) =>
    withTenant(db, tenantId, (tx) => listModelDistances(tx, patientId))

  expect(await save(distance)).toBe(upper.studyId)
  expect(await save(distance)).toBe(upper.studyId)
  const { id, from, to } = distance
  expect(await list()).toMatchObject([{ id, from, to, studyId: upper.studyId, createdBy: 'A. Roy' }])
  await save({ ...distance, isDeleted: true })
  expect(await list()).toEqual([])
  await save(distance)
  expect(await list()).toHaveLength(1)

  // models of two visits do not stand in one space
  expect(await save({ ...distance, id: randomUUID(), to: place(late.id, 3) })).toBeNull()
  expect(await save(distance, plateau.id, plateau.strangerId)).toBeNull()
  expect(await save(distance, riveSud.id, riveSud.patientId)).toBeNull()
  expect(await list(riveSud.id, plateau.patientId)).toEqual([])
  expect(await list(plateau.id, plateau.strangerId)).toEqual([])
  // where it lies does not change under its id
  await save({ ...distance, from: place(upper.id, 99) })
  expect(await list()).toMatchObject([{ from }])
})
