import { withTenant } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { giveBackMemory } from '../own-memory.ts'
import { makeRenditions } from '../renditions/make-renditions.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage, type TestImage } from '../testing/test-image.ts'
import type { TestPractice } from '../testing/test-practice.ts'
import { loadFrame } from './load-frame.ts'
import { findInstances } from '../study-index/find-instance.ts'

/** Below one frame of `large`, and above one of `small`. */
const frameBytesMax = 1000

let gateway: TestGateway
let practice: TestPractice
let token: string
const small = testImage({ side: 16 })
const large = testImage({ side: 32 })

beforeAll(async () => {
  gateway = await startTestGateway({ FRAME_BYTES_MAX: String(frameBytesMax) })
  practice = await gateway.practice('north')
  token = await practice.token(['read', 'write'])
  const { path, init } = storeBody([small.file, large.file])
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
})
afterAll(() => gateway.stop())

test('a frame above the bound is refused before any of its bytes are read', async () => {
  const { archive, objectStore, db } = gateway.system
  const [held] = await withTenant(db, practice.id, (tx) => findInstances(tx, large, null))
  if (!held) throw new Error('not stored')
  let reads = 0
  const counting = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name, receiver) {
        if (['read', 'get', 'getBytes'].includes(String(name))) reads++
        return Reflect.get(target, name, receiver) as unknown
      },
    })
  const ports = { archive: counting(archive), objectStore: counting(objectStore), frameBytesMax }
  await expect(loadFrame(ports, practice.id, held, 1)).rejects.toMatchObject({ code: 'too-large' })
  expect(reads).toBe(0)
  const whole = await loadFrame({ ...ports, frameBytesMax: 1024 }, practice.id, held, 1)
  expect(Buffer.from(whole.bytes).equals(Buffer.alloc(1024, 128))).toBe(true)
})

test.each([
  ['512 KB', 724],
  ['8 MB', 2896],
])('a frame of %s is the memory that was read, which can be given back, and no copy', async (_, side) => {
  const image = testImage({ side })
  const { path, init } = storeBody([image.file])
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
  const { archive, objectStore, db } = gateway.system
  const [held] = await withTenant(db, practice.id, (tx) => findInstances(tx, image, null))
  if (!held) throw new Error('not stored')
  const { bytes } = await loadFrame({ archive, objectStore, frameBytesMax: 2 ** 24 }, practice.id, held, 1)
  expect(bytes.byteLength).toBe(side * side)
  expect(bytes.buffer.byteLength - bytes.byteLength).toBeLessThanOrEqual(16) // what lies beside it, and no more
  giveBackMemory(bytes)
  expect(bytes.byteLength).toBe(0)
})

const asked: readonly [what: string, path: (image: TestImage) => string][] = [
  ['frames', ({ path }) => `/dicom-web${path}/frames/1`],
  ['rendered', ({ path }) => `/dicom-web${path}/rendered`],
  ['renditions', ({ study, series, instance }) => `/renditions/${study}/${series}/${instance}/1/full.png`],
]

test.each(asked)('what needs a frame above the bound is 406 with the reason: %s', async (_, path) => {
  expect((await gateway.request(path(small), { as: token })).status).toBe(200)
  const response = await gateway.request(path(large), { as: token })
  expect(response.status).toBe(406)
  expect(await response.text()).toContain('a frame of 1024 bytes is more than the 1000')
})

test('a frame above the bound still leaves within its whole instance', async () => {
  const response = await gateway.request(`/dicom-web${large.path}`, {
    as: token,
    headers: { Accept: 'application/dicom; transfer-syntax=*' },
  })
  expect(response.status).toBe(200)
  expect(Buffer.from(await response.arrayBuffer()).equals(large.file)).toBe(true)
})

test('an image above the bound is marked as one without a picture, and not tried again', async () => {
  const { db } = gateway.system
  const [held] = await withTenant(db, practice.id, (tx) => findInstances(tx, large, null))
  if (!held) throw new Error('not stored')
  await makeRenditions(gateway.system, { tenantId: practice.id, instanceId: held.instanceId })
  const rows = await withTenant(db, practice.id, (tx) => tx.select().from(instances))
  expect(rows.find(({ id }) => id === held.instanceId)).toMatchObject({
    renditionState: 'failed',
    renditionReason: 'too-large',
  })
})
