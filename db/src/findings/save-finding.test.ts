import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  createUser,
  patientFindings,
  reviewAiFinding,
  saveAnnotation,
  saveFinding,
  studyAiReviews,
  withTenant,
  type FindingChange,
} from '../index.ts'
import { instances, studies, toothFindings, toothFindingVersions } from '../schema/index.ts'
import { addPatient, addStudy } from '../testing/add-study.ts'
import { testDatabase } from '../testing/test-database.ts'

const { db, owner, tenant } = await testDatabase({ connections: 4 })

async function practice(slug: string) {
  const { id } = await tenant(slug)
  const { id: userId } = await createUser(owner, {
    email: `hygienist@${slug}.example`,
    name: `Hygienist of ${slug}`,
    password: randomUUID(),
    isOperator: false,
    membership: { tenantId: id, role: 'assistant' },
  })
  const staff = { tenantId: id, userId, sessionId: null, address: null }
  return withTenant(db, id, async (tx) => {
    const patientId = await addPatient(tx, id, { familyName: slug })
    const studyId = await addStudy(tx, id, { patientId })
    const [image] = await tx
      .select({
        id: instances.id,
        sopInstanceUid: instances.sopInstanceUid,
        studyInstanceUid: studies.studyInstanceUid,
      })
      .from(instances)
      .innerJoin(studies, eq(studies.id, instances.studyId))
      .where(eq(instances.studyId, studyId))
    if (!image) throw new Error('no image')
    return { id, staff, patientId, studyId, image }
  })
}
const [north, south] = [await practice('north'), await practice('south')]

function found(part: Partial<FindingChange> = {}): FindingChange {
  return {
    id: randomUUID(),
    patientId: north.patientId,
    basedOn: 0,
    tooth: '16',
    kind: 'caries',
    surfaces: ['M', 'O'],
    detail: 'dentine',
    note: '',
    ended: null,
    image: null,
    annotationId: null,
    ...part,
  }
}
const list = () => withTenant(db, north.id, (tx) => patientFindings(tx, north.patientId))
const find = async (id: string) => (await list()).find((each) => each.id === id)

test('a finding is kept with who and when, once however often it is sent, and with all that it ever said', async () => {
  const change = found()
  expect(await saveFinding(db, north.staff, change)).toMatchObject({ outcome: 'saved', version: 1 })
  expect(await saveFinding(db, north.staff, change)).toMatchObject({ outcome: 'saved', version: 1 })
  const treated = { ...change, basedOn: 1, surfaces: ['O' as const], ended: 'treated' as const }
  expect(await saveFinding(db, north.staff, treated)).toMatchObject({ outcome: 'saved', version: 2 })
  expect(await find(change.id)).toMatchObject({
    tooth: '16',
    surfaces: ['O'],
    ended: 'treated',
    createdBy: 'Hygienist of north',
    versions: [
      { version: 1, surfaces: ['M', 'O'], ended: null, changedBy: 'Hygienist of north' },
      { version: 2, surfaces: ['O'], ended: 'treated' },
    ],
  })
  // taken back: it holds again, and that it had ended stays in its history
  await saveFinding(db, north.staff, { ...change, basedOn: 2 })
  expect((await find(change.id))?.versions.map(({ ended }) => ended)).toEqual([null, 'treated', null])
})

test('of two changes of one state the first counts, and the second is told', async () => {
  const change = found({ tooth: '26' })
  await saveFinding(db, north.staff, change)
  const both = await Promise.all(
    ['mesial wall', 'distal wall'].map((note) =>
      saveFinding(db, north.staff, { ...change, basedOn: 1, note }),
    ),
  )
  expect(both.map(({ outcome }) => outcome).toSorted()).toEqual(['changed', 'saved'])
  expect((await find(change.id))?.versions).toHaveLength(2)
})

test('a finding names images and drawings of its own patient alone', async () => {
  const annotationId = randomUUID()
  await withTenant(db, north.id, (tx) =>
    saveAnnotation(
      tx,
      north.id,
      {
        changeId: randomUUID(),
        id: annotationId,
        studyInstanceUid: north.image.studyInstanceUid,
        sopInstanceUid: north.image.sopInstanceUid,
        frame: 1,
        kind: 'text',
        basedOn: 0,
        points: [[1, 1]],
        text: 'shadow',
        millimetres: null,
        isDeleted: false,
      },
      null,
      north.staff.userId,
    ),
  )
  const seen = found({ tooth: '36', annotationId, image: north.image.sopInstanceUid })
  expect(await saveFinding(db, north.staff, seen)).toMatchObject({ outcome: 'saved' })
  expect((await find(seen.id))?.image).toEqual(north.image)

  const foreign = found({ tooth: '36', image: south.image.sopInstanceUid })
  expect(await saveFinding(db, north.staff, foreign)).toEqual({ outcome: 'absent' })
  const otherPatient = await withTenant(db, north.id, (tx) => addPatient(tx, north.id, {}))
  const elsewhere = found({ patientId: otherPatient, annotationId })
  expect(await saveFinding(db, north.staff, elsewhere)).toEqual({ outcome: 'absent' })
})

test('another practice neither reads nor changes a finding, and nobody deletes one', async () => {
  const change = found({ tooth: '11' })
  await saveFinding(db, north.staff, change)
  expect(await withTenant(db, south.id, (tx) => patientFindings(tx, north.patientId))).toEqual([])
  const theirs = { ...change, basedOn: 1, note: 'theirs' }
  expect(await saveFinding(db, south.staff, theirs)).toEqual({ outcome: 'absent' })
  expect(await saveFinding(db, south.staff, { ...theirs, patientId: south.patientId })).toEqual({
    outcome: 'absent',
  })
  expect((await find(change.id))?.note).toBe('')
  for (const table of [toothFindings, toothFindingVersions])
    await expect(withTenant(db, north.id, (tx) => tx.delete(table))).rejects.toThrow()
})

test("what a dentist says of software's finding is kept, the latest last, for this practice alone", async () => {
  for (const verdict of ['accepted', 'open', 'rejected'] as const)
    await withTenant(db, north.id, (tx) =>
      reviewAiFinding(tx, north.staff, {
        studyId: north.studyId,
        patientId: north.patientId,
        instanceId: north.image.id,
        finding: '1.2.3',
        verdict,
        toothFindingId: null,
      }),
    )
  const read = (tenantId: string) =>
    withTenant(db, tenantId, (tx) => studyAiReviews(tx, north.image.studyInstanceUid))
  expect((await read(north.id)).map(({ verdict }) => verdict)).toEqual(['accepted', 'open', 'rejected'])
  expect(await read(south.id)).toEqual([])
})
