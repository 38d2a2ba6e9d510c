import { asSystem, readStorage, withTenant } from '@bitewing/db'
import { instances, keptRenditions, storageCounts } from '@bitewing/db/schema'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage } from '../testing/test-image.ts'
import { createKeptRenditions } from './kept-renditions.ts'

let gateway: TestGateway
let tenantId: string
let instanceId: string
let token: string

beforeAll(async () => {
  gateway = await startTestGateway()
  const practice = await gateway.practice('quota')
  tenantId = practice.id
  token = await practice.token(['read', 'write'])
  const image = testImage({ side: 32 })
  const { path, init } = storeBody([image.file])
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
  const [row] = await withTenant(gateway.system.db, tenantId, (tx) =>
    tx.select({ id: instances.id }).from(instances),
  )
  instanceId = row?.id ?? ''
})
afterAll(() => gateway.stop())

const names = () =>
  withTenant(gateway.system.db, tenantId, async (tx) =>
    (await tx.select({ name: keptRenditions.name }).from(keptRenditions)).map(({ name }) => name).toSorted(),
  )
const counted = (what: 'original' | 'rendition' | 'kept-rendition') =>
  withTenant(gateway.system.db, tenantId, async (tx) => {
    const [sum] = await tx
      .select({ objects: sql<number>`sum(objects)::int`, bytes: sql<number>`sum(bytes)::int` })
      .from(storageCounts)
      .where(eq(storageCounts.what, what))
    return sum
  })
const object = (index: number) => ({
  tenantId,
  instanceId,
  name: `renditions/${instanceId}/2/views/${index}.jpg`,
  isMadeUnasked: false,
})

test('what nobody has used for longest is pushed out, and what every image has never is', async () => {
  const { db, log, objectStore } = gateway.system
  const kept = createKeptRenditions({ db, log, objectStore, keptBytesMax: 1000 })
  const unasked = { ...object(0), name: `renditions/${instanceId}/2/1/200.webp`, isMadeUnasked: true }
  await kept.get(unasked, () => Promise.resolve(Buffer.alloc(5000)))
  for (let index = 1; index <= 12; index++) {
    await kept.get(object(index), () => Promise.resolve(Buffer.alloc(90, index)))
    // kept after the answer; the order of use is that of being kept
    await expect.poll(async () => (await names()).includes(object(index).name), { interval: 5 }).toBe(true)
  }
  const left = await names()
  expect(left).toHaveLength(10)
  expect(left).not.toContain(object(1).name)
  await expect.poll(() => kept.bytesOf(object(1)), { interval: 5 }).toBeNull()
  expect(await kept.bytesOf(object(12))).not.toBeNull()
  expect(await kept.bytesOf(unasked)).not.toBeNull()
  expect(await counted('kept-rendition')).toEqual({ objects: 10, bytes: 900 })

  // one that is gone is made anew, one that is there is not
  let made = 0
  const again = () => {
    made++
    return Promise.resolve(Buffer.alloc(90))
  }
  expect([...(await kept.get(object(12), again))]).toEqual(Array(90).fill(12))
  await kept.get(object(1), again)
  expect(made).toBe(1)
})

test('one of several processes makes what they all want at once; where it fails, another does', async () => {
  const { db, log, objectStore } = gateway.system
  const processes = [1, 2, 3].map(() => createKeptRenditions({ db, log, objectStore, keptBytesMax: 100_000 }))
  let made = 0
  const slowly = async () => {
    made++
    await new Promise((resolve) => setTimeout(resolve, 300))
    return Buffer.from('the one')
  }
  const pictures = await Promise.all(processes.map((kept) => kept.get(object(50), slowly)))
  expect(pictures.map(String)).toEqual(['the one', 'the one', 'the one'])
  expect(made).toBe(1)

  const failing = async () => {
    await slowly()
    throw new Error('not by this one')
  }
  const [first, second] = processes
  const lost = first?.get(object(51), failing)
  const refused = expect(lost).rejects.toThrow('not by this one')
  await expect.poll(() => made, { interval: 5 }).toBe(2) // has the lock
  expect(String(await second?.get(object(51), slowly))).toBe('the one')
  await refused
})

test('one picture larger than a tenth of the quota is not kept: it would push out the others', async () => {
  const { db, log, objectStore } = gateway.system
  const kept = createKeptRenditions({ db, log, objectStore, keptBytesMax: 1000 })
  await kept.get(object(99), () => Promise.resolve(Buffer.alloc(400)))
  await kept.get(object(98), () => Promise.resolve(Buffer.alloc(40)))
  await expect.poll(async () => (await names()).includes(object(98).name), { interval: 5 }).toBe(true)
  expect(await kept.bytesOf(object(99))).toBeNull()
})

test('what a practice stores is counted, before and after the differences are added up', async () => {
  const before = await counted('original')
  const image = testImage({ side: 64 })
  const { path, init } = storeBody([image.file])
  await gateway.request(path, { ...init, as: token })
  const { db } = gateway.system
  await withTenant(db, tenantId, (tx) =>
    tx.update(instances).set({ renditionBytes: 700 }).where(eq(instances.sopInstanceUid, image.instance)),
  )
  const both = async () => [await counted('original'), await counted('rendition')]
  const expected = [
    { objects: (before?.objects ?? 0) + 1, bytes: (before?.bytes ?? 0) + image.file.length },
    { objects: 1, bytes: 700 },
  ]
  expect(await both()).toEqual(expected)
  await asSystem(db, (tx) => tx.execute(sql`SELECT door_fold_storage_counts()`))
  expect(await both()).toEqual(expected)

  // purged with all that was kept of it
  await withTenant(db, tenantId, (tx) =>
    tx.delete(instances).where(eq(instances.sopInstanceUid, image.instance)),
  )
  expect(await both()).toEqual([before, { objects: 0, bytes: 0 }])
  await withTenant(db, tenantId, (tx) => tx.delete(instances).where(eq(instances.id, instanceId)))
  expect(await counted('kept-rendition')).toEqual({ objects: 0, bytes: 0 })
})

test("a practice's counts are nobody else's; the door tells numbers alone", async () => {
  const other = await gateway.practice('other-quota')
  const { db } = gateway.system
  const { path, init } = storeBody([testImage({ side: 16 }).file])
  await gateway.request(path, { ...init, as: token })
  expect(await withTenant(db, other.id, (tx) => tx.select().from(storageCounts))).toEqual([])
  expect(await withTenant(db, other.id, readStorage)).toEqual([])
  expect(await withTenant(db, tenantId, readStorage)).toMatchObject([{ what: 'original', objects: 1 }])
  const door = sql`SELECT * FROM door_storage_counts() WHERE tenant = 'quota' LIMIT 1`
  expect((await withTenant(db, tenantId, (tx) => tx.execute(door))).rows).toEqual([])
  const { rows } = await asSystem(db, (tx) => tx.execute(door))
  expect(Object.keys(rows[0] ?? {}).toSorted()).toEqual(['bytes', 'objects', 'tenant', 'tier', 'what'])

  const told = await gateway.system.metrics.metrics()
  expect(told).toMatch(/^bitewing_stored_objects\{tenant="quota",what="original",tier="hot"\} 1$/m)
  expect(told).toMatch(/^bitewing_stored_bytes\{tenant="quota",what="original",tier="hot"\} \d+$/m)
})
