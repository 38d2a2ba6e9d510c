import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  createUser,
  listVolumeDrawings,
  saveVolumeDrawing,
  withTenant,
  type VolumeDrawingChange,
} from '../index.ts'
import { series, studies } from '../schema/index.ts'
import { addPatient, addStudy } from '../testing/add-study.ts'
import { testDatabase } from '../testing/test-database.ts'

const { db, owner, tenant } = await testDatabase()

const practice = async (slug: string) => {
  const { id } = await tenant(slug)
  return withTenant(db, id, async (tx) => {
    const patientId = await addPatient(tx, id, { familyName: 'Gagné' })
    const studyId = await addStudy(tx, id, { patientId, kind: 'cbct', instances: 2 })
    const [uids] = await tx
      .select({ studyInstanceUid: studies.studyInstanceUid, seriesInstanceUid: series.seriesInstanceUid })
      .from(series)
      .innerJoin(studies, eq(studies.id, series.studyId))
      .where(eq(studies.id, studyId))
    if (!uids) throw new Error('no series')
    return { id, studyId, uids }
  })
}
const [plateau, riveSud] = await Promise.all([practice('volume-plateau'), practice('volume-rivesud')])
const colleague = await createUser(owner, {
  email: 'volume@example.org',
  name: 'A. Roy',
  password: randomUUID(),
  isOperator: false,
  membership: { tenantId: plateau.id, role: 'dentist' },
})

const settings = { thicknessMm: 8, projection: 'average', spacingMm: 2 } as const
const curve = (part: Partial<VolumeDrawingChange> = {}): VolumeDrawingChange => ({
  ...plateau.uids,
  id: randomUUID(),
  kind: 'curve',
  points: [
    [-20, 30, 4],
    [0, 5.25, 4],
    [20, 30, 4],
  ],
  settings,
  basedOn: 0,
  isDeleted: false,
  ...part,
})
const save = (change: VolumeDrawingChange) =>
  withTenant(db, plateau.id, (tx) => saveVolumeDrawing(tx, plateau.id, change, colleague.id))
const list = () => withTenant(db, plateau.id, (tx) => listVolumeDrawings(tx, plateau.uids))

test('a curve comes back as it was drawn with who drew it, changes by versions, and is one for a series', async () => {
  const drawn = curve()
  expect(await save(drawn)).toEqual({ outcome: 'saved', version: 1, studyId: plateau.studyId })
  expect(await save(drawn)).toMatchObject({ outcome: 'saved', version: 1 }) // sent twice
  expect(await list()).toMatchObject([
    { id: drawn.id, points: drawn.points, settings, version: 1, createdBy: 'A. Roy', changedBy: 'A. Roy' },
  ])

  expect(await save({ ...drawn, settings: { ...settings, thicknessMm: 3 }, basedOn: 1 })).toMatchObject({
    version: 2,
  })
  // drawn over a state that somebody else has changed, and a second curve beside it
  expect(await save({ ...drawn, points: [], basedOn: 1 })).toEqual({ outcome: 'changed' })
  expect(await save(curve())).toEqual({ outcome: 'changed' })
  expect(await list()).toMatchObject([{ settings: { thicknessMm: 3 }, version: 2 }])

  // taken away, and brought back
  expect(await save({ ...drawn, basedOn: 2, isDeleted: true })).toMatchObject({ version: 3 })
  expect(await list()).toEqual([])
  expect(await save({ ...drawn, basedOn: 3 })).toMatchObject({ version: 4 })
  expect(await list()).toHaveLength(1)
})

test('another practice neither sees nor changes what was drawn', async () => {
  const drawn = curve({ kind: 'length', settings: null })
  expect(await save(drawn)).toMatchObject({ outcome: 'saved' })
  const elsewhere = <T>(work: Parameters<typeof withTenant<T>>[2]) => withTenant(db, riveSud.id, work)

  expect(await elsewhere((tx) => listVolumeDrawings(tx, plateau.uids))).toEqual([])
  const change = { ...drawn, points: [], basedOn: 1 }
  expect(await elsewhere((tx) => saveVolumeDrawing(tx, riveSud.id, change, colleague.id))).toEqual({
    outcome: 'absent',
  })
  const moved = { ...change, ...riveSud.uids }
  expect(await elsewhere((tx) => saveVolumeDrawing(tx, riveSud.id, moved, colleague.id))).toEqual({
    outcome: 'absent',
  })
  expect((await list()).find(({ id }) => id === drawn.id)?.points).toEqual(drawn.points)
})
