import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir, readlink, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { closeDatabase, connectDatabase } from '@bitewing/db'
import { startOwnPostgres, type OwnPostgres } from '@bitewing/testbed'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { composeGateway } from './compose.ts'
import { readEnvironment } from './environment.ts'
import { StorageMisconfigured, StorageResidencyRefused } from './object-store/object-errors.ts'
import { ArchiveAway, ArchiveFull } from './archive/archive-errors.ts'
import { fillArchive } from './originals/fill-archive.ts'
import { secureOriginal } from './originals/secure-original.ts'
import { sequence, values, type DicomJson } from './testing/dicom-json.ts'
import { heldThings } from './testing/held-things.ts'
import { startTestGateway, type TestGateway } from './testing/start-test-gateway.ts'
import { storeBody } from './testing/store-body.ts'
import { testImage, type TestImage } from './testing/test-image.ts'

/* Every dependency really goes away here, and comes back; the gateway is never restarted. */

let postgres: OwnPostgres
let gateway: TestGateway
let tenantId: string
let token: string
const old = testImage({ side: 64 })

beforeAll(async () => {
  postgres = await startOwnPostgres()
  gateway = await startTestGateway({ STOW_MEMORY_BYTES_MAX: '0' }, { postgres })
  const practice = await gateway.practice('north')
  tenantId = practice.id
  token = await practice.token(['read', 'write'])
  expect((await store(old)).status).toBe(200)
  await gateway.fillArchive()
})
afterAll(() => gateway.stop())

function store(...images: TestImage[]): Promise<Response> {
  const { path, init } = storeBody(images.map(({ file }) => file))
  return gateway.request(path, { ...init, as: token })
}

const get = (path: string, accept = '*/*') =>
  gateway.request(`/dicom-web${path}`, { as: token, headers: { Accept: accept } })

async function isReadable({ path, file }: TestImage): Promise<boolean> {
  const response = await get(path, 'application/dicom; transfer-syntax=*')
  return response.status === 200 && Buffer.from(await response.arrayBuffer()).equals(file)
}

async function isUnavailable(response: Response, code: string) {
  expect(response.status).toBe(503)
  expect(response.headers.get('Retry-After')).toMatch(/^\d+$/)
  expect(response.headers.get('Content-Type')).toBe('application/problem+json')
  expect(await response.json()).toMatchObject({ type: `urn:bitewing:problem:${code}` })
}

async function readiness() {
  const response = await gateway.request('/readyz')
  const { checks } = (await response.json()) as { checks: Record<string, string> }
  return { status: response.status, checks }
}

async function eventually(condition: () => Promise<boolean>) {
  for (let left = 500; !(await condition()); left--) {
    if (left === 0) throw new Error('it did not come about')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function originalStates(instance: string) {
  const db = connectDatabase(gateway.database.superuserUrl, 1)
  const { rows } = await db.client.query<{ id: string; state: string; held: boolean; jobs: number }>(
    `
    SELECT i.id, i.original_state AS state, i.held_by_archive AS held, (SELECT count(*)::int FROM pgboss.job j
      WHERE j.name = 'secure-original' AND j.data->>'instanceId' = i.id::text) AS jobs
    FROM instances i WHERE i.sop_instance_uid = $1`,
    [instance],
  )
  await closeDatabase(db)
  return rows
}

test('Orthanc killed: STOW is 200 by the object store, all is served; back again, it gets what came meanwhile', async () => {
  const before = await heldThings(gateway)
  await gateway.orthanc.kill()
  const image = testImage()
  expect((await store(image)).status).toBe(200)
  expect(await isReadable(image)).toBe(true)
  await expect(gateway.fillArchive()).rejects.toThrow(ArchiveAway)
  expect(await readiness()).toMatchObject({
    status: 503,
    checks: { archive: 'away', database: 'ok', objectStore: 'ok' },
  })

  expect(await isReadable(old)).toBe(true)
  expect((await get(`${old.path}/frames/1`)).status).toBe(200)
  expect((await get(`${old.path}/rendered`, 'image/jpeg')).status).toBe(200)
  expect((await get(`${old.path}/metadata`)).status).toBe(200)
  expect((await get(`${old.path}/bulkdata/7FE00010`)).status).toBe(200)

  await gateway.orthanc.restart()
  const id = (await originalStates(image.instance))[0]?.id ?? ''
  const fill = () =>
    fillArchive({ ...gateway.system, folder: gateway.system.spoolDir }, { tenantId, instanceId: id })
  await fill()
  await fill() // safe to repeat
  expect((await heldThings(gateway)).archive).toBe((before.archive ?? 0) + 1)
  expect(await isReadable(image)).toBe(true)
  expect(await readiness()).toMatchObject({ status: 200 })
})

test('the object store away: 200, held by Orthanc and queued; nothing is hidden; the job then secures it', async () => {
  const { storeFolder, system } = gateway
  const image = testImage({ side: 64 })
  await rename(storeFolder, `${storeFolder}-away`)
  await writeFile(storeFolder, 'not a folder')
  try {
    expect((await store(image)).status).toBe(200)
    expect(await originalStates(image.instance)).toMatchObject([{ state: 'pending', jobs: 1 }])
    expect(await readiness()).toMatchObject({ status: 503, checks: { objectStore: 'away', archive: 'ok' } })
    for (const one of [image, old]) {
      expect(await isReadable(one)).toBe(true)
      // a small part of a file is asked of the object store first
      expect((await get(`${one.path}/bulkdata/7FE00010`)).status).toBe(200)
      const range = await gateway.request(`/dicom-web${one.path}`, {
        as: token,
        headers: { Accept: 'application/dicom; transfer-syntax=*', Range: 'bytes=128-131' },
      })
      expect([range.status, await range.text()]).toEqual([206, 'DICM'])
      expect((await get(`${one.path}/rendered`, 'image/png')).status).toBe(200)
      const rendition = await gateway.request(
        `/renditions/${one.study}/${one.series}/${one.instance}/1/50.jpg`,
        { as: token },
      )
      expect(rendition.status).toBe(200)
    }
    const [row] = await originalStates(image.instance)
    await expect(secureOriginal(system, { tenantId, instanceId: row?.id ?? '' })).rejects.toThrow()
  } finally {
    await rm(storeFolder)
    await rename(`${storeFolder}-away`, storeFolder)
  }
  const [row] = await originalStates(image.instance)
  await secureOriginal(system, { tenantId, instanceId: row?.id ?? '' })
  await secureOriginal(system, { tenantId, instanceId: row?.id ?? '' }) // safe to repeat
  expect(await originalStates(image.instance)).toMatchObject([{ state: 'secured' }])

  await gateway.orthanc.kill()
  expect(await isReadable(image)).toBe(true)
  await gateway.orthanc.restart()
})

test('both away: what is held is 503 and not 404, and nothing is taken', async () => {
  const { storeFolder } = gateway
  await rename(storeFolder, `${storeFolder}-away`)
  await gateway.orthanc.kill()
  try {
    expect((await get(old.path, 'application/dicom; transfer-syntax=*')).status).toBe(503)
    expect((await get(old.path)).status).toBe(503)
    expect((await get(`${old.path}/frames/1`)).status).toBe(503)
    expect((await get(`${old.path}/metadata`)).status).toBe(200)
    expect((await store(testImage())).status).toBe(503)
  } finally {
    await rm(storeFolder, { recursive: true, force: true })
    await rename(`${storeFolder}-away`, storeFolder)
    await gateway.orthanc.restart()
  }
  expect(await isReadable(old)).toBe(true)
})

test('a series whose first file cannot be read is 503, and the files that were opened ahead are closed', async () => {
  const { study, series } = testImage()
  const images = ['1', '2', '3'].map((number) =>
    testImage({ study, series, side: 1600, attributes: { '00200013': ['IS', number] } }),
  )
  expect((await store(...images)).status).toBe(200)
  await gateway.fillArchive()
  const [first] = await originalStates(images[0]?.instance ?? '')
  const names = await readdir(gateway.storeFolder, { recursive: true })
  const file = names.find((name) => name.endsWith(`${first?.id}.sealed`)) ?? ''
  await rename(join(gateway.storeFolder, file), `${gateway.storeFolder}-first`)
  await gateway.orthanc.kill()
  try {
    const path = `/studies/${study}/series/${series}`
    const type = 'multipart/related; type=application/dicom; transfer-syntax=*'
    expect((await get(path, type)).status).toBe(503)
    await eventually(async () => (await openedObjects()).length === 0)
  } finally {
    await rename(`${gateway.storeFolder}-first`, join(gateway.storeFolder, file))
    await gateway.orthanc.restart()
  }
})

/** Objects of the store that this process has open. */
async function openedObjects(): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd')
  const files = await Promise.all(descriptors.map((one) => readlink(`/proc/self/fd/${one}`).catch(() => '')))
  return files.filter((one) => one.endsWith('.sealed'))
}

test('Postgres killed: 503 everywhere and nothing half-stored; back again, it works', async () => {
  const before = await heldThings(gateway)
  await postgres.kill()
  await isUnavailable(await get('/studies'), 'database-away')
  await isUnavailable(await get(`${old.path}/metadata`), 'database-away')
  await isUnavailable(await store(testImage()), 'database-away')
  expect((await gateway.request('/healthz')).status).toBe(200)
  expect(await readiness()).toMatchObject({ status: 503, checks: { database: 'away' } })

  await postgres.restart()
  await eventually(async () => (await get('/studies')).status === 200)
  expect(await heldThings(gateway)).toEqual(before)
  const image = testImage()
  expect((await store(image)).status).toBe(200)
  expect(await isReadable(image)).toBe(true)
})

test('Postgres lost between keeping and indexing: nothing half-stored', async () => {
  const before = await heldThings(gateway)
  const { objectStore } = gateway.system
  const { put } = objectStore
  objectStore.put = async (...args) => {
    await postgres.pause() // in good order: this test's Postgres does not sync, a kill would lose earlier rows
    return put(...args)
  }
  const image = testImage()
  try {
    await isUnavailable(await store(image), 'database-away')
  } finally {
    objectStore.put = put
    await postgres.restart()
  }
  await eventually(async () => (await get('/studies')).status === 200)
  // whether another request relies on Orthanc's copy could not be asked at once
  await vi.waitFor(async () => expect(await heldThings(gateway)).toEqual(before), { timeout: 30_000 })
  expect((await store(image)).status).toBe(200)
})

test("Orthanc's disk full: STOW goes on and Orthanc gets it later; its loss loses nothing", async (c) => {
  const { directory } = gateway.orthanc
  const { uid, gid } = await stat(directory)
  await gateway.orthanc.pause()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=3m,uid=${uid},gid=${gid}`, 'tmpfs', directory], {
      stdio: 'ignore',
    })
  } catch {
    await gateway.orthanc.restart()
    return c.skip('a small file system cannot be mounted here')
  }
  const large = testImage({ side: 2000, attributes: { '7FE00010': ['OW', randomBytes(4_000_000)] } })
  try {
    await gateway.orthanc.restart()
    expect(await isReadable(old)).toBe(true) // Orthanc has nothing of it any more
    expect((await store(large)).status).toBe(200)
    await expect(gateway.fillArchive()).rejects.toThrow(ArchiveFull)
    expect(await isReadable(large)).toBe(true)
    expect((await originalStates(large.instance))[0]?.held).toBe(false)

    // and with neither of the two to take it, nothing is half-stored
    const { storeFolder } = gateway
    const before = await heldThings(gateway)
    await rename(storeFolder, `${storeFolder}-away`)
    await writeFile(storeFolder, 'not a folder')
    try {
      const other = testImage({ side: 2000, attributes: { '7FE00010': ['OW', randomBytes(4_000_000)] } })
      await isUnavailable(await store(other), 'storage-full')
      const both = await store(old, other)
      expect(both.status).toBe(202)
      const body = (await both.json()) as DicomJson
      expect(sequence(body, '00081199').flatMap((item) => values(item, '00081155'))).toEqual([old.instance])
      expect(
        [...sequence(body, '00081198'), ...sequence(body, '0008119A')].flatMap((item) =>
          values(item, '00081197'),
        ),
      ).toEqual([0xa700])
    } finally {
      await rm(storeFolder)
      await rename(`${storeFolder}-away`, storeFolder)
    }
    expect(await heldThings(gateway)).toEqual(before)
    expect(await isReadable(old)).toBe(true)
  } finally {
    await gateway.orthanc.pause()
    execFileSync('umount', [directory])
    await gateway.orthanc.restart()
  }
  const { id = '' } = (await originalStates(large.instance))[0] ?? {}
  await fillArchive({ ...gateway.system, folder: gateway.system.spoolDir }, { tenantId, instanceId: id })
  expect((await originalStates(large.instance))[0]?.held).toBe(true)
})

test('the spool full: 503, nothing half-stored, what was there is readable', async (c) => {
  const { spoolDir } = gateway.system
  const before = await heldThings(gateway)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', spoolDir], { stdio: 'ignore' })
  } catch {
    return c.skip('a small file system cannot be mounted here')
  }
  try {
    await isUnavailable(await store(testImage({ side: 500 })), 'storage-full')
    expect(await heldThings(gateway)).toEqual(before)
    expect(await isReadable(old)).toBe(true)
  } finally {
    execFileSync('umount', [spoolDir])
  }
})

test('a store that no waiting mends is told at once at the start: another region, no account', async () => {
  const start = (storageUrl: string, more: Record<string, string> = {}) =>
    composeGateway(readEnvironment({ ...gateway.variables, ...more, STORAGE_URL: storageUrl }))
  const account = { AZURE_STORAGE_ACCOUNT: 'practices', AZURE_STORAGE_KEY: 'AAAA' }
  await expect(start('azblob://practice?region=eastus', account)).rejects.toThrow(StorageResidencyRefused)
  await expect(start('azblob://practice?region=canadaeast')).rejects.toThrow(StorageMisconfigured)
})
