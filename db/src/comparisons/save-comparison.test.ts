import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  addComparison,
  addToShare,
  comparisonShares,
  createCase,
  createComparisonShare,
  createShare,
  createUser,
  findPlanPicture,
  findSharedPicture,
  listComparisons,
  openShare,
  parsePlanContent,
  patientCases,
  patientShares,
  presentVersion,
  removeComparison,
  revokeShare,
  saveComparison,
  saveDraft,
  sharedComparisons,
  sharesEnding,
  takeFromShare,
  withTenant,
  type ComparedImage,
  type ComparisonDraft,
} from '../index.ts'
import { canonicalJson, mergePlans } from '../plan-rules/index.ts'
import { instances, studies } from '../schema/index.ts'
import { addPatient, addStudy } from '../testing/add-study.ts'
import { planItem } from '../testing/plan-content.ts'
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

/** A comparison of two images, and a third image of the same study that is not in it. */
async function kept() {
  const { patientId, images, third } = await inPlateau(async (tx) => {
    const patientId = await addPatient(tx, plateau.id, { familyName: 'Côté' })
    const studyId = await addStudy(tx, plateau.id, { patientId, instances: 3 })
    const rows = await tx
      .select({ id: instances.id, uid: instances.sopInstanceUid, studyId: instances.studyId })
      .from(instances)
      .where(eq(instances.studyId, studyId))
    const [one, other, third] = rows
    if (!one || !other || !third) throw new Error('no images')
    return { patientId, images: [one, other] as const, third }
  })
  const comparison = draft(
    patientId,
    images.map(({ id }) => id),
  )
  const saved = await save(comparison)
  if (!saved.saved) throw new Error(saved.why)
  return { patientId, images, third, comparison, comparisonId: saved.id }
}
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000)
const soon = () => inMinutes(24 * 60)
const picture = (shareId: string, sopInstanceUid: string, frame = 1, tenantId = plateau.id) =>
  findSharedPicture(db, { tenantId, shareId, sopInstanceUid, frame })

test('a link to a comparison shows it as it was, opens its images and no other, and ends', async () => {
  const { patientId, images, third, comparison, comparisonId } = await kept()
  const [{ uid, studyId }] = images
  const which = { tenantId: plateau.id, patientId, comparisonId, userId: colleague.id }
  const link = { ...which, recipient: 'Léa', expiresAt: soon() }
  const made = await createComparisonShare(db, link)
  const opened = made && (await openShare(db, made.token))
  if (!opened) throw new Error('no link')
  const { shareId } = opened

  await save({ ...comparison, title: 'later', mode: 'blink' }, { id: comparisonId, version: 1 })
  expect(await inPlateau((tx) => sharedComparisons(tx, shareId))).toMatchObject([
    { title: 'T0 – T2', mode: 'slider', images: comparison.images },
  ])
  expect(await picture(shareId, uid)).toBe(studyId)
  expect(await picture(shareId, uid, 2)).toBeNull()
  expect(await picture(shareId, third.uid)).toBeNull()
  expect(await picture(shareId, uid, 1, riveSud.id)).toBeNull()
  expect(await picture(randomUUID(), uid)).toBeNull()
  // another patient's or practice's comparison makes no link
  expect(await createComparisonShare(db, { ...link, patientId: plateau.patientId })).toBeNull()
  expect(await createComparisonShare(db, { ...link, tenantId: riveSud.id })).toBeNull()

  // an image that turns out to be somebody else's is gone from the link at once
  const moveTo = (patient: string) =>
    inPlateau((tx) => tx.update(studies).set({ patientId: patient }).where(eq(studies.id, studyId)))
  await moveTo(plateau.patientId)
  expect(await picture(shareId, uid)).toBeNull()
  expect(await inPlateau((tx) => sharedComparisons(tx, shareId))).toEqual([])
  await moveTo(patientId)

  const shows = () => inPlateau((tx) => comparisonShares(tx, { patientId, comparisonId }))
  expect(await shows()).toMatchObject([{ id: shareId, shows: true, ofStudy: null, openedCount: 1 }])
  await revokeShare(db, { tenantId: plateau.id, shareId })
  expect([await shows(), await addToShare(db, { ...which, shareId })]).toEqual([[], false])
})

test('a comparison is added to a link of the same patient alone, and taken out again', async () => {
  const { patientId, images, comparisonId } = await kept()
  const linkTo = async (patient: string) => {
    const uid = await inPlateau(async (tx) => {
      const id = await addStudy(tx, plateau.id, { patientId: patient })
      const [study] = await tx
        .select({ uid: studies.studyInstanceUid })
        .from(studies)
        .where(eq(studies.id, id))
      return study?.uid ?? ''
    })
    const link = { recipient: 'x', expiresAt: inMinutes(2), createdBy: colleague.id }
    const made = await createShare(db, { tenantId: plateau.id, studyInstanceUid: uid, ...link })
    return made?.shareId ?? ''
  }
  const [own, foreign] = [await linkTo(patientId), await linkTo(plateau.patientId)]
  const which = { tenantId: plateau.id, patientId, comparisonId, userId: colleague.id }
  const [{ uid, studyId }] = images

  // each is on record with its patient, with what it opens
  const alone = await createComparisonShare(db, { ...which, recipient: 'Léa', expiresAt: inMinutes(1) })
  const ofPatient = await inPlateau((tx) => patientShares(tx, patientId))
  expect(ofPatient).toMatchObject([
    { id: alone?.shareId, recipient: 'Léa', studyId: null, plan: null, createdBy: 'A. Roy' },
    { id: own, recipient: 'x', plan: null, revokedAt: null },
  ])
  expect(ofPatient.at(-1)?.studyId).toMatch(/^[0-9a-f-]{36}$/)
  const elsewhere = await withTenant(db, riveSud.id, (tx) => patientShares(tx, patientId))
  expect(elsewhere).toEqual([])

  expect(await picture(own, uid)).toBeNull()
  expect(await addToShare(db, { ...which, shareId: foreign })).toBe(false)
  expect(await addToShare(db, { ...which, shareId: own })).toBe(true)
  expect(await addToShare(db, { ...which, shareId: own })).toBe(true) // its state of now, once
  expect(await inPlateau((tx) => sharedComparisons(tx, own))).toHaveLength(1)
  expect([await picture(own, uid), await picture(foreign, uid)]).toEqual([studyId, null])
  expect(await takeFromShare(db, { ...which, patientId: plateau.patientId, shareId: own })).toBe(false)
  expect(await takeFromShare(db, { ...which, shareId: own })).toBe(true)
  expect(await picture(own, uid)).toBeNull()

  // the next to end are told with whose they are, and only those that open something
  const ending = async () => {
    const all = await inPlateau((tx) => sharesEnding(tx))
    return all.filter((one) => one.patientId === patientId).map(({ id, recipient }) => ({ id, recipient }))
  }
  const [first, second] = [
    { id: alone?.shareId, recipient: 'Léa' },
    { id: own, recipient: 'x' },
  ]
  expect(await ending()).toEqual([first, second])
  expect(await takeFromShare(db, { ...which, shareId: first.id ?? '' })).toBe(true)
  expect(await ending()).toEqual([second])
  await revokeShare(db, { tenantId: plateau.id, shareId: own })
  expect(await ending()).toEqual([])
})

const filling = planItem()

test('a plan holds a comparison as it was put in; what the patient signs binds it with its images', async () => {
  const { patientId, images, third, comparison, comparisonId } = await kept()
  const staff = { tenantId: plateau.id, userId: colleague.id, sessionId: null, address: null }
  const made = await createCase(db, staff, { patientId, title: 'Case' })
  if (!made) throw new Error('no case')
  const { versionId } = made
  const add = (patient = patientId) =>
    addComparison(db, staff, { patientId: patient, versionId, comparisonId })
  const content = async () => {
    const [found] = await inPlateau((tx) => patientCases(tx, patientId))
    const text = found?.plans[0]?.versions[0]?.content
    if (!text) throw new Error('no plan')
    return text
  }
  expect(await add(plateau.patientId)).toBe('absent')
  expect([await add(), await add()]).toEqual(['added', 'added']) // in the place of the first
  const withIt = await content()
  expect(withIt.comparisons).toEqual([
    {
      id: comparisonId,
      title: 'T0 – T2',
      mode: 'slider',
      images: comparison.images.map(({ instanceId }) => ({
        instanceId,
        frame: 1,
        mirrored: false,
        placedBy: 'landmarks',
        similarityMillionths: [980_000, 20_000, -3_500_000, 12_000_000],
        errorMillionths: 1_250_000,
      })),
    },
  ])
  expect(parsePlanContent(structuredClone(withIt))).toEqual(withIt)
  const { comparisons: _, ...without } = withIt
  expect(Object.keys(parsePlanContent(without) ?? {})).not.toContain('comparisons')
  // one adds a comparison while another writes a note: both stay
  expect(mergePlans(without, { ...without, note: 'mine' }, withIt).content).toEqual({
    ...withIt,
    note: 'mine',
  })
  expect(mergePlans(withIt, without, { ...withIt, note: 'theirs' }).content).toEqual({
    ...without,
    note: 'theirs',
  })

  withIt.phases[0]?.visits[0]?.items.push(filling)
  const saved = await saveDraft(db, staff, { patientId, versionId, revision: 3, content: withIt })
  expect(saved).toMatchObject({ outcome: 'saved' })
  const foreign = structuredClone(withIt)
  const [first] = foreign.comparisons?.[0]?.images ?? []
  if (first) first.instanceId = plateau.imagesOfStranger[0] ?? ''
  expect(await saveDraft(db, staff, { patientId, versionId, revision: 4, content: foreign })).toEqual({
    outcome: 'foreign-image',
  })
  const shown = await presentVersion(db, staff, { patientId, versionId, revision: 4 })
  expect(shown.outcome).toBe('presented')
  expect(await add()).toBe('frozen')
  const {
    rows: [row],
  } = await inPlateau((tx) =>
    tx.execute<{ frozen: string }>(`SELECT frozen FROM plan_versions WHERE id = '${versionId}'`),
  )
  expect(row?.frozen).toContain(canonicalJson(withIt.comparisons ?? []))
  for (const { id } of images) expect(row?.frozen.split('"images":[{"id"')[1]).toContain(id)
  // a link to the plan opens what the comparison names, and no more
  const opens = ({ uid }: { uid: string }) =>
    findPlanPicture(db, { tenantId: plateau.id, planVersionId: versionId, sopInstanceUid: uid })
  expect([await opens(images[1]), await opens(third)]).toEqual([images[1].studyId, null])
  // what was somebody else's, and is now filed there, is shown by no link to this patient's plan
  const { studyId } = images[1]
  const give = (to: string) =>
    inPlateau((tx) => tx.update(studies).set({ patientId: to }).where(eq(studies.id, studyId)))
  await give(plateau.patientId)
  expect(await opens(images[1])).toBeNull()
  await give(patientId)
})
