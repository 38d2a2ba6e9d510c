import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import {
  closeDatabase,
  connectDatabase,
  defaultTierPolicy,
  saveTierPolicy,
  withTenant,
  type Database,
} from '@bitewing/db'
import { instances, recalls } from '@bitewing/db/schema'
import { startAzurite, type Azurite } from '@bitewing/testbed/start-azurite'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createApp } from '../app.ts'
import { makeBucket } from '../object-store/make-bucket.ts'
import { ObjectArchived } from '../object-store/object-errors.ts'
import { originalName } from '../originals/original-name.ts'
import { makeLargeRenditions } from '../renditions/make-large-renditions.ts'
import { makeRenditions } from '../renditions/make-renditions.ts'
import { noteArchiveCopy } from '../study-index/archive-copies.ts'
import { auditDetails } from '../testing/audit-details.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage, type TestImage } from '../testing/test-image.ts'
import type { TestPractice } from '../testing/test-practice.ts'
import { applyTiers } from './apply-tiers.ts'
import { createRecallRounds } from './follow-recalls.ts'

let azurite: Azurite
let gateway: TestGateway
let clinic: TestPractice
let token: string
let otherToken: string
let owner: Database
const enough = { originalsMax: 1000, bytesMax: 1e9 }

beforeAll(async () => {
  azurite = await startAzurite()
  const storageUrl = `azblob://tiers?region=canadaeast&endpoint=${encodeURIComponent(azurite.endpoint)}`
  await makeBucket({ storageUrl, credentials: { azure: { account: azurite.account, key: azurite.key } } })
  gateway = await startTestGateway({
    STORAGE_URL: storageUrl,
    AZURE_STORAGE_ACCOUNT: azurite.account,
    AZURE_STORAGE_KEY: azurite.key,
  })
  clinic = await gateway.practice('tiers')
  token = await clinic.token(['read', 'write', 'delete'])
  otherToken = await (await gateway.practice('elsewhere')).token(['read'])
  owner = connectDatabase(gateway.database.ownerUrl, 1)
  await setPolicy({ enabled: true })
})
afterAll(async () => {
  await closeDatabase(owner)
  await gateway.stop()
  await azurite.stop()
})

const inClinic = <T>(work: Parameters<typeof withTenant<T>>[2]) =>
  withTenant(gateway.system.db, clinic.id, work)
const setPolicy = (changes: Partial<typeof defaultTierPolicy>) =>
  inClinic((tx) => saveTierPolicy(tx, clinic.id, { ...defaultTierPolicy, ...changes }))
const apply = (budget = enough) => applyTiers(gateway.system, clinic.id, budget)
const body = async (path: string, as = token, headers: Record<string, string> = {}) => {
  const response = await gateway.request(path, { as, headers })
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  }
}

/** Stores images as if they had come so many months ago; large enough to be worth moving. */
async function stored(
  months: number,
  count = 1,
  series: string | undefined = undefined,
): Promise<TestImage[]> {
  const first = testImage({ side: 400, ...(series ? { series } : {}) })
  const { study } = first
  const images = [
    first,
    ...Array.from({ length: count - 1 }, () => testImage({ side: 400, study, series: first.series })),
  ]
  const { path, init } = storeBody(images.map(({ file }) => file))
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
  await gateway.fillArchive()
  await inClinic((tx) =>
    tx
      .update(instances)
      .set({ arrivedAt: sql`now() - make_interval(months => ${months}, days => 1)` })
      .where(
        inArray(
          instances.sopInstanceUid,
          images.map(({ instance }) => instance),
        ),
      ),
  )
  return images
}
async function one(months: number): Promise<TestImage> {
  const [image] = await stored(months)
  if (!image) throw new Error('one image')
  return image
}
const rowOf = async ({ instance }: TestImage) => {
  const [row] = await inClinic((tx) =>
    tx.select().from(instances).where(eq(instances.sopInstanceUid, instance)),
  )
  if (!row) throw new Error('the image has a row')
  return row
}
const objectOf = async (image: TestImage) => ({
  tenantId: clinic.id,
  name: originalName((await rowOf(image)).id),
})
/** Instance Availability (0008,0056) at every path of a search; of the instance itself where there are several. */
const availabilities = async ({ study, series, instance }: TestImage) => {
  const found: Record<string, unknown> = {}
  for (const path of [
    'studies',
    'series',
    'instances',
    `studies/${study}/series`,
    `studies/${study}/instances`,
    `studies/${study}/series/${series}/instances`,
  ]) {
    const scope = path.endsWith('instances') ? `SOPInstanceUID=${instance}` : `StudyInstanceUID=${study}`
    const answer = await gateway.request(`/dicom-web/${path}?${scope}`, { as: token })
    const rows = (await answer.json()) as Record<string, { Value?: unknown[] }>[]
    found[path.replace(study, ':study').replace(series, ':series')] = rows.map(
      (row) => row['00080056']?.Value,
    )
  }
  return found
}
const levels = (one: string, whole = one) => ({
  studies: [[whole]],
  series: [[whole]],
  instances: [[one]],
  'studies/:study/series': [[whole]],
  'studies/:study/instances': [[one]],
  'studies/:study/series/:series/instances': [[one]],
})
const inOrthanc = async (image: TestImage) =>
  (await gateway.system.archive.md5((await rowOf(image)).orthancId)) !== null

test('an evicted original is read from the object store at once, on every way', async () => {
  const [image, young] = [await one(7), await one(5)]
  expect(await apply()).toMatchObject({ toWarm: 1, toCold: 0, evicted: 1, left: [], stopped: null })
  expect(await gateway.system.objectStore.place(await objectOf(image))).toEqual({
    tier: 'warm',
    read: 'at-once',
  })
  expect(await rowOf(image)).toMatchObject({
    storageTier: 'warm',
    heldByArchive: false,
    tierUnsettled: false,
  })
  expect([await inOrthanc(image), await inOrthanc(young)]).toEqual([false, true])
  expect(await rowOf(young)).toMatchObject({ storageTier: 'hot', heldByArchive: true })

  expect((await body(`/api${image.path}/original`)).bytes.equals(image.file)).toBe(true)
  const asFile = await body(`/dicom-web${image.path}`, token, {
    Accept: 'application/dicom; transfer-syntax=*',
  })
  expect(asFile.bytes.equals(image.file)).toBe(true)
  const { study, series, path, instance } = image
  for (const address of [
    `/dicom-web${path}/frames/1`,
    `/dicom-web${path}/metadata`,
    `/dicom-web${path}/rendered`,
    `/dicom-web${path}/bulkdata/7FE00010`,
    `/dicom-web${path}/thumbnail`,
    `/dicom-web/studies/${study}/series/${series}`,
    `/dicom-web/studies/${study}`,
    `/wado?requestType=WADO&studyUID=${study}&seriesUID=${series}&objectUID=${instance}&contentType=application/dicom`,
    `/renditions/${study}/${series}/${instance}/1/full.png`,
  ]) {
    expect((await body(address)).status, address).toBe(200)
  }
  expect(await auditDetails(gateway, clinic.id, 'images.moved')).toMatchObject([
    { toWarm: 1, evicted: 1, left: 0 },
  ])
  expect(await apply()).toMatchObject({ toWarm: 0, evicted: 0 })
})

test('the same file sent to Orthanc again after its eviction is known there, read, and given up once more', async () => {
  const image = await one(7)
  await apply()
  const { orthancId } = await rowOf(image)
  await gateway.system.archive.store({ bytes: image.file.length, buffer: image.file })
  await noteArchiveCopy(gateway.system, clinic.id, orthancId)
  expect(await rowOf(image)).toMatchObject({ heldByArchive: true, storageTier: 'warm' })
  expect(await apply()).toMatchObject({ toWarm: 0, evicted: 1 })
  expect(await inOrthanc(image)).toBe(false)
  // by STOW it is there already: nothing is stored again
  const { path, init } = storeBody([image.file])
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
  expect(await rowOf(image)).toMatchObject({ heldByArchive: false, storageTier: 'warm' })
  expect((await body(`/api${image.path}/original`)).bytes.equals(image.file)).toBe(true)
})

test('Orthanc keeps what another practice relies on, and nothing is evicted that the store has not as it arrived', async () => {
  const shared = await one(7)
  const other = await gateway.practice('relies')
  const relies = await other.token(['read', 'write'])
  const { path, init } = storeBody([shared.file])
  expect((await gateway.request(path, { ...init, as: relies })).status).toBe(200)
  await gateway.fillArchive()
  const altered = await one(7)
  await gateway.system.objectStore.put(
    await objectOf(altered),
    (async function* () {
      yield Buffer.from('other bytes')
    })(),
  )

  const applied = await apply()
  expect(applied.left).toEqual([(await rowOf(altered)).id])
  expect(await rowOf(altered)).toMatchObject({ storageTier: 'hot', heldByArchive: true })
  expect(await inOrthanc(altered)).toBe(true)
  expect(await rowOf(shared)).toMatchObject({ heldByArchive: false })
  expect(await inOrthanc(shared)).toBe(true)
  expect((await body(`/api${shared.path}/original`, relies)).bytes.equals(shared.file)).toBe(true)
  await inClinic((tx) =>
    tx
      .update(instances)
      .set({ arrivedAt: new Date() })
      .where(eq(instances.id, applied.left[0] ?? '')),
  )
})

// a slice's larger pictures are made once nobody waits for others: without them an archived volume could not be looked at
test('a slice is archived once the pictures are there that it is read by', async () => {
  const slice = await one(25)
  const { id: instanceId } = await rowOf(slice)
  const job = { tenantId: clinic.id, instanceId }
  await inClinic((tx) => tx.update(instances).set({ imageKind: 'cbct' }).where(eq(instances.id, instanceId)))
  await makeRenditions(gateway.system, job)
  expect(await apply()).toMatchObject({ toCold: 0, left: [] })
  await makeLargeRenditions(gateway.system, job)
  expect(await apply()).toMatchObject({ toCold: 1 })
  const { study, series, instance } = slice
  expect((await body(`/renditions/${study}/${series}/${instance}/1/1024.webp`)).status).toBe(200)
})

test('an archived original is recalled once, by whoever asks first; pages go on, and it comes back', async () => {
  const image = await one(25)
  const { study, series, path, instance } = image
  const { id } = await rowOf(image)
  // an image without its pictures is not archived
  expect(await apply()).toMatchObject({ toCold: 0 })
  await makeRenditions(gateway.system, { tenantId: clinic.id, instanceId: id })
  expect(await apply()).toMatchObject({ toCold: 1 })
  expect(await gateway.system.objectStore.place(await objectOf(image))).toEqual({
    tier: 'cold',
    read: 'archived',
  })

  // the same data set in another file is still known as the same, and other content as such
  for (const [file, status] of [
    [Buffer.concat([Buffer.alloc(128, 'x'), image.file.subarray(128)]), 200],
    [testImage({ study, series, instance, side: 400, grey: 7 }).file, 409],
  ] as const) {
    const { path: stow, init } = storeBody([file])
    expect((await gateway.request(stow, { ...init, as: token })).status).toBe(status)
  }

  // stays at hand
  for (const address of [
    `/dicom-web${path}/metadata`,
    `/dicom-web/studies?StudyInstanceUID=${study}`,
    `/renditions/${study}/${series}/${instance}/1/200.jpg`,
    `/renditions/${study}/${series}/${instance}/1/1024.webp`,
  ]) {
    expect((await body(address)).status, address).toBe(200)
  }
  expect(await availabilities(image)).toEqual(levels('NEARLINE'))
  expect(await inClinic((tx) => tx.select().from(recalls))).toEqual([])

  const asks = [
    `/api${path}/original`,
    `/dicom-web${path}`,
    `/dicom-web${path}/frames/1`,
    `/dicom-web${path}/rendered?viewport=77,77`,
    `/dicom-web${path}/bulkdata/7FE00010`,
    `/dicom-web${path}/bulkdata`,
    `/dicom-web/studies/${study}/series/${series}`,
    `/dicom-web/studies/${study}?accept=application/zip`,
    `/wado?requestType=WADO&studyUID=${study}&seriesUID=${series}&objectUID=${instance}&contentType=application/dicom`,
    `/renditions/${study}/${series}/${instance}/1/full.png`,
  ]
  for (const address of asks) {
    const { status, headers, bytes } = await body(address)
    expect(status, address).toBe(503)
    expect(Number(headers.get('Retry-After')), address).toBeGreaterThanOrEqual(5)
    const told = JSON.parse(bytes.toString()) as {
      type: string
      readyBy: string
      begunAt: string
      remaining: number
    }
    expect(told.type).toBe('urn:bitewing:problem:original-archived')
    expect(Date.parse(told.readyBy)).toBeGreaterThan(Date.now())
    expect(Date.parse(told.begunAt)).toBeLessThanOrEqual(Date.now())
    expect(told.remaining).toBe(1)
  }
  expect(await inClinic((tx) => tx.select({ id: recalls.instanceId }).from(recalls))).toEqual([{ id }])
  expect(await auditDetails(gateway, clinic.id, 'images.recalled')).toEqual([{ instances: 1 }])
  // to another practice it does not exist
  expect((await body(`/api${path}/original`, otherToken)).status).toBe(404)

  const live = await gateway.request('/api/events', { as: token })
  let heard = ''
  void (async () => {
    for await (const text of live.body?.pipeThrough(new TextDecoderStream()) ?? []) heard += text
  })().catch(() => {})
  await vi.waitFor(() => expect(heard).toContain('event: ready'), 50_000)
  const round = createRecallRounds(gateway.system)
  expect(await round()).toBe(1)
  await vi.waitFor(() => expect(heard).toContain(study), 50_000)
  expect(await round()).toBe(0)
  for (const address of asks) expect((await body(address)).status, address).toBe(200)
  expect((await body(`/api${path}/original`)).bytes.equals(image.file)).toBe(true)
  expect(await availabilities(image)).toEqual(levels('ONLINE'))
  expect(await apply()).toMatchObject({ toCold: 0, evicted: 0 })

  // for a while, and then it goes back
  await inClinic((tx) =>
    tx
      .update(instances)
      .set({ recalledUntil: new Date(Date.now() - 1000) })
      .where(eq(instances.id, id)),
  )
  await apply()
  expect(await gateway.system.objectStore.place(await objectOf(image))).toEqual({
    tier: 'cold',
    read: 'archived',
  })
  expect(await rowOf(image)).toMatchObject({ storageTier: 'cold', recalledUntil: null, tierUnsettled: false })
})

test('what Orthanc lost between its removal and the commit is known at the next read, and at the next run', async () => {
  const [read, run] = [await one(25), await one(7)]
  await inClinic((tx) =>
    tx.update(instances).set({ renditionState: 'none' }).where(eq(instances.sopInstanceUid, read.instance)),
  )
  expect(await apply()).toMatchObject({ toCold: 1, toWarm: 1, evicted: 2 })
  // as a kill leaves it: Orthanc has given it up, and the row that says so was never committed
  await inClinic((tx) =>
    tx
      .update(instances)
      .set({ heldByArchive: true })
      .where(inArray(instances.sopInstanceUid, [read.instance, run.instance])),
  )
  expect([await inOrthanc(read), await inOrthanc(run)]).toEqual([false, false])

  expect((await body(`/dicom-web${read.path}`)).status).toBe(503)
  expect(await rowOf(read)).toMatchObject({ heldByArchive: false, storageTier: 'cold' })
  expect((await body(`/api${run.path}/original`)).bytes.equals(run.file)).toBe(true)
  expect(await apply()).toMatchObject({ evicted: 1, left: [] })
  expect(await rowOf(run)).toMatchObject({ heldByArchive: false })
  await createRecallRounds(gateway.system)()
})

test('more recalls than a practice may have are 429 with Retry-After, and what is under way may be asked for again', async () => {
  const [first, second] = [await one(25), await one(25)]
  const ours = inArray(instances.sopInstanceUid, [first.instance, second.instance])
  await inClinic((tx) => tx.update(instances).set({ renditionState: 'none' }).where(ours))
  expect(await apply()).toMatchObject({ toCold: 2 })
  const app = createApp({ ...gateway.system, metrics: new Registry(), recallsMax: 1 })
  const ask = async ({ path }: TestImage) =>
    app.request(`http://gateway.test/dicom-web${path}`, { headers: { Authorization: `Bearer ${token}` } })
  expect((await ask(first)).status).toBe(503)
  const refused = await ask(second)
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(60)
  expect((await ask(first)).status).toBe(503)
  expect(await inClinic((tx) => tx.select().from(recalls))).toHaveLength(1)
  await createRecallRounds(gateway.system)()
  expect((await ask(second)).status).toBe(503)
  await createRecallRounds(gateway.system)()
})

test('an answer of several originals does not begin before all of them are at hand', async () => {
  const images = await stored(5, 3)
  const [young, archived] = images
  if (!young || !archived) throw new Error('three images')
  expect(await availabilities(young)).toEqual(levels('ONLINE'))
  await inClinic((tx) =>
    tx
      .update(instances)
      .set({ renditionState: 'none', arrivedAt: sql`now() - interval '25 months'` })
      .where(eq(instances.sopInstanceUid, archived.instance)),
  )
  expect(await apply()).toMatchObject({ toCold: 1 })
  const { study, series } = archived
  // a whole is as available as the last of it
  expect(await availabilities(archived)).toEqual(levels('NEARLINE'))
  expect(await availabilities(young)).toEqual(levels('ONLINE', 'NEARLINE'))
  for (const address of [
    `/dicom-web/studies/${study}`,
    `/dicom-web/studies/${study}/series/${series}/bulkdata`,
  ]) {
    expect((await body(address)).status, address).toBe(503)
  }
  await createRecallRounds(gateway.system)()
  expect((await body(`/dicom-web/studies/${study}`)).status).toBe(200)
  expect(await availabilities(archived)).toEqual(levels('ONLINE'))
})

test('nothing moves while the policy is off, by default it is, and what is deleted or small stays', async () => {
  const image = await one(30)
  await setPolicy({ enabled: false })
  expect(await apply()).toMatchObject({ toWarm: 0, evicted: 0, stopped: 'off' })
  await setPolicy({ enabled: true })
  const [small, gone] = [testImage(), await one(30)]
  const { path, init } = storeBody([small.file])
  await gateway.request(path, { ...init, as: token })
  await inClinic((tx) =>
    tx
      .update(instances)
      .set({ arrivedAt: new Date('2020-01-01') })
      .where(eq(instances.sopInstanceUid, small.instance)),
  )
  const { id: goneId } = await rowOf(gone)
  expect((await gateway.request(`/dicom-web${gone.path}`, { as: token, method: 'DELETE' })).status).toBe(204)
  expect(await apply({ originalsMax: 1, bytesMax: 1e9 })).toMatchObject({ toWarm: 1, evicted: 1 })
  await apply()
  expect((await rowOf(image)).storageTier).toBe('warm') // its pictures are not made: never archived
  expect((await rowOf(small)).storageTier).toBe('hot')
  const place = await gateway.system.objectStore.place({ tenantId: clinic.id, name: originalName(goneId) })
  expect(place?.tier).toBe('hot')
})

test('whoever is killed in the middle of it loses nothing, and the next run finishes', async () => {
  const images = await stored(25, 12)
  const uids = images.map(({ instance }) => instance)
  const ours = inArray(instances.sopInstanceUid, uids)
  await inClinic((tx) => tx.update(instances).set({ renditionState: 'none' }).where(ours))
  // one of them is killed when the store has moved it and the index does not know, others before the store is asked
  const program = `
    import { composeSystem } from ${JSON.stringify(join(import.meta.dirname, '../compose.ts'))}
    import { readEnvironment } from ${JSON.stringify(join(import.meta.dirname, '../environment.ts'))}
    import { applyTiers } from ${JSON.stringify(join(import.meta.dirname, 'apply-tiers.ts'))}
    const system = await composeSystem(readEnvironment(process.env), 'worker')
    let moves = 0
    const setTier = async (object, tier) => {
      moves += 1
      if (moves > 6) return new Promise(() => {})
      const moved = await system.objectStore.setTier(object, tier)
      if (moves < 6) return moved
      console.log('in the middle')
      return new Promise(() => {})
    }
    await applyTiers({ ...system, objectStore: { ...system.objectStore, setTier } }, ${JSON.stringify(clinic.id)}, ${JSON.stringify(enough)})`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...gateway.variables, PATH: process.env['PATH'] ?? '' },
  })
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await ended
  const unsettled = await inClinic((tx) =>
    tx
      .select()
      .from(instances)
      .where(and(ours, eq(instances.tierUnsettled, true))),
  )
  expect(unsettled.length).toBeGreaterThan(0)

  // each is in the store, as it came or archived; Orthanc may have given one up whose row was not committed any more
  const { objectStore, archive } = gateway.system
  for (const row of await inClinic((tx) => tx.select().from(instances).where(ours))) {
    const read = await objectStore
      .get({ tenantId: clinic.id, name: originalName(row.id) })
      .catch((error: unknown) => error)
    if (read instanceof ObjectArchived) expect(row.storageTier).toBe('cold')
    else expect(read).toMatchObject({ totalBytes: row.fileBytes })
    if (read !== null && typeof read === 'object' && 'stream' in read)
      (read as { stream: { destroy(): void } }).stream.destroy()
    if (row.heldByArchive) expect([row.fileMd5, null]).toContain(await archive.md5(row.orthancId))
  }

  expect((await apply()).left).toEqual([])
  const rows = await inClinic((tx) => tx.select().from(instances).where(ours))
  expect(rows.every((row) => row.storageTier === 'cold' && !row.tierUnsettled && !row.heldByArchive)).toBe(
    true,
  )
  for (const row of rows) {
    expect(await objectStore.place({ tenantId: clinic.id, name: originalName(row.id) })).toEqual({
      tier: 'cold',
      read: 'archived',
    })
    expect(await archive.md5(row.orthancId)).toBeNull()
  }
}, 120_000)
