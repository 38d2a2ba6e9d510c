import { randomBytes, randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { importProcedures, listProcedures, saveProcedure, startCatalogue } from '../catalogue/procedures.ts'
import {
  feeCentsMax,
  planItems,
  planTotals,
  sameNumber,
  starterCatalogue,
  type PlanContent,
  type PlanItem,
} from '../plan-rules/index.ts'
import { instances, planSignatures, planVersions } from '../schema/index.ts'
import {
  createPlanShare,
  findShare,
  findShareSession,
  openShare,
  revokeShare,
} from '../shares/share-access.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { addStaff } from '../testing/add-staff.ts'
import { addPatient, addStudy } from '../testing/add-study.ts'
import { planItem } from '../testing/plan-content.ts'
import { testDatabase } from '../testing/test-database.ts'
import { addAlternative, createCase, patientCases, removeCase } from './cases.ts'
import { findPlanPicture } from './find-plan-picture.ts'
import { parsePlanContent } from './parse-plan-content.ts'
import { planImages } from './plan-images.ts'
import { readPlanSettings, savePlanSettings } from './plan-settings.ts'
import { readPresentation } from './read-presentation.ts'
import { saveDraft } from './save-draft.ts'
import { setItemState } from './set-item-state.ts'
import { signVersion, type Signing } from './sign-version.ts'
import { verifySignature } from './verify-signature.ts'
import { declineVersion, presentVersion, startVersion } from './versions.ts'

const database = await testDatabase({ connections: 3 })
const { db: app, owner } = database
const staff = await addStaff(database, 'plans-north')
const other = await addStaff(database, 'plans-south')

const inPractice = <T>(work: Parameters<typeof withTenant<T>>[2], who = staff) =>
  withTenant(app, who.tenantId, work)
const newPatient = () =>
  inPractice((tx) => addPatient(tx, staff.tenantId, { familyName: 'Roy', givenName: 'Léa' }))

const item = (part: Partial<PlanItem> = {}) =>
  planItem({ site: { kind: 'teeth', teeth: ['16'], surfaces: { '16': ['M', 'O'] } }, ...part })

/** A patient with a case whose plan A has the items. */
async function plan(...items: PlanItem[]) {
  const patientId = await newPatient()
  const made = await createCase(app, staff, { patientId, title: 'Case' })
  if (!made) throw new Error('no case')
  const read = async () => {
    const [found] = await inPractice((tx) => patientCases(tx, patientId))
    if (!found) throw new Error('no case')
    return found
  }
  const content = (await read()).plans[0]?.versions[0]?.content
  if (!content) throw new Error('no version')
  content.phases[0]?.visits[0]?.items.push(...items)
  const saved = await saveDraft(app, staff, { patientId, versionId: made.versionId, revision: 1, content })
  expect(saved).toEqual({ outcome: 'saved', revision: 2 })
  return { patientId, ...made, content, read }
}

const signing = (): Signing => ({
  tenantId: staff.tenantId,
  actor: { kind: 'user', id: staff.userId },
  sessionId: null,
  address: null,
  via: 'tablet',
  witnessId: staff.userId,
  shareId: null,
})
const signature = {
  name: 'Léa Roy',
  consent: 'I agree',
  locale: 'fr' as const,
  strokes: [[0, 0, 500, 200, 1000, 10]],
}

async function presented(...items: PlanItem[]) {
  const made = await plan(...items)
  const shown = await presentVersion(app, staff, { ...made, revision: 2 })
  if (shown.outcome !== 'presented') throw new Error(shown.outcome)
  return { ...made, digest: shown.digest, choice: without(made.content) }
}

/** What somebody agrees to who does not want these items. */
const without = (content: PlanContent, ...declinedItems: string[]) => ({
  declinedItems,
  acceptedCents: planTotals(content, new Set(declinedItems)).plan.total,
})

test('two who write on one draft: the second is told what stands, and nothing is overwritten', async () => {
  const { patientId, versionId, content, read } = await plan(item())
  const late = await saveDraft(app, staff, {
    patientId,
    versionId,
    revision: 1,
    content: { ...content, note: 'late' },
  })
  expect(late).toMatchObject({ outcome: 'changed', revision: 2, content: { note: '' } })
  const both = await Promise.all(
    ['a', 'b'].map((note) =>
      saveDraft(app, staff, { patientId, versionId, revision: 2, content: { ...content, note } }),
    ),
  )
  expect(both.map(({ outcome }) => outcome).toSorted()).toEqual(['changed', 'saved'])
  expect((await read()).plans[0]?.versions[0]?.revision).toBe(3)
})

test('what was presented changes no more, whoever asks the database for it', async () => {
  const { patientId, versionId, content } = await presented(item())
  expect(await saveDraft(app, staff, { patientId, versionId, revision: 2, content })).toEqual({
    outcome: 'frozen',
  })
  for (const change of [
    { content: { ...content, note: 'x' } },
    { frozen: '{}' },
    { digest: randomBytes(32) },
    { state: 'draft' as const },
  ]) {
    await expect(
      inPractice((tx) => tx.update(planVersions).set(change).where(eq(planVersions.id, versionId))),
    ).rejects.toThrow()
    await expect(
      withTenant(owner, staff.tenantId, (tx) =>
        tx.update(planVersions).set(change).where(eq(planVersions.id, versionId)),
      ),
    ).rejects.toThrow()
  }
  await expect(
    inPractice((tx) => tx.delete(planVersions).where(eq(planVersions.id, versionId))),
  ).rejects.toThrow()
})

test('a draft is presented as it was looked at, and never empty', async () => {
  const made = await plan()
  expect(await presentVersion(app, staff, { ...made, revision: 2 })).toEqual({ outcome: 'empty' })
  expect(await presentVersion(app, staff, { ...made, revision: 1 })).toEqual({ outcome: 'changed' })
  expect(await presentVersion(app, staff, { ...made, patientId: randomUUID(), revision: 2 })).toEqual({
    outcome: 'absent',
  })
})

test('writing on a presented plan begins the next version, one draft however many ask, and presenting it replaces the old one', async () => {
  const { patientId, planId, versionId, read } = await presented(item())
  const [first, second] = await Promise.all([1, 2].map(() => startVersion(app, staff, { patientId, planId })))
  expect(first).toEqual(second)
  expect(first?.versionId).not.toBe(versionId)
  await presentVersion(app, staff, { patientId, versionId: first?.versionId ?? '', revision: 1 })
  expect((await read()).plans[0]?.versions.map(({ number, state }) => [number, state])).toEqual([
    [1, 'replaced'],
    [2, 'presented'],
  ])
})

test('a signature accepts the items, declines the other alternatives, and stands once', async () => {
  const one = item()
  const { patientId, caseId, planId, versionId, digest, content, read, choice } = await presented(one)
  const b = await addAlternative(app, staff, { patientId, caseId, copy: content })
  await presentVersion(app, staff, { patientId, versionId: b?.versionId ?? '', revision: 1 })
  const wanted = { versionId, patientId, digest, signature, choice }
  expect(await signVersion(app, signing(), { ...wanted, digest: '00'.repeat(32) })).toBe('other-digest')
  expect(await signVersion(app, signing(), wanted)).toBe('signed')
  expect(await signVersion(app, signing(), wanted)).toBe('not-presented')

  const [planA, planB] = (await read()).plans
  expect(planA?.itemStates).toEqual({ [one.id]: { state: 'accepted', day: null } })
  expect(planA?.versions[0]).toMatchObject({ state: 'signed', signature: { name: 'Léa Roy', via: 'tablet' } })
  expect(planB?.versions[0]?.state).toBe('declined')
  expect(planItems(planB?.versions[0]?.content ?? content)[0]?.id).not.toBe(one.id)
  expect(await removeCase(app, staff, { patientId, caseId, removed: true })).toBe(false)

  const move = { patientId, planId, itemId: one.id, day: '2026-12-01' }
  expect(await setItemState(app, staff, { ...move, from: 'proposed', to: 'scheduled' })).toBe('changed')
  expect(await setItemState(app, staff, { ...move, from: 'accepted', to: 'scheduled' })).toBe('set')
  expect(await setItemState(app, staff, { ...move, from: 'scheduled', to: 'proposed' })).toBe('no-such-step')
  expect(
    await setItemState(app, staff, { ...move, itemId: randomUUID(), from: 'proposed', to: 'accepted' }),
  ).toBe('absent')
  expect((await read()).plans[0]?.itemStates[one.id]).toEqual({ state: 'scheduled', day: '2026-12-01' })
})

test('of two alternatives signed at the same moment one is signed, and the other waits for an answer no more', async () => {
  for (let round = 0; round < 20; round++) {
    const { patientId, caseId, versionId, digest, content, read, choice } = await presented(item())
    const b = await addAlternative(app, staff, { patientId, caseId, copy: content })
    const other = { patientId, versionId: b?.versionId ?? '' }
    const shown = await presentVersion(app, staff, { ...other, revision: 1 })
    const otherDigest = shown.outcome === 'presented' ? shown.digest : ''
    const both = await Promise.all([
      signVersion(app, signing(), { versionId, digest, signature, choice }),
      signVersion(app, signing(), { ...other, digest: otherDigest, signature, choice }),
    ])
    expect(both.toSorted()).toEqual(['not-presented', 'signed'])
    const states = (await read()).plans.map(({ versions }) => versions[0]?.state)
    expect(states.toSorted()).toEqual(['declined', 'signed'])
  }
})

test('a plan shown anew at the moment another is signed: the old version is replaced, and nothing fails', async () => {
  for (let round = 0; round < 20; round++) {
    const { patientId, caseId, versionId, digest, content, read, choice } = await presented(item())
    const b = await addAlternative(app, staff, { patientId, caseId, copy: content })
    await presentVersion(app, staff, { patientId, versionId: b?.versionId ?? '', revision: 1 })
    const next = await startVersion(app, staff, { patientId, planId: b?.planId ?? '' })
    const [signed, shown] = await Promise.all([
      signVersion(app, signing(), { versionId, digest, signature, choice }),
      presentVersion(app, staff, { patientId, versionId: next?.versionId ?? '', revision: 1 }),
    ])
    expect([signed, shown.outcome]).toEqual(['signed', 'presented'])
    const [, planB] = (await read()).plans
    expect([
      ['declined', 'presented'], // signed first
      ['replaced', 'declined'], // shown first
    ]).toContainEqual(planB?.versions.map(({ state }) => state))
  }
})

test('who signs another alternative later wants what they accepted before no more, but for what is under way', async () => {
  const [begun, accepted] = [item(), item({ site: { kind: 'mouth' } })]
  const { patientId, caseId, planId, versionId, digest, choice, content, read } = await presented(
    begun,
    accepted,
  )
  await signVersion(app, signing(), { versionId, digest, signature, choice })
  const from = { patientId, planId, itemId: begun.id, day: null }
  expect(await setItemState(app, staff, { ...from, from: 'accepted', to: 'in-progress' })).toBe('set')

  const other = await addAlternative(app, staff, { patientId, caseId, copy: content })
  const b = { patientId, versionId: other?.versionId ?? '' }
  const shown = await presentVersion(app, staff, { ...b, revision: 1 })
  const otherDigest = shown.outcome === 'presented' ? shown.digest : ''
  expect(await signVersion(app, signing(), { ...b, digest: otherDigest, signature, choice })).toBe('signed')
  const [first, second] = (await read()).plans
  expect(first?.versions[0]?.state).toBe('signed')
  expect([first?.itemStates[begun.id]?.state, first?.itemStates[accepted.id]?.state]).toEqual([
    'in-progress',
    'declined',
  ])
  expect(Object.values(second?.itemStates ?? {}).map(({ state }) => state)).toEqual(['accepted', 'accepted'])
})

test('a patient may decline single items: the signature binds which, and what the others come to', async () => {
  const [one, two, three] = [item(), item({ feeCents: 99_900 }), item()]
  const { content, patientId, planId, versionId, digest, read } = await presented(one, two, three)
  await setItemState(app, staff, {
    patientId,
    planId,
    itemId: three.id,
    from: 'proposed',
    to: 'accepted',
    day: null,
  })
  await setItemState(app, staff, {
    patientId,
    planId,
    itemId: three.id,
    from: 'accepted',
    to: 'in-progress',
    day: null,
  })
  const sign = (choice: ReturnType<typeof without>) =>
    signVersion(app, signing(), { versionId, patientId, digest, signature, choice })
  const wanted = without(content, two.id)
  for (const bad of [
    { ...wanted, acceptedCents: wanted.acceptedCents + 1 }, // shown another amount
    without(content, two.id, randomUUID()), // an item of another plan
    without(content, three.id), // begun already
    without(content, one.id, two.id, three.id), // nothing is left
  ])
    expect(await sign(bad)).toBe('other-choice')
  expect(await sign(wanted)).toBe('signed')

  const [planA] = (await read()).plans
  expect(planA?.itemStates).toEqual({
    [one.id]: { state: 'accepted', day: null },
    [two.id]: { state: 'declined', day: null },
    [three.id]: { state: 'in-progress', day: null },
  })
  expect(planA?.versions[0]?.signature).toMatchObject(wanted)
  const verify = () => inPractice((tx) => verifySignature(tx, versionId))
  expect(await verify()).toEqual([])
  const tamper = (patch: Partial<typeof planSignatures.$inferInsert>) =>
    withTenant(owner, staff.tenantId, (tx) =>
      tx.update(planSignatures).set(patch).where(eq(planSignatures.versionId, versionId)),
    )
  await tamper({ declinedItems: [] })
  expect(await verify()).toEqual(['signature-changed'])
  await tamper({ declinedItems: [two.id], acceptedCents: 1 })
  expect(await verify()).toEqual(['signature-changed'])
})

test('a signature holds until anything it binds is another: text, amounts, images, the drawing, or the record of it', async () => {
  const image = async (patientId: string) => {
    const studyId = await inPractice((tx) => addStudy(tx, staff.tenantId, { patientId }))
    const [row] = await inPractice((tx) =>
      tx.select({ id: instances.id }).from(instances).where(eq(instances.studyId, studyId)),
    )
    return row?.id ?? ''
  }
  const { patientId, versionId, content } = await plan(item())
  const imageId = await image(patientId)
  const [first] = planItems(content)
  first?.images.push(imageId)
  await saveDraft(app, staff, { patientId, versionId, revision: 2, content })
  const shown = await presentVersion(app, staff, { patientId, versionId, revision: 3 })
  const digest = shown.outcome === 'presented' ? shown.digest : ''
  await signVersion(app, signing(), { versionId, patientId, digest, signature, choice: without(content) })
  const verify = () => inPractice((tx) => verifySignature(tx, versionId))
  expect(await verify()).toEqual([])

  await inPractice((tx) =>
    tx
      .update(instances)
      .set({ fileSha256: randomBytes(32) })
      .where(eq(instances.id, imageId)),
  )
  expect(await verify()).toEqual(['image-changed'])
  await expect(
    inPractice((tx) =>
      tx.update(planSignatures).set({ name: 'Somebody' }).where(eq(planSignatures.versionId, versionId)),
    ),
  ).rejects.toThrow()

  // somebody with the database's own rights, and the trigger out of the way
  const asOwner = (statement: ReturnType<typeof sql>) =>
    withTenant(owner, staff.tenantId, (tx) => tx.execute(statement))
  await asOwner(sql`UPDATE plan_signatures SET name = 'Somebody' WHERE version_id = ${versionId}`)
  expect(await verify()).toContain('signature-changed')
  await asOwner(
    sql`UPDATE plan_signatures SET name = 'Léa Roy', digest = ${randomBytes(32)} WHERE version_id = ${versionId}`,
  )
  expect(await verify()).toEqual(expect.arrayContaining(['signature-changed', 'not-on-record']))
  await owner.client.query('ALTER TABLE plan_versions DISABLE TRIGGER plan_versions_stay')
  try {
    await asOwner(
      sql`UPDATE plan_versions SET content = jsonb_set(content, '{note}', '"cheaper"') WHERE id = ${versionId}`,
    )
    expect(await verify()).toContain('content-changed')
    await asOwner(
      sql`UPDATE plan_versions SET frozen = replace(frozen, '16500', '16501') WHERE id = ${versionId}`,
    )
    expect(await verify()).toContain('version-changed')
  } finally {
    await owner.client.query('ALTER TABLE plan_versions ENABLE TRIGGER plan_versions_stay')
  }
})

test('a plan names images of its own patient alone', async () => {
  const { patientId, versionId, content } = await plan(item())
  const stranger = await newPatient()
  const studyId = await inPractice((tx) => addStudy(tx, staff.tenantId, { patientId: stranger }))
  const [row] = await inPractice((tx) =>
    tx.select({ id: instances.id }).from(instances).where(eq(instances.studyId, studyId)),
  )
  planItems(content)[0]?.images.push(row?.id ?? '')
  expect(await saveDraft(app, staff, { patientId, versionId, revision: 2, content })).toEqual({
    outcome: 'foreign-image',
  })
})

test('a link opens one version with its pictures and no other, until it is revoked', async () => {
  const { patientId, versionId, content } = await plan(item())
  const studyId = await inPractice((tx) => addStudy(tx, staff.tenantId, { patientId, instances: 2 }))
  const [named, unnamed] = await inPractice((tx) =>
    tx
      .select({ id: instances.id, uid: instances.sopInstanceUid })
      .from(instances)
      .where(eq(instances.studyId, studyId)),
  )
  planItems(content)[0]?.images.push(named?.id ?? '')
  await saveDraft(app, staff, { patientId, versionId, revision: 2, content })
  const ask = {
    tenantId: staff.tenantId,
    versionId,
    recipient: 'Léa',
    expiresAt: new Date(Date.now() + 86_400_000),
    createdBy: staff.userId,
  }
  expect(await createPlanShare(app, ask)).toBeNull() // nobody was shown it yet
  const shown = await presentVersion(app, staff, { patientId, versionId, revision: 3 })
  const share = await createPlanShare(app, ask)
  expect(await createPlanShare(app, { ...ask, tenantId: other.tenantId, createdBy: other.userId })).toBeNull()
  expect(await findShare(app, share?.token ?? '')).toMatchObject({ opens: 'plan' })
  const opened = await openShare(app, share?.token ?? '')
  const session = await findShareSession(app, share?.shareId ?? '', opened?.cookieValue ?? '')
  expect(session).toMatchObject({ studyId: null, planVersionId: versionId })
  const picture = (sopInstanceUid: string) =>
    findPlanPicture(app, { tenantId: staff.tenantId, planVersionId: versionId, sopInstanceUid })
  expect([
    await picture(named?.uid ?? ''),
    await picture(unnamed?.uid ?? ''),
    await picture('1.2.3'),
  ]).toEqual([studyId, null, null])
  expect(
    (await inPractice((tx) => planImages(tx, [named?.id ?? '', randomUUID()]))).map(({ id }) => id),
  ).toEqual([named?.id])

  const link: Signing = {
    tenantId: staff.tenantId,
    actor: { kind: 'share', id: share?.shareId ?? '' },
    via: 'link',
    witnessId: null,
    shareId: share?.shareId ?? '',
  }
  const digest = shown.outcome === 'presented' ? shown.digest : ''
  expect(await signVersion(app, link, { versionId, digest, signature, choice: without(content) })).toBe(
    'signed',
  )
  expect(await inPractice((tx) => verifySignature(tx, versionId))).toEqual([])
  await revokeShare(app, { tenantId: staff.tenantId, shareId: share?.shareId ?? '' })
  expect(await findShareSession(app, share?.shareId ?? '', opened?.cookieValue ?? '')).toBeNull()
})

test("another practice's plans are as if they were not there", async () => {
  const { patientId, caseId, planId, versionId, digest, content, choice } = await presented(item())
  expect(await withTenant(app, other.tenantId, (tx) => patientCases(tx, patientId))).toEqual([])
  expect(await createCase(app, other, { patientId, title: 'x' })).toBeNull()
  expect(await addAlternative(app, other, { patientId, caseId, copy: null })).toBeNull()
  expect(await startVersion(app, other, { patientId, planId })).toBeNull()
  expect(await saveDraft(app, other, { patientId, versionId, revision: 2, content })).toEqual({
    outcome: 'absent',
  })
  expect(await presentVersion(app, other, { patientId, versionId, revision: 2 })).toEqual({
    outcome: 'absent',
  })
  expect(await declineVersion(app, other, { patientId, versionId })).toBe(false)
  const theirs = { ...signing(), tenantId: other.tenantId }
  expect(await signVersion(app, theirs, { versionId, digest, signature, choice })).toBe('absent')
})

test('a case can be removed and brought back, until it is signed', async () => {
  const { patientId, caseId } = await plan(item())
  expect(await removeCase(app, staff, { patientId, caseId, removed: true })).toBe(true)
  expect(await inPractice((tx) => patientCases(tx, patientId))).toEqual([])
  expect(await removeCase(app, staff, { patientId, caseId, removed: false })).toBe(true)
  expect(await inPractice((tx) => patientCases(tx, patientId))).toHaveLength(1)
})

test('a case that was removed is signed, opened by its link and written on no more, until it is brought back', async () => {
  const { patientId, caseId, planId, versionId, digest, content, choice } = await presented(item())
  const studyId = await inPractice((tx) => addStudy(tx, staff.tenantId, { patientId }))
  const [image] = await inPractice((tx) =>
    tx
      .select({ id: instances.id, sopInstanceUid: instances.sopInstanceUid })
      .from(instances)
      .where(eq(instances.studyId, studyId)),
  )
  const draft = await startVersion(app, staff, { patientId, planId })
  planItems(content)[0]?.images.push(image?.id ?? '')
  const write = () =>
    saveDraft(app, staff, { patientId, versionId: draft?.versionId ?? '', revision: 1, content })
  const picture = () =>
    findPlanPicture(app, {
      tenantId: staff.tenantId,
      planVersionId: draft?.versionId ?? '',
      sopInstanceUid: image?.sopInstanceUid ?? '',
    })
  const sign = () => signVersion(app, signing(), { versionId, digest, signature, choice })
  const move = () =>
    setItemState(app, staff, {
      patientId,
      planId,
      itemId: planItems(content)[0]?.id ?? '',
      from: 'proposed',
      to: 'accepted',
      day: null,
    })

  expect(await removeCase(app, staff, { patientId, caseId, removed: true })).toBe(true)
  expect([await sign(), await write(), await move()]).toEqual(['absent', { outcome: 'absent' }, 'absent'])
  expect(await startVersion(app, staff, { patientId, planId })).toBeNull()
  expect(await inPractice((tx) => readPresentation(tx, versionId))).toBeNull()

  expect(await removeCase(app, staff, { patientId, caseId, removed: false })).toBe(true)
  expect(await write()).toEqual({ outcome: 'saved', revision: 2 })
  expect(await picture()).toBe(studyId)
  expect(await removeCase(app, staff, { patientId, caseId, removed: true })).toBe(true)
  expect(await picture()).toBeNull()
  expect(await removeCase(app, staff, { patientId, caseId, removed: false })).toBe(true)

  // at the same moment one of both is told no
  const [signed, removed] = await Promise.all([
    sign(),
    removeCase(app, staff, { patientId, caseId, removed: true }),
  ])
  expect([
    ['signed', false],
    ['absent', true],
  ]).toContainEqual([signed, removed])
})

test('content from a browser is taken in one form, and nothing that is none', async () => {
  const { content } = await plan()
  const withItem = (patch: object): PlanContent => {
    const copy = structuredClone(content)
    copy.phases[0]?.visits[0]?.items.push({ ...item(), ...patch })
    return copy
  }
  const teeth = { kind: 'teeth', teeth: ['21', '11', '21'], surfaces: { '11': ['D', 'M', 'M'], '31': ['M'] } }
  expect(planItems(parsePlanContent(withItem({ site: teeth })) ?? content)[0]?.site).toEqual({
    kind: 'teeth',
    teeth: ['11', '21'],
    surfaces: { '11': ['M', 'D'] },
  })
  const id = randomUUID()
  const twice = withItem({ id })
  twice.phases[0]?.visits[0]?.items.push(item({ id }))
  for (const bad of [
    null,
    {},
    withItem({ feeCents: -1 }),
    withItem({ feeCents: 1.5 }),
    withItem({ site: { kind: 'teeth', teeth: ['19'], surfaces: {} } }),
    withItem({ taxIds: ['unknown'] }),
    withItem({ more: 1 }),
    twice,
  ])
    expect(parsePlanContent(bad)).toBeNull()
})

test('settings: what the law of Québec says until the practice chooses, and no change is overwritten', async () => {
  const settings = await inPractice(readPlanSettings)
  expect(settings).toMatchObject({ currency: 'CAD', notation: 'fdi', version: 0 })
  expect(await savePlanSettings(app, staff, { ...settings, notation: 'palmer' })).toBe(true)
  expect(await savePlanSettings(app, staff, { ...settings, notation: 'universal' })).toBe(false)
  expect((await inPractice(readPlanSettings)).notation).toBe('palmer')
  expect((await inPractice(readPlanSettings, other)).notation).toBe('fdi')
})

test('a currency without decimals: the catalogue keeps its numbers, and gets them back', async () => {
  const francs = await addStaff(database, 'plans-francs')
  await startCatalogue(app, francs)
  const [shipped] = starterCatalogue
  if (!shipped) throw new Error('nothing is shipped')
  const fees = [0, 49, 50, 149, 150, 16_549, 16_550, 9_000_000, feeCentsMax]
  const odd = fees.map((feeCents, index) => ({ ...shipped, code: `ODD-${index}`, feeCents }))
  await importProcedures(app, francs, odd)
  const fee = async () =>
    (await inPractice(listProcedures, francs)).find(({ code }) => code === 'EX-1')?.feeCents
  const before = await fee()
  const change = async (currency: string) =>
    savePlanSettings(app, francs, { ...(await inPractice(readPlanSettings, francs)), currency })
  expect(await change('XOF')).toBe(true)
  expect(await fee()).toBe(95)
  expect(await change('CAD')).toBe(true)
  expect([before, await fee()]).toEqual([9500, 9500])

  // the database counts as plans are counted
  const now = async () =>
    (await inPractice(listProcedures, francs))
      .filter(({ code }) => code.startsWith('ODD-'))
      .map((each) => each.feeCents)
  let expected = fees.map((cents) =>
    sameNumber(sameNumber(cents, { from: 'CAD', to: 'XOF' }), { from: 'XOF', to: 'CAD' }),
  )
  expect(await now()).toEqual(expected)
  expect(await change('TND')).toBe(true)
  expected = expected.map((cents) => sameNumber(cents, { from: 'CAD', to: 'TND' }))
  expect(await now()).toEqual(expected)
  expect(await change('CAD')).toBe(true)
})

test('the catalogue: shipped once, a code names one procedure, an import changes and adds and removes nothing', async () => {
  await startCatalogue(app, staff)
  await startCatalogue(app, staff)
  const list = () => inPractice(listProcedures)
  expect(await list()).toHaveLength(starterCatalogue.length)
  const [first] = starterCatalogue
  if (!first) throw new Error('nothing is shipped')
  expect(
    await saveProcedure(app, staff, { id: null, procedure: { ...first, code: first.code.toLowerCase() } }),
  ).toBe('taken')
  expect(await saveProcedure(app, other, { id: (await list())[0]?.id ?? '', procedure: first })).toBe(
    'absent',
  )
  const imported = await importProcedures(app, staff, [
    { ...first, feeCents: 1 },
    { ...first, code: 'NEW' },
  ])
  expect(imported).toEqual({ added: 1, changed: 1 })
  expect(await list()).toHaveLength(starterCatalogue.length + 1)
  expect((await list()).find(({ code }) => code === first.code)?.feeCents).toBe(1)
})

test('what a version was frozen with stays, whatever the practice is called and how it writes teeth later', async () => {
  const settings = { ...(await inPractice(readPlanSettings)), notation: 'universal' as const }
  expect(await savePlanSettings(app, staff, settings)).toBe(true)
  settings.version++
  const { versionId } = await presented(item({ providerId: staff.userId }))
  const before = await inPractice((tx) => readPresentation(tx, versionId))
  expect(before).toMatchObject({
    practice: { name: 'plans-north', timeZone: 'America/Toronto' },
    notation: settings.notation,
    providers: [{ id: staff.userId, name: 'Dentist of plans-north' }],
  })
  await savePlanSettings(app, staff, { ...settings, notation: 'palmer' })
  const name = (to: string) =>
    owner.execute(sql`UPDATE tenants SET name = ${to} WHERE id = ${staff.tenantId}`)
  await name('Another name')
  expect(await inPractice((tx) => readPresentation(tx, versionId))).toEqual(before)
  await name('plans-north')
})
