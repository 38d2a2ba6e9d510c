import { randomBytes, randomUUID } from 'node:crypto'
import {
  closeDatabase,
  connectDatabase,
  createTenant,
  createUser,
  studyInstances,
  viewableImages,
  withMetadata,
  withTenant,
  type StaffSession,
} from '@bitewing/db'
import {
  auditEvents,
  comparisons,
  instances,
  mounts as mountsTable,
  orthodonticCases,
  patients,
  series,
  shareComparisons,
  shares,
  studies,
  treatmentCases,
} from '@bitewing/db/schema'
import { startPostgres } from '@bitewing/testbed'
import { isActionFailure } from '@sveltejs/kit'
import { afterAll, expect, test, vi } from 'vitest'
import * as trail from '../../routes/(practice)/audit/+page.server.ts'
import * as trailExport from '../../routes/(practice)/audit/export/+server.ts'
import * as day from '../../routes/(practice)/appointments/+page.server.ts'
import * as first from '../../routes/(practice)/+page.server.ts'
import * as one from '../../routes/(practice)/patients/[id]/+page.server.ts'
import * as compare from '../../routes/(practice)/patients/[id]/compare/+page.server.ts'
import * as mounts from '../../routes/(practice)/patients/[id]/mounts/+page.server.ts'
import * as orthodontics from '../../routes/(practice)/patients/[id]/orthodontics/+page.server.ts'
import * as plan from '../../routes/(practice)/patients/[id]/plans/[caseId]/+page.server.ts'
import { closePorts, ports } from './compose.ts'

const cluster = await startPostgres()
const database = await cluster.createDatabase()
process.env['DATABASE_URL'] = database.appUrl
process.env['PUBLIC_URL'] = 'http://practice.test'
process.env['ACCOUNT_KEY'] = randomBytes(32).toString('base64')
const owner = connectDatabase(database.ownerUrl, 1)
afterAll(async () => {
  await closePorts()
  await closeDatabase(owner)
  await database.drop()
  await cluster.stop()
})

const practice = async (slug: string) => {
  const wrapDataKey = () => randomBytes(60)
  const { id } = await createTenant(owner, { slug, name: slug, aeTitle: slug.toUpperCase(), wrapDataKey })
  const [patient] = await withTenant(ports().db, id, (tx) =>
    tx
      .insert(patients)
      .values({ tenantId: id, familyName: slug, givenName: '', nameFold: slug })
      .returning({ id: patients.id }),
  )
  return { id, patientId: patient?.id ?? '' }
}
const [plateau, riveSud] = [await practice('plateau'), await practice('rivesud')]
async function who(
  role: 'dentist' | 'front-desk' | 'auditor',
  tenantId: string = plateau.id,
): Promise<StaffSession> {
  const { id } = await createUser(owner, {
    email: `${role}@${tenantId}.test`,
    name: role,
    password: randomUUID(),
    isOperator: false,
    membership: { tenantId, role },
  })
  const opened = await ports().sessions.read((await ports().sessions.open(id)).cookie.value)
  if (!opened) throw new Error('no session')
  return opened.session
}
const [desk, auditor, dentist] = [await who('front-desk'), await who('auditor'), await who('dentist')]

type Handler = (event: unknown) => unknown
/** What a load or action answers; only what a test looks at is typed. */
async function ask<Answer>(handler: unknown, session: StaffSession, search: string, fields = {}) {
  const url = new URL(`http://practice.test/${search}`)
  const request = new Request(url, { method: 'POST', body: new URLSearchParams(fields) })
  const locals = { session, address: '192.0.2.1', locale: 'en' }
  const params = { id: plateau.patientId }
  return (handler as Handler)({ url, request, locals, params, depends: () => undefined }) as Promise<Answer>
}

test('a practice that has nothing yet teaches how images come in to those who may add them, and to nobody else', async () => {
  type Begin = { device: { aeTitles: string[] } | null; today: { appointments: unknown[] } | null }
  const wrapDataKey = () => randomBytes(60)
  const { id } = await createTenant(owner, { slug: 'new', name: 'New', aeTitle: 'NEW', wrapDataKey })
  const begin = async (role: 'dentist' | 'front-desk') => ask<Begin>(first.load, await who(role, id), '')
  expect((await begin('dentist')).device?.aeTitles).toEqual(['NEW'])
  expect(await begin('front-desk')).toMatchObject({ device: null, today: { appointments: [] } })
})

test('a filter narrows nothing by what a role may not see, nor do its lists tell of images', async () => {
  type List = { patients: { id: string; studyCount: number }[]; filter: Record<string, unknown> }
  const search = `?list=all&plan=open&images=2020-01-01&provider=${randomUUID()}`
  expect((await ask<List>(first.load, desk, search)).patients).toEqual([])
  const { patients, filter } = await ask<List>(first.load, auditor, search)
  expect(patients.map(({ id }) => id)).toEqual([plateau.patientId])
  expect(Object.values(filter).filter((value) => value !== undefined)).toEqual([])
})

test('days that no calendar has are no error of ours', async () => {
  const move = { plan: randomUUID(), item: randomUUID(), from: 'accepted', to: 'done' }
  for (const day of ['0000-01-01', '9999-12-31', '2026-02-29'])
    expect(isActionFailure(await ask(plan.actions.move, dentist, '', { ...move, day }))).toBe(true)
  expect(await ask(day.load, desk, '?day=0000-01-01')).toMatchObject({ appointments: [] })
  expect(await ask(first.load, desk, '?list=all&images=0000-01-01')).toMatchObject({ total: 1 })
})

test('whom an appointment is begun for is on record; another practice has nobody by that id', async () => {
  const seen = async () => {
    const events = await withTenant(ports().db, plateau.id, (tx) => tx.select().from(auditEvents))
    return events.filter(({ kind }) => kind === 'patient.viewed')
  }
  expect(await ask(day.load, desk, `?patient=${riveSud.patientId}`)).toMatchObject({ patient: null })
  expect(await seen()).toEqual([])
  const { patientId } = plateau
  expect(await ask(day.load, desk, `?patient=${patientId}`)).toMatchObject({ patient: { id: patientId } })
  expect(await seen()).toMatchObject([{ patientId }])
})

test.each([
  [{ familyName: '\u200b \u2060' }, 'name'],
  [{ familyName: 'Roy', birthDate: '0000-01-01' }, 'birthDate'],
  [{ familyName: 'Roy', birthDate: '9999-12-31' }, 'birthDate'],
  [{ familyName: 'Roy', number: 'A\\B' }, 'number'],
  [{ familyName: 'Roy', number: 'A\u0007B' }, 'number'],
])('a patient of %j is not made', async (fields, problem) => {
  const answer = await ask(day.actions.patient, desk, '', fields)
  expect(isActionFailure(answer) && answer.data).toEqual({ problem })
})

test('a record is not corrected to what nobody is; what a machine sent stays while something else is', async () => {
  const before = { familyName: 'plateau', givenName: '', birthDate: null, sex: null }
  const correct = (fields: object, was: object = before) => {
    const { birthDate, sex, ...names } = { ...before, ...was, ...fields }
    return ask(one.actions.identity, desk, '', {
      ...names,
      birthDate: birthDate ?? '',
      sex: sex ?? '',
      before: JSON.stringify({ ...before, ...was }),
    })
  }
  for (const [fields, problem] of [
    [{ familyName: '\u200b' }, 'name'],
    [{ birthDate: '2101-01-01' }, 'birthDate'],
    [{ birthDate: '1023-02-28' }, 'birthDate'],
    [{ birthDate: '2023-02-29' }, 'birthDate'],
    [{ add: 'A\\B' }, 'add'],
  ] as const) {
    const answer = await correct(fields)
    expect(isActionFailure(answer) && answer.data).toEqual({ identityProblem: problem })
  }
  const odd = { familyName: '.', birthDate: '1850-01-01' }
  await withTenant(ports().db, plateau.id, (tx) => tx.update(patients).set(odd))
  expect(await correct({ sex: 'F' }, odd)).toEqual({ identitySaved: true })
  const good = { familyName: 'plateau', birthDate: '2000-02-29' }
  expect(await correct(good, { ...odd, sex: 'F' })).toEqual({ identitySaved: true })
})

/** What the changes below would make or change. */
const kept = () =>
  withTenant(ports().db, plateau.id, async (tx) => [
    await tx.select().from(mountsTable),
    await tx.select().from(orthodonticCases),
    await tx.select().from(comparisons),
    await tx.select().from(shares),
    await tx.select().from(shareComparisons),
  ])

/** What an image without bytes says of itself. */
const anImage = (where: { tenantId: string; studyId: string; seriesId: string }) =>
  ({
    ...where,
    sopInstanceUid: '1.2.1.1',
    sopClassUid: '1.2.840.10008.5.1.4.1.1.1.3',
    transferSyntaxUid: '1.2.840.10008.1.2.1',
    imageKind: 'panoramic',
    frames: 1,
    metadata: '{}',
    fileBytes: 1,
    fileSha256: randomBytes(32),
    fileMd5: '',
    dataSetDigest: randomBytes(32),
    orthancId: '',
    heldByArchive: false,
    originalState: 'secured',
    origin: 'stow',
  }) satisfies Omit<typeof instances.$inferInsert, 'id'>

/** An image of the practice's patient, without bytes. @returns our id */
const ownImage = ({ id: tenantId, patientId }: typeof plateau) =>
  withTenant(ports().db, tenantId, async (tx) => {
    const [studyId, seriesId, id] = [randomUUID(), randomUUID(), randomUUID()]
    const own = { tenantId, attributes: {} }
    await tx
      .insert(studies)
      .values({ id: studyId, ...own, studyInstanceUid: '1.2', patientId, matchState: 'matched' })
    await tx.insert(series).values({ id: seriesId, ...own, studyId, seriesInstanceUid: '1.2.1' })
    await tx.insert(instances).values({ id, ...anImage({ tenantId, studyId, seriesId }) })
    return id
  })

test('of images that a role only knows the dates and types of, no pixel and no address leaves the server', async () => {
  const { id: tenantId, patientId } = plateau
  const placeholder = Buffer.from('a few pixels of a face')
  await withTenant(ports().db, tenantId, async (tx) => {
    for (const [uid, owner] of [
      ['1.7', patientId],
      ['1.8', null],
    ] as const) {
      const [studyId, seriesId] = [randomUUID(), randomUUID()]
      const own = { tenantId, attributes: {} }
      const matchState = owner ? 'matched' : 'unmatched'
      await tx
        .insert(studies)
        .values({ id: studyId, ...own, studyInstanceUid: uid, patientId: owner, matchState })
      await tx.insert(series).values({ id: seriesId, ...own, studyId, seriesInstanceUid: `${uid}.1` })
      const image = { ...anImage({ tenantId, studyId, seriesId }), sopInstanceUid: `${uid}.1.1`, placeholder }
      await tx.insert(instances).values({ id: randomUUID(), ...image })
    }
  })
  const told = async (who: StaffSession) =>
    JSON.stringify([await ask(one.load, who, ''), await ask(first.load, who, '?list=unsorted')])
  const pixels = placeholder.toString('base64')
  expect((await told(dentist)).split(pixels)).toHaveLength(3)
  const toDesk = await told(desk)
  expect(toDesk.split('"panoramic"').length).toBeGreaterThanOrEqual(3)
  for (const part of [pixels, '1.7.1', '1.8.1']) expect(toDesk).not.toContain(part)
})

test('a dentist reads who has seen the patients they treat, one at a time, and nobody else’s', async () => {
  const { id: tenantId, patientId } = plateau
  const own = `?patient=${patientId}`
  const refused = { status: 403 }
  for (const search of ['', own, `?patient=${riveSud.patientId}`, '?patient=plateau']) {
    await expect(ask(trail.load, dentist, search)).rejects.toMatchObject(refused)
    await expect(ask(trailExport.GET, dentist, search)).rejects.toMatchObject(refused)
  }
  const who = { createdBy: dentist.userId, changedBy: dentist.userId }
  await withTenant(ports().db, tenantId, (tx) =>
    tx.insert(treatmentCases).values({ tenantId, patientId, title: 'Crown', ...who }),
  )
  type Trail = { readsAll: boolean; entries: { patient: { id: string } | null }[] }
  const { readsAll, entries } = await ask<Trail>(trail.load, dentist, own)
  expect(readsAll).toBe(false)
  expect(new Set(entries.map(({ patient }) => patient?.id))).toEqual(new Set([patientId]))
  const file = await ask<Response>(trailExport.GET, dentist, own)
  expect((await file.text()).split('\n').length).toBeGreaterThan(2)
  await expect(ask(trail.load, dentist, '')).rejects.toMatchObject(refused)
  await expect(ask(trail.load, desk, own)).rejects.toMatchObject(refused)
  expect(await ask<Trail>(trail.load, auditor, '')).toMatchObject({ readsAll: true })
})

test('of what software sent, the newest fifty of a length that reports have are read for a page', async () => {
  const { id: tenantId, patientId } = plateau
  const report = (uid: string, arrivedAt: string, words: string) => ({
    ...anImage({ tenantId, studyId, seriesId }),
    id: randomUUID(),
    sopInstanceUid: uid,
    sopClassUid: '1.2.840.10008.5.1.4.1.1.88.33',
    frames: 0,
    arrivedAt: new Date(arrivedAt),
    metadata: JSON.stringify({ '00080070': { vr: 'LO', Value: [words] } }),
  })
  const [studyId, seriesId] = [randomUUID(), randomUUID()]
  const only = { sopClassUids: ['1.2.840.10008.5.1.4.1.1.88.33'], newestMax: 2, metadataBytesMax: 1000 }
  const read = await withTenant(ports().db, tenantId, async (tx) => {
    const own = { tenantId, attributes: {} }
    await tx
      .insert(studies)
      .values({ id: studyId, ...own, studyInstanceUid: '1.9', patientId, matchState: 'matched' })
    await tx.insert(series).values({ id: seriesId, ...own, studyId, seriesInstanceUid: '1.9.1' })
    await tx
      .insert(instances)
      .values([
        report('1.9.1.1', '2026-01-01', 'first'),
        report('1.9.1.2', '2026-01-02', 'second'),
        report('1.9.1.3', '2026-01-04', 'x'.repeat(1000)),
        report('1.9.1.4', '2026-01-03', 'third'),
      ])
    return studyInstances(tx, '1.9', only)
  })
  expect(read.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(['1.9.1.2', '1.9.1.4'])

  // of slices that are long the viewer's pages hold a few at a time, and nothing of what is no image
  const slice = (instanceNumber: number) => ({
    ...report(`1.9.1.${10 + instanceNumber}`, '2026-01-05', 'x'.repeat(900_000)),
    sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
    instanceNumber,
    frames: 1,
  })
  const counts = await withTenant(ports().db, tenantId, async (tx) => {
    await tx.insert(instances).values([5, 3, 1, 2, 4].map(slice))
    const images = await viewableImages(tx, '1.9')
    expect(images.map((image) => image.instanceNumber)).toEqual([1, 2, 3, 4, 5])
    const select = vi.spyOn(tx, 'select')
    const counts: number[] = []
    for await (const image of withMetadata(tx, images)) {
      expect(image.metadata).toHaveLength(900_037)
      counts.push(select.mock.calls.length)
    }
    return counts
  })
  expect(counts).toEqual([1, 1, 2, 2, 3])
})

test('a change that cannot be put on record is not made', async () => {
  const content = {
    started: { expected: null, actual: null },
    stopped: { expected: null, actual: null },
    milestones: [],
    visits: [],
    measures: [],
  }
  const instanceId = await ownImage(plateau)
  const { db } = ports()
  const inPlateau = <T>(work: Parameters<typeof withTenant<T>>[2]) => withTenant(db, plateau.id, work)
  const image = {
    instanceId,
    frame: 1,
    mirrored: false,
    placedBy: 'none',
    similarity: null,
    landmarks: [],
    errorPixels: null,
  }
  const draft = { id: null, version: 1, title: 'T0', mode: 'side', images: [image, image] }
  const saved = await ask<{ saved: { id: string } }>(compare.actions['save'], dentist, '', {
    comparison: JSON.stringify(draft),
  })
  const comparison = saved.saved.id
  const link = { comparison, recipient: 'Somebody', days: '30' }
  await ask(compare.actions['share'], dentist, '', link)
  const [study] = await inPlateau((tx) => tx.select().from(studies))
  const [made] = await inPlateau((tx) => tx.select().from(shares))
  const share = { comparison, share: made?.id ?? '' }
  const before = await kept()

  await owner.client.query('REVOKE INSERT ON audit_events FROM bitewing_app')
  try {
    const created = ask(mounts.actions['create'], dentist, '', { template: 'bitewings-2', day: '' })
    await expect(created).rejects.toThrow()
    const change = JSON.stringify({ version: 0, content })
    await expect(ask(orthodontics.actions['save'], dentist, '', { change })).rejects.toThrow()
    const again = JSON.stringify({ ...draft, title: 'T1' })
    await expect(ask(compare.actions['save'], dentist, '', { comparison: again })).rejects.toThrow()
    await expect(ask(compare.actions['remove'], dentist, '', { comparison })).rejects.toThrow()
    await expect(ask(compare.actions['share'], dentist, '', link)).rejects.toThrow()
    await expect(ask(compare.actions['addToLink'], dentist, '', share)).rejects.toThrow()
    await expect(ask(compare.actions['takeFromLink'], dentist, '', share)).rejects.toThrow()
    await expect(ask(compare.actions['revoke'], dentist, '', share)).rejects.toThrow()
    await expect(
      ask(one.actions['share'], dentist, '', { study: study?.id ?? '', ...link }),
    ).rejects.toThrow()
    await expect(ask(one.actions['revoke'], dentist, '', share)).rejects.toThrow()
  } finally {
    await owner.client.query('GRANT INSERT ON audit_events TO bitewing_app')
  }
  expect(await kept()).toEqual(before)
})
