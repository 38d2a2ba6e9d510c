import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  createUser,
  listAnnotations,
  measureAgain,
  saveAnnotation,
  withTenant,
  type AnnotationChange,
  type Measured,
} from '../index.ts'
import { annotationVersions, instances, studies } from '../schema/index.ts'
import { addStudy } from '../testing/add-study.ts'
import { testDatabase } from '../testing/test-database.ts'

const { db, owner, tenant } = await testDatabase({ connections: 4 })

async function practice(slug: string) {
  const { id } = await tenant(slug)
  return withTenant(db, id, async (tx) => {
    const studyId = await addStudy(tx, id, { patientId: null })
    const [image] = await tx
      .select({ sopInstanceUid: instances.sopInstanceUid, studyInstanceUid: studies.studyInstanceUid })
      .from(instances)
      .innerJoin(studies, eq(studies.id, instances.studyId))
      .where(eq(instances.studyId, studyId))
    if (!image) throw new Error('no image')
    await tx.update(instances).set({ frames: 1 }).where(eq(instances.studyId, studyId))
    return { id, ...image }
  })
}
const [north, south] = [await practice('north'), await practice('south')]
const dentist = await createUser(owner, {
  email: 'a@example.org',
  name: 'A. Roy',
  password: randomUUID(),
  isOperator: false,
  membership: { tenantId: north.id, role: 'dentist' },
})
const length: Measured = { value: 5, unit: 'px', calibration: 'none' }

function drawn(part: Partial<AnnotationChange> = {}): AnnotationChange {
  return {
    changeId: randomUUID(),
    id: randomUUID(),
    studyInstanceUid: north.studyInstanceUid,
    sopInstanceUid: north.sopInstanceUid,
    frame: 1,
    kind: 'length',
    basedOn: 0,
    points: [
      [0, 0],
      [3, 4],
    ],
    text: '',
    millimetres: null,
    isDeleted: false,
    ...part,
  }
}
const save = (change: AnnotationChange, tenantId = north.id) =>
  withTenant(db, tenantId, (tx) => saveAnnotation(tx, tenantId, change, length, dentist.id))
const list = () => withTenant(db, north.id, (tx) => listAnnotations(tx, north.studyInstanceUid))
const find = async (id: string) => (await list()).find((each) => each.id === id)

test('what was drawn comes back with its author, and sending it twice makes one', async () => {
  const change = drawn({ text: 'apex' })
  expect(await save(change)).toMatchObject({ outcome: 'saved', version: 1 })
  expect(await save(change)).toMatchObject({ outcome: 'saved', version: 1 })
  expect(await find(change.id)).toMatchObject({
    text: 'apex',
    points: change.points,
    measured: length,
    createdBy: 'A. Roy',
    version: 1,
  })
  expect((await list()).filter(({ text }) => text === 'apex')).toHaveLength(1)
})

test('of two changes made at once on one state, both are kept, and every state that was', async () => {
  const first = drawn()
  await save(first)
  const changes = ['mesial', 'distal'].map((text) => ({
    ...first,
    changeId: randomUUID(),
    basedOn: 1,
    text,
  }))
  const outcomes = await Promise.all(changes.map((change) => save(change)))
  expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['kept-beside', 'saved'])
  // an answer that got lost: the same change again is no third annotation
  await Promise.all(changes.map((change) => save(change)))
  const texts = (await list())
    .map(({ text }) => text)
    .filter((text) => text === 'mesial' || text === 'distal')
  expect(texts.sort()).toEqual(['distal', 'mesial'])
  const states = await withTenant(db, north.id, (tx) =>
    tx.select().from(annotationVersions).where(eq(annotationVersions.annotationId, first.id)),
  )
  expect(states.map(({ version }) => version).sort()).toEqual([1, 2])
})

test('deleting can be taken back, and never takes away what somebody else has just changed', async () => {
  const change = drawn()
  await save(change)
  const gone = { ...change, changeId: randomUUID(), basedOn: 1, isDeleted: true }
  expect(await save(gone)).toMatchObject({ outcome: 'saved', version: 2 })
  expect(await find(change.id)).toBeUndefined()
  const back = { ...change, changeId: randomUUID(), basedOn: 2 }
  expect(await save(back)).toMatchObject({ outcome: 'saved', version: 3 })
  expect(await find(change.id)).toBeDefined()
  expect(await save({ ...gone, changeId: randomUUID(), basedOn: 2 })).toMatchObject({ outcome: 'changed' })
  expect(await find(change.id)).toBeDefined()
})

test("another practice's image and annotation are not there, whatever ids are named", async () => {
  const change = drawn()
  await save(change)
  expect(await save(drawn(), south.id)).toEqual({ outcome: 'absent' })
  expect(await save({ ...change, basedOn: 1, text: 'x' }, south.id)).toEqual({ outcome: 'absent' })
  // their image, our annotation's id
  const { studyInstanceUid, sopInstanceUid } = south
  const onTheirs = { ...change, studyInstanceUid, sopInstanceUid, basedOn: 1, text: 'x' }
  expect(await save(onTheirs, south.id)).toEqual({ outcome: 'absent' })
  expect((await find(change.id))?.text).toBe('')
  expect(await withTenant(db, south.id, (tx) => listAnnotations(tx, north.studyInstanceUid))).toEqual([])
})

test('a frame that the image does not have takes nothing', async () => {
  expect(await save(drawn({ frame: 2 }))).toEqual({ outcome: 'absent' })
})

test('what lies on a frame is measured again when its calibration changes', async () => {
  const change = drawn()
  await save(change)
  const measured: Measured = { value: 2.5, unit: 'mm', calibration: 'hand' }
  await withTenant(db, north.id, (tx) =>
    measureAgain(tx, { sopInstanceUid: north.sopInstanceUid, frame: 1 }, () => measured),
  )
  expect((await find(change.id))?.measured).toEqual(measured)
})

test('no state of an annotation can be changed or removed by the app', async () => {
  await expect(db.client.query(`UPDATE annotation_versions SET text = ''`)).rejects.toThrow(
    /permission denied/,
  )
  await expect(db.client.query(`DELETE FROM annotations`)).rejects.toThrow(/permission denied/)
})
