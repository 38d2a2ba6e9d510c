import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  createUser,
  listComparisons,
  removeComparison,
  saveComparison,
  withTenant,
  type ComparedImage,
  type ComparisonDraft,
} from '../index.ts'
import { instances } from '../schema/index.ts'
import { addPatient, addStudy } from '../testing/add-study.ts'
import { testDatabase } from '../testing/test-database.ts'

const { db, owner, tenant } = await testDatabase()

const practice = async (slug: string) => {
  const { id } = await tenant(slug)
  return withTenant(db, id, async (tx) => {
    const patientId = await addPatient(tx, id, { familyName: 'Gagné' })
    const strangerId = await addPatient(tx, id, { familyName: 'Roy' })
    const of = async (patient: string) => {
      const studyId = await addStudy(tx, id, { patientId: patient, instances: 2 })
      const rows = await tx.select({ id: instances.id }).from(instances).where(eq(instances.studyId, studyId))
      return rows.map((row) => row.id)
    }
    return { id, patientId, images: await of(patientId), imagesOfStranger: await of(strangerId) }
  })
}
const [plateau, riveSud] = await Promise.all([practice('plateau'), practice('rivesud')])
const colleague = await createUser(owner, {
  email: 'a@example.org',
  name: 'A. Roy',
  password: randomUUID(),
  isOperator: false,
  membership: { tenantId: plateau.id, role: 'dentist' },
})

const onTop = (instanceId: string, part: Partial<ComparedImage> = {}): ComparedImage => ({
  instanceId,
  frame: 1,
  mirrored: false,
  placedBy: 'none',
  similarity: null,
  landmarks: [],
  errorPixels: null,
  ...part,
})
const draft = (patientId: string, images: string[]): ComparisonDraft => ({
  patientId,
  title: 'T0 – T2',
  mode: 'slider',
  images: images.map((id) =>
    onTop(id, { placedBy: 'landmarks', similarity: [0.98, 0.02, -3.5, 12], errorPixels: 1.25 }),
  ),
})
const inPlateau = <T>(work: Parameters<typeof withTenant<T>>[2]) => withTenant(db, plateau.id, work)
const save = (what: ComparisonDraft, over: { id: string; version: number } | null = null) =>
  inPlateau((tx) => saveComparison(tx, plateau.id, what, over, colleague.id))

test('a comparison comes back exactly as it was left, with who left it', async () => {
  const kept = draft(plateau.patientId, plateau.images)
  const saved = await save(kept)
  expect(saved).toMatchObject({ saved: true, version: 1 })

  const [first] = await inPlateau((tx) => listComparisons(tx, plateau.patientId))
  expect(first).toMatchObject({ title: 'T0 – T2', mode: 'slider', images: kept.images, changedBy: 'A. Roy' })
})

test('who saves over a state that somebody else has changed is told, and nothing is lost', async () => {
  const kept = draft(plateau.patientId, plateau.images)
  const saved = await save(kept)
  if (!saved.saved) throw new Error(saved.why)
  const opened = { id: saved.id, version: saved.version }

  expect(await save({ ...kept, title: 'first' }, opened)).toMatchObject({ saved: true, version: 2 })
  expect(await save({ ...kept, title: 'second' }, opened)).toEqual({ saved: false, why: 'changed' })
  const all = await inPlateau((tx) => listComparisons(tx, plateau.patientId))
  expect(all.find(({ id }) => id === saved.id)?.title).toBe('first')
})

test('images of another patient, of another practice or of nobody are not compared', async () => {
  const [mine = ''] = plateau.images
  for (const images of [
    [mine, ...plateau.imagesOfStranger],
    [mine, ...riveSud.images],
    [mine, randomUUID()],
    [],
  ]) {
    expect(await save(draft(plateau.patientId, images))).toEqual({ saved: false, why: 'image' })
  }
  expect(await save(draft(riveSud.patientId, riveSud.images))).toEqual({ saved: false, why: 'image' })
})

test('another practice neither sees, changes nor removes it', async () => {
  const saved = await save(draft(plateau.patientId, plateau.images))
  if (!saved.saved) throw new Error(saved.why)
  const elsewhere = <T>(work: Parameters<typeof withTenant<T>>[2]) => withTenant(db, riveSud.id, work)
  const which = { id: saved.id, patientId: plateau.patientId }

  expect(await elsewhere((tx) => listComparisons(tx, plateau.patientId))).toEqual([])
  expect(await elsewhere((tx) => removeComparison(tx, which, { restore: false }))).toBe(false)
  const over = { id: saved.id, version: 1 }
  const foreign = draft(riveSud.patientId, riveSud.images)
  expect(await elsewhere((tx) => saveComparison(tx, riveSud.id, foreign, over, colleague.id))).toEqual({
    saved: false,
    why: 'absent',
  })
})

test('what was removed can be brought back once', async () => {
  const saved = await save(draft(plateau.patientId, plateau.images))
  if (!saved.saved) throw new Error(saved.why)
  const which = { id: saved.id, patientId: plateau.patientId }
  const listed = async () =>
    (await inPlateau((tx) => listComparisons(tx, plateau.patientId))).some(({ id }) => id === saved.id)
  const remove = (restore: boolean) => inPlateau((tx) => removeComparison(tx, which, { restore }))

  expect([await remove(false), await listed(), await remove(false)]).toEqual([true, false, false])
  expect([await remove(true), await listed(), await remove(true)]).toEqual([true, true, false])
})
