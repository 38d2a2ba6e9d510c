import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  latestPatients,
  newestImages,
  parsePatientSearch,
  patientImageKinds,
  patientStudies,
  readPatient,
  searchPatients,
  unsortedStudies,
  withTenant,
} from '../index.ts'
import { instances } from '../schema/index.ts'
import { addPatient, addStudy } from '../testing/add-study.ts'
import { testDatabase } from '../testing/test-database.ts'

const { db, tenant } = await testDatabase()

const [plateau, riveSud] = await Promise.all([tenant('plateau'), tenant('rivesud')])

const genevieve = await withTenant(db, plateau.id, async (tx) => {
  await addPatient(tx, plateau.id, {
    familyName: 'Gagné',
    givenName: 'Zoé',
    birthDate: '1990-01-31',
    identifiers: ['P-77', 'A%B'],
  })
  await addPatient(tx, plateau.id, {
    familyName: 'Tremblay',
    givenName: 'Marc-André',
    birthDate: '1985-07-03',
    identifiers: ['p-10'],
  })
  await addPatient(tx, plateau.id, { familyName: 'L’Heureux-St-Onge', givenName: 'D’Arcy' })
  return addPatient(tx, plateau.id, {
    familyName: 'Côté',
    givenName: 'Geneviève',
    birthDate: '1985-03-07',
    identifiers: ['P-100'],
  })
})
await withTenant(db, riveSud.id, (tx) =>
  addPatient(tx, riveSud.id, {
    familyName: 'Côté',
    givenName: 'Geneviève',
    birthDate: '1985-03-07',
    identifiers: ['P-100'],
  }),
)

async function found(text: string): Promise<string[]> {
  const page = await withTenant(db, plateau.id, (tx) =>
    searchPatients(tx, { search: parsePatientSearch(text), limit: 50, offset: 0 }),
  )
  expect(page.total).toBe(page.patients.length)
  return page.patients.map(({ givenName }) => givenName)
}

test.each([
  ['cote', ['Geneviève']],
  ['GENEVIÈVE côté', ['Geneviève']],
  ['gen', ['Geneviève']],
  ['andre', ['Marc-André']],
  ['g', ['Geneviève', 'Zoé']],
  ['1985-03-07', ['Geneviève']],
  ['3/7/1985', ['Geneviève', 'Marc-André']],
  ['1985', ['Geneviève', 'Marc-André']],
  ['p-10', ['Geneviève', 'Marc-André']],
  ['P-100', ['Geneviève']],
  ['lheureux', ['D’Arcy']],
  ["l'heureux", ['D’Arcy']],
  ['darcy stonge', ['D’Arcy']],
  ['onge heureux', ['D’Arcy']],
  ['enevieve', []],
  ['cote tremblay', []],
  ['%', []],
  ['a%b', ['Zoé']],
  ['a_b', []],
  ["'; drop table patients --", []],
])('%s finds %j', async (text, names) => {
  expect(await found(text)).toEqual(names)
})

test("another practice's patient of the same name and number is not found, nor read by its id", async () => {
  const theirs = await withTenant(db, riveSud.id, (tx) =>
    searchPatients(tx, { search: null, limit: 9, offset: 0 }),
  )
  expect(theirs.patients).toHaveLength(1)
  expect(await withTenant(db, riveSud.id, (tx) => readPatient(tx, genevieve))).toBeNull()
  expect(await withTenant(db, plateau.id, (tx) => readPatient(tx, genevieve))).toMatchObject({
    familyName: 'Côté',
  })
  expect(await withTenant(db, plateau.id, (tx) => readPatient(tx, 'not-an-id'))).toBeNull()
})

test('pages cover everybody once, in the order of names', async () => {
  const names: string[] = []
  for (let offset = 0; offset < 4; offset += 2) {
    const page = await withTenant(db, plateau.id, (tx) =>
      searchPatients(tx, { search: null, limit: 2, offset }),
    )
    expect(page.total).toBe(4)
    names.push(...page.patients.map(({ familyName }) => familyName))
  }
  expect(names).toEqual(['Côté', 'Gagné', 'L’Heureux-St-Onge', 'Tremblay'])
})

test('a slice of each volume stands for it, and studies come newest first with undated ones last', async () => {
  await withTenant(db, plateau.id, async (tx) => {
    const id = await addPatient(tx, plateau.id, { familyName: 'Roy', givenName: 'Léa' })
    await addStudy(tx, plateau.id, { patientId: id, studyDate: null })
    await addStudy(tx, plateau.id, { patientId: id, studyDate: '2020-05-01', kind: 'cbct', instances: 9 })
    const newest = await addStudy(tx, plateau.id, {
      patientId: id,
      studyDate: '2024-02-29',
      kind: 'bitewing',
      instances: 4,
    })

    const timeline = await patientStudies(tx, id, { imagesMax: 60 })
    expect(timeline.map(({ studyDate }) => studyDate)).toEqual(['2024-02-29', '2020-05-01', null])
    expect(timeline.map(({ images }) => images.length)).toEqual([4, 1, 1])
    expect(timeline[1]?.images[0]).toMatchObject({ instanceNumber: 5, standsFor: 9, kind: 'cbct' })

    const images = await newestImages(tx, [id], 3)
    expect(images.get(id)?.images.map(({ studyId }) => studyId)).toEqual([newest, newest, newest])

    // what is shown of a video is its first picture, and pages say so
    expect(images.get(id)?.images.map(({ isVideo }) => isVideo)).toEqual([false, false, false])
    const films = ['1.2.840.10008.1.2.4.100', '1.2.840.10008.1.2.4.106.1', '1.2.840.10008.1.2.4.110']
    const found: unknown[] = []
    for (const transferSyntaxUid of films) {
      await tx.update(instances).set({ transferSyntaxUid }).where(eq(instances.studyId, newest))
      found.push((await newestImages(tx, [id], 1)).get(id)?.images[0]?.isVideo)
    }
    expect(found).toEqual([true, true, false])
  })
})

test('who was imaged last comes first, by arrival', async () => {
  await withTenant(db, plateau.id, async (tx) => {
    const early = await addPatient(tx, plateau.id, { familyName: 'Morin' })
    const late = await addPatient(tx, plateau.id, { familyName: 'Lavoie' })
    await addStudy(tx, plateau.id, {
      patientId: late,
      arrivedAt: new Date('2030-01-02'),
      studyDate: '2001-01-01',
    })
    await addStudy(tx, plateau.id, {
      patientId: early,
      arrivedAt: new Date('2030-01-01'),
      studyDate: '2029-01-01',
    })
    const [first, second] = await latestPatients(tx, 2)
    expect([first?.id, second?.id]).toEqual([late, early])
    expect(first).toMatchObject({
      studyCount: 1,
      lastStudyDate: '2001-01-01',
      lastArrivedAt: new Date('2030-01-02'),
    })
  })
})

test('what names nobody, or somebody else, is to sort; the rest is not', async () => {
  const sorted = await withTenant(db, riveSud.id, async (tx) => {
    const id = await addPatient(tx, riveSud.id, { familyName: 'Caron' })
    await addStudy(tx, riveSud.id, { patientId: null, matchState: 'unmatched' })
    await addStudy(tx, riveSud.id, { patientId: id, matchState: 'doubtful' })
    for (const matchState of ['created', 'matched', 'confirmed'] as const) {
      await addStudy(tx, riveSud.id, { patientId: id, matchState })
    }
    return unsortedStudies(tx, { limit: 10, imagesMax: 1 })
  })
  expect(sorted.total).toBe(2)
  expect(sorted.studies.map(({ matchState }) => matchState).sort()).toEqual(['doubtful', 'unmatched'])
  expect(
    (await withTenant(db, plateau.id, (tx) => unsortedStudies(tx, { limit: 10, imagesMax: 1 }))).total,
  ).toBe(0)
})

test('the kinds of images of each patient, once each, and none of another practice', async () => {
  const [ada, ben] = await withTenant(db, plateau.id, async (tx) => {
    const ids = [
      await addPatient(tx, plateau.id, { familyName: 'Kinds', givenName: 'Ada' }),
      await addPatient(tx, plateau.id, { familyName: 'Kinds', givenName: 'Ben' }),
    ] as const
    await addStudy(tx, plateau.id, { patientId: ids[0], kind: 'cbct', instances: 40 })
    await addStudy(tx, plateau.id, { patientId: ids[0], kind: 'panoramic', instances: 2 })
    await addStudy(tx, plateau.id, { patientId: ids[0], kind: 'panoramic' })
    return ids
  })
  const kinds = (tenantId: string) =>
    withTenant(db, tenantId, async (tx) => Object.fromEntries(await patientImageKinds(tx, [ada, ben])))
  expect(await kinds(plateau.id)).toEqual({ [ada]: ['panoramic', 'cbct'] })
  expect(await kinds(riveSud.id)).toEqual({})
})
