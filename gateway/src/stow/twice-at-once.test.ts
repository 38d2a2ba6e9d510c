import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { withTenant } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { originalName } from '../originals/original-name.ts'
import { sha256 } from '../sha256.ts'
import { fileTogether } from '../study-index/file-together.ts'
import { arrival } from '../testing/arrival.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage } from '../testing/test-image.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

const first = testImage({ grey: 10 })
const inOtherFile = Buffer.concat([Buffer.alloc(128, 'x'), first.file.subarray(128)])
const { study, series, instance } = first

// As another process of the gateway or a device may: it is in the index between the question and the row of this one.
test.each([
  ['the same to the byte', first.file, 200],
  ['the same data set in another file', inOtherFile, 200],
  ['other content', testImage({ study, series, instance, grey: 200 }).file, 409],
])('one that another was faster than is judged beside it: %s', async (name, file, status) => {
  const practice = await gateway.practice(name)
  const token = await practice.token(['read', 'write'])
  const { system } = gateway
  const fasterId = randomUUID()

  async function storeFaster(): Promise<void> {
    const object = { tenantId: practice.id, name: originalName(fasterId) }
    await system.objectStore.put(object, Readable.from([first.file]))
    const registered = await fileTogether(
      system,
      practice.id,
      {
        ...arrival({ study, series, instance }),
        instanceId: fasterId,
        dataSetDigest: null,
        file: { bytes: first.file.length, sha256: await sha256(first.file), md5: '' },
        archive: { orthancId: randomUUID(), held: false, due: false },
      },
      ({ patientId, studyId }) => ({
        tenantId: practice.id,
        kind: 'images.stored',
        outcome: 'success',
        actor: { kind: 'system', id: null },
        patientId,
        studyId,
      }),
    )
    expect(registered.outcome).toBe('stored')
  }

  let isFirst = true
  const objectStore: typeof system.objectStore = {
    ...system.objectStore,
    async put(...given) {
      const put = await system.objectStore.put(...given)
      if (isFirst) {
        isFirst = false
        await storeFaster()
      }
      return put
    },
  }
  const app = createApp({ ...system, objectStore, metrics: new Registry() })
  const { path, init } = storeBody([file])
  const headers = { ...Object.fromEntries(new Headers(init.headers)), Authorization: `Bearer ${token}` }
  expect((await app.request(`http://gateway.test${path}`, { ...init, headers })).status).toBe(status)

  const rows = await withTenant(system.db, practice.id, (tx) =>
    tx.select({ id: instances.id }).from(instances).where(eq(instances.tenantId, practice.id)),
  )
  expect(rows).toEqual([{ id: fasterId }])
  const originals: string[] = []
  for await (const object of system.objectStore.list(practice.id, 'originals/')) originals.push(object)
  expect(originals).toEqual([originalName(fasterId)])
})

test('of a large original that only Orthanc has, long stretches are read to judge another file beside it', async () => {
  const practice = await gateway.practice('large')
  const token = await practice.token(['read', 'write'])
  const { system } = gateway
  let reads = 0
  const archive: typeof system.archive = {
    ...system.archive,
    read(...given) {
      reads += 1
      return system.archive.read(...given)
    },
  }
  const app = createApp({ ...system, archive, metrics: new Registry() })
  const store = async (file: Buffer) => {
    const { path, init } = storeBody([file])
    const headers = { ...Object.fromEntries(new Headers(init.headers)), Authorization: `Bearer ${token}` }
    return (await app.request(`http://gateway.test${path}`, { ...init, headers })).status
  }
  const large = testImage({ side: 6400 }) // 41 MB
  expect(await store(large.file)).toBe(200)
  await gateway.fillArchive()
  const [row] = await withTenant(system.db, practice.id, (tx) =>
    tx.select({ id: instances.id }).from(instances).where(eq(instances.sopInstanceUid, large.instance)),
  )
  await system.objectStore.delete({ tenantId: practice.id, name: originalName(row?.id ?? '') })

  const other = Buffer.from(large.file)
  other[other.length - 1] = 7
  expect(await store(other)).toBe(409)
  expect(reads).toBeGreaterThan(0)
  expect(reads).toBeLessThanOrEqual(4)
  // known by now
  reads = 0
  expect(await store(Buffer.concat([Buffer.alloc(128, 'x'), large.file.subarray(128)]))).toBe(200)
  expect(reads).toBe(0)
})
