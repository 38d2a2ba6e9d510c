import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  changeTracing,
  createUser,
  listTracings,
  savePoint,
  startTracing,
  withTenant,
  type CephPointChange,
} from '../index.ts'
import { cephPoints, cephTracings, instances } from '../schema/index.ts'
import { addPatient, addStudy } from '../testing/add-study.ts'
import { testDatabase } from '../testing/test-database.ts'

const { db, owner, tenant } = await testDatabase()

const practice = async (slug: string) => {
  const { id } = await tenant(slug)
  return withTenant(db, id, async (tx) => {
    const of = async (familyName: string) => {
      const patientId = await addPatient(tx, id, { familyName })
      const studyId = await addStudy(tx, id, { patientId, kind: 'cephalogram' })
      const [image] = await tx
        .update(instances)
        .set({ columns: 1578, rows: 2089 })
        .where(eq(instances.studyId, studyId))
        .returning({ id: instances.id })
      return { patientId, instanceId: image?.id ?? '' }
    }
    return { id, ...(await of('Gagné')), stranger: await of('Roy') }
  })
}
const [plateau, riveSud] = await Promise.all([practice('plateau'), practice('rivesud')])
const { patientId, instanceId } = plateau
const colleague = await createUser(owner, {
  email: 'a@example.org',
  name: 'A. Roy',
  password: randomUUID(),
  isOperator: false,
  membership: { tenantId: plateau.id, role: 'assistant' },
})

const inPlateau = <T>(work: Parameters<typeof withTenant<T>>[2]) => withTenant(db, plateau.id, work)
const elsewhere = <T>(work: Parameters<typeof withTenant<T>>[2]) => withTenant(db, riveSud.id, work)
const uncalibrated = { kind: 'none', columnMm: null } as const
const start = (image = { patientId, instanceId, frame: 1 }) =>
  inPlateau((tx) => startTracing(tx, plateau.id, image, uncalibrated, colleague.id))
async function started(): Promise<string> {
  const id = await start()
  if (id === null) throw new Error('not started')
  return id
}
const sella = (change: Partial<CephPointChange> = {}): CephPointChange => ({
  landmark: 'S',
  basedOn: 0,
  state: 'placed',
  at: [700.25, 800.5],
  ...change,
})
const save = (id: string, change: CephPointChange) =>
  inPlateau((tx) => savePoint(tx, plateau.id, { id, patientId }, change, colleague.id))
const read = async (id: string) => (await inPlateau((tx) => listTracings(tx, { patientId, ids: [id] })))[0]

test('each point comes back where it was put, with who put it there; what was skipped says so', async () => {
  const id = await started()
  await save(id, sella())
  await save(id, { landmark: 'R4', basedOn: 0, state: 'skipped', at: null })
  const tracing = await read(id)
  expect(tracing).toMatchObject({ instanceId, frame: 1, createdBy: 'A. Roy', calibration: uncalibrated })
  expect(tracing?.points).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ landmark: 'S', at: [700.25, 800.5], version: 1, changedBy: 'A. Roy' }),
      expect.objectContaining({ landmark: 'R4', state: 'skipped', at: null }),
    ]),
  )
})

test('of two moves of one landmark from one state the second is told, and the first stays', async () => {
  const id = await started()
  await save(id, sella())
  const moves = [sella({ basedOn: 1, at: [1, 2] }), sella({ basedOn: 1, at: [3, 4] })]
  const answers = await Promise.all(moves.map((move) => save(id, move)))
  expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['changed', 'saved'])
  const kept = moves[answers.findIndex(({ outcome }) => outcome === 'saved')]?.at
  expect((await read(id))?.points).toMatchObject([{ landmark: 'S', at: kept, version: 2 }])
})

test('different landmarks never stand in each other’s way, and the same point sent twice is one', async () => {
  const id = await started()
  const both = await Promise.all([save(id, sella()), save(id, sella({ landmark: 'N' }))])
  expect(both).toMatchObject([{ outcome: 'saved' }, { outcome: 'saved' }])
  expect(await save(id, sella())).toMatchObject({ outcome: 'saved', version: 1 })
})

test('every place that a landmark had stays on record, and the app can change none of them', async () => {
  const id = await started()
  await save(id, sella())
  await save(id, sella({ basedOn: 1, at: [1, 2] }))
  await save(id, sella({ basedOn: 2, state: 'cleared', at: null }))
  const states = await inPlateau((tx) =>
    tx.select().from(cephPoints).where(eq(cephPoints.tracingId, id)).orderBy(cephPoints.version),
  )
  expect(states.map(({ state, column }) => [state, column])).toEqual([
    ['placed', 700.25],
    ['placed', 1],
    ['cleared', null],
  ])
  await expect(inPlateau((tx) => tx.update(cephPoints).set({ column: 5 }))).rejects.toThrow()
  await expect(inPlateau((tx) => tx.delete(cephPoints))).rejects.toThrow()
  await expect(inPlateau((tx) => tx.delete(cephTracings))).rejects.toThrow()
})

test('a place outside of the picture is refused', async () => {
  const id = await started()
  for (const at of [[-1, 5], [1579, 5], [5, 2090], null] as const)
    expect(await save(id, sella({ at: at && [at[0], at[1]] }))).toEqual({ outcome: 'absent' })
})

test('an image of another patient, of another practice or of nobody cannot be traced', async () => {
  for (const foreign of [plateau.stranger.instanceId, riveSud.instanceId, randomUUID()])
    expect(await start({ patientId, instanceId: foreign, frame: 1 })).toBeNull()
  expect(await start({ patientId, instanceId, frame: 2 })).toBeNull()
})

test('another practice and another patient’s page neither see, change nor remove it', async () => {
  const id = await started()
  await save(id, sella())
  expect(await elsewhere((tx) => listTracings(tx, { patientId }))).toEqual([])
  const foreign = (tenantId: string, patient: string, work: typeof inPlateau) =>
    work((tx) => savePoint(tx, tenantId, { id, patientId: patient }, sella({ basedOn: 1 }), colleague.id))
  expect(await foreign(riveSud.id, patientId, elsewhere)).toEqual({ outcome: 'absent' })
  expect(await foreign(plateau.id, plateau.stranger.patientId, inPlateau)).toEqual({ outcome: 'absent' })
  const remove = { removed: true }
  expect(await elsewhere((tx) => changeTracing(tx, { id, patientId }, remove))).toBe(false)
  const ofStranger = { id, patientId: plateau.stranger.patientId }
  expect(await inPlateau((tx) => changeTracing(tx, ofStranger, remove))).toBe(false)
  expect(await elsewhere((tx) => tx.select().from(cephPoints))).toEqual([])
  expect((await read(id))?.points).toHaveLength(1)
})

test('what was removed can be brought back once, and takes points only where it is', async () => {
  const id = await started()
  const change = (removed: boolean) => inPlateau((tx) => changeTracing(tx, { id, patientId }, { removed }))
  expect([await change(true), await read(id), await change(true)]).toEqual([true, undefined, false])
  expect(await save(id, sella())).toEqual({ outcome: 'absent' })
  expect([await change(false), (await read(id))?.id, await change(false)]).toEqual([true, id, false])
})

test('the calibration that somebody has seen is kept', async () => {
  const id = await started()
  const calibration = { kind: 'hand', columnMm: 0.1 } as const
  expect(await inPlateau((tx) => changeTracing(tx, { id, patientId }, { calibration }))).toBe(true)
  expect((await read(id))?.calibration).toEqual(calibration)
})
