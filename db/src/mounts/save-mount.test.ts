import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  addMountLayout,
  createUser,
  listMountLayouts,
  listMounts,
  removeMount,
  removeMountLayout,
  saveMount,
  saveMountLayout,
  withTenant,
  type LayoutRows,
  type MountedImage,
} from '../index.ts'
import { instances, mounts } from '../schema/index.ts'
import { addPatient, addStudy } from '../testing/add-study.ts'
import { testDatabase } from '../testing/test-database.ts'

const { db, owner, tenant } = await testDatabase()

const practice = async (slug: string) => {
  const { id } = await tenant(slug)
  return withTenant(db, id, async (tx) => {
    const of = async (familyName: string) => {
      const patientId = await addPatient(tx, id, { familyName })
      const studyId = await addStudy(tx, id, { patientId, kind: 'bitewing', instances: 3 })
      const rows = await tx.select({ id: instances.id }).from(instances).where(eq(instances.studyId, studyId))
      return { patientId, images: rows.map((row) => row.id) }
    }
    return { id, ...(await of('Gagné')), stranger: await of('Roy') }
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

const inCells = (ids: string[]): MountedImage[] =>
  ids.map((instanceId, index) => ({ cell: index + 1, instanceId, frame: 1, mirrored: false, turned: 0 }))
const inPlateau = <T>(work: Parameters<typeof withTenant<T>>[2]) => withTenant(db, plateau.id, work)
const make = (images: MountedImage[]) =>
  inPlateau((tx) =>
    saveMount(
      tx,
      plateau.id,
      plateau.patientId,
      { template: 'bitewings-4', day: '2026-11-03', images },
      colleague.id,
    ),
  )
const change = (id: string, version: number, images: MountedImage[]) =>
  inPlateau((tx) => saveMount(tx, plateau.id, plateau.patientId, { id, version, images }, colleague.id))
const read = async (id: string) =>
  (await inPlateau((tx) => listMounts(tx, { patientId: plateau.patientId, id })))[0]
async function made(images: MountedImage[]): Promise<string> {
  const saved = await make(images)
  if (!saved.saved) throw new Error(saved.why)
  return saved.id
}
const [first = '', second = '', third = ''] = plateau.images

test('a mount comes back exactly as it was left, with who left it', async () => {
  const images = inCells([first, second]).map((image) => ({ ...image, mirrored: true, turned: 90 as const }))
  const id = await made(images)
  expect(await read(id)).toMatchObject({
    template: 'bitewings-4',
    day: '2026-11-03',
    images,
    version: 1,
    changedBy: 'A. Roy',
  })
})

test('of two changes of one state the second is told, and the first stays', async () => {
  const id = await made(inCells([first]))
  const answers = await Promise.all([
    change(id, 1, inCells([first, second])),
    change(id, 1, inCells([first, third])),
  ])
  expect(answers.filter(({ saved }) => saved)).toEqual([{ saved: true, id, version: 2 }])
  expect(answers.filter(({ saved }) => !saved)).toEqual([{ saved: false, why: 'changed' }])
  const winner = answers[0]?.saved ? second : third
  expect((await read(id))?.images.map(({ instanceId }) => instanceId)).toEqual([first, winner])
})

test('an image of another patient, of another practice or of nobody has no place in it', async () => {
  const id = await made(inCells([first]))
  for (const foreign of [plateau.stranger.images[0], riveSud.images[0], randomUUID()]) {
    const images = inCells([first, foreign ?? ''])
    expect(await make(images)).toEqual({ saved: false, why: 'image' })
    expect(await change(id, 1, images)).toEqual({ saved: false, why: 'image' })
  }
})

test('two images in one cell, and one image in two cells, are refused', async () => {
  const [one, other] = inCells([first, second])
  if (!one || !other) throw new Error('no images')
  for (const images of [
    [one, { ...other, cell: one.cell }],
    [one, { ...one, cell: 2 }],
  ])
    expect(await make(images)).toEqual({ saved: false, why: 'image' })
})

test('an image that was deleted since keeps its cell, and hinders no other change', async () => {
  const [studyId, deleted] = await inPlateau(async (tx) => {
    const study = await addStudy(tx, plateau.id, { patientId: plateau.patientId, kind: 'bitewing' })
    const [row] = await tx.select({ id: instances.id }).from(instances).where(eq(instances.studyId, study))
    return [study, row?.id ?? '']
  })
  const id = await made(inCells([deleted, first]))
  // a study that staff gave to another patient is as far away as a deleted one
  await withTenant(owner, plateau.id, (tx) => tx.delete(instances).where(eq(instances.studyId, studyId)))
  expect(await change(id, 1, inCells([deleted, second]))).toMatchObject({ saved: true, version: 2 })
})

test('another practice neither sees, changes, removes nor deletes it', async () => {
  const id = await made(inCells([first]))
  const elsewhere = <T>(work: Parameters<typeof withTenant<T>>[2]) => withTenant(db, riveSud.id, work)
  const { patientId } = plateau

  expect(await elsewhere((tx) => listMounts(tx, { patientId }))).toEqual([])
  expect(await elsewhere((tx) => removeMount(tx, { id, patientId }, { restore: false }))).toBe(false)
  const foreign = { id, version: 1, images: inCells(riveSud.images) }
  for (const patient of [patientId, riveSud.patientId])
    expect(await elsewhere((tx) => saveMount(tx, riveSud.id, patient, foreign, colleague.id))).toEqual({
      saved: false,
      why: 'absent',
    })
  expect(await elsewhere((tx) => tx.select().from(mounts))).toEqual([])
  expect(await withTenant(owner, riveSud.id, (tx) => tx.delete(mounts).returning())).toEqual([])
})

test('what was removed can be brought back once, and changes only where it is', async () => {
  const id = await made(inCells([first]))
  const remove = (restore: boolean) =>
    inPlateau((tx) => removeMount(tx, { id, patientId: plateau.patientId }, { restore }))
  expect([await remove(false), await read(id), await remove(false)]).toEqual([true, undefined, false])
  expect(await change(id, 1, [])).toEqual({ saved: false, why: 'absent' })
  expect([await remove(true), (await read(id))?.id, await remove(true)]).toEqual([true, id, false])
})

// shredding removes the rows of a practice as the schema's owner; the apps never do
test("only the schema's owner deletes the rows", async () => {
  await made(inCells([first]))
  await expect(inPlateau((tx) => tx.delete(mounts))).rejects.toThrow()
  const gone = await withTenant(owner, plateau.id, (tx) => tx.delete(mounts).returning({ id: mounts.id }))
  expect(gone.length).toBeGreaterThan(0)
})

const staffOf = (tenantId: string) => ({ tenantId, userId: colleague.id, sessionId: null, address: null })
const rowsOf = (...teeth: string[]): LayoutRows => [
  [
    { shape: 'lying', awaits: { kind: 'bitewing', teeth } },
    { shape: 'wide', awaits: null },
  ],
]

test('a layout of the practice’s own is changed by versions, and goes and comes back; no other practice has it', async () => {
  const here = staffOf(plateau.id)
  const id = await addMountLayout(db, here, { name: 'Recall', rows: rowsOf('16', '46') })
  if (!id) throw new Error('not made')
  const list = (tenantId = plateau.id) => withTenant(db, tenantId, (tx) => listMountLayouts(tx, id))
  expect(await list()).toMatchObject([
    { name: 'Recall', rows: rowsOf('16', '46'), version: 1, changedBy: 'A. Roy' },
  ])

  const change = { id, version: 1, name: 'Recall 2', rows: rowsOf('17') }
  const answers = await Promise.all([
    saveMountLayout(db, here, change),
    saveMountLayout(db, here, { ...change, name: 'Recall 3' }),
  ])
  expect(answers.map(({ outcome }) => outcome).toSorted()).toEqual(['changed', 'saved'])

  const there = staffOf(riveSud.id)
  expect(await list(riveSud.id)).toEqual([])
  expect(await saveMountLayout(db, there, { ...change, version: 2 })).toEqual({ outcome: 'absent' })
  expect(await removeMountLayout(db, there, { id, restore: false })).toBe(false)

  expect(await removeMountLayout(db, here, { id, restore: false })).toBe(true)
  expect(await list()).toEqual([])
  expect(await saveMountLayout(db, here, { ...change, version: 2 })).toEqual({ outcome: 'absent' })
  expect(await removeMountLayout(db, here, { id, restore: true })).toBe(true)
  expect(await list()).toMatchObject([{ version: 2 }])
})

test('a mount keeps the layout it was made by when that is changed and removed', async () => {
  const here = staffOf(plateau.id)
  const rows = rowsOf('16', '46')
  const id = await addMountLayout(db, here, { name: 'Recall', rows })
  if (!id) throw new Error('not made')
  const layout = { id, version: 1, name: 'Recall', rows }
  const saved = await inPlateau((tx) =>
    saveMount(
      tx,
      plateau.id,
      plateau.patientId,
      { template: 'own', layout, day: null, images: inCells([first]) },
      colleague.id,
    ),
  )
  if (!saved.saved) throw new Error(saved.why)
  await saveMountLayout(db, here, { ...layout, name: 'Other', rows: [] })
  await removeMountLayout(db, here, { id, restore: false })
  expect(await read(saved.id)).toMatchObject({ template: 'own', layout })
  // and one without the other is no mount
  await expect(
    inPlateau((tx) =>
      saveMount(tx, plateau.id, plateau.patientId, { template: 'own', day: null, images: [] }, colleague.id),
    ),
  ).rejects.toThrow()
})
