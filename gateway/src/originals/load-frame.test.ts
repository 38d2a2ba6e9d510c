import { open, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { withTenant } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ObjectCorrupt } from '../object-store/object-errors.ts'
import { giveBackMemory } from '../own-memory.ts'
import { makeRenditions } from '../renditions/make-renditions.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage, type TestImage } from '../testing/test-image.ts'
import type { TestPractice } from '../testing/test-practice.ts'
import { imageDescription, type DicomAttributes } from '../pixels/image-description.ts'
import { ComingBytes } from '../pixels/process/message.ts'
import { findInstances, type HeldInstance } from '../study-index/find-instance.ts'
import { loadFrame, openFrame } from './load-frame.ts'

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

describe('a large frame on its way to a pixel process', () => {
  const side = 1500
  const framesOf = async () => {
    const image = testImage({ side })
    const { path, init } = storeBody([image.file])
    expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
    const { archive, objectStore, db } = gateway.system
    const [held] = await withTenant(db, practice.id, (tx) => findInstances(tx, image, null))
    if (!held) throw new Error('not stored')
    const ports = { archive, objectStore, frameBytesMax: 2 ** 24 }
    return { held, open: (of: HeldInstance) => openFrame(ports, practice.id, of, 1) }
  }
  const read = async ({ bytes }: Awaited<ReturnType<typeof openFrame>>): Promise<Buffer> => {
    if (!(bytes instanceof ComingBytes)) throw new Error('it is there already')
    const chunks: Uint8Array[] = []
    for await (const chunk of bytes.pieces()) chunks.push(Buffer.from(chunk))
    const all = Buffer.concat(chunks)
    expect(all).toHaveLength(bytes.byteLength)
    return all
  }
  /** Changes a byte in the middle of the sealed file, chunks after the first that is given. */
  const damage = async ({ instanceId }: HeldInstance) => {
    const names = await readdir(gateway.storeFolder, { recursive: true })
    const name = names.find((one) => one.includes('originals') && basename(one) === `${instanceId}.sealed`)
    const file = await open(join(gateway.storeFolder, name ?? 'missing'), 'r+')
    const { size } = await file.stat()
    await file.write(Buffer.from('damaged'), 0, 7, Math.floor(size / 2))
    await file.close()
  }

  test('comes as it is, and is read only then', async () => {
    const { held, open } = await framesOf()
    const frame = await open(held)
    expect((await read(frame)).equals(Buffer.alloc(side * side, 128))).toBe(true)
  })

  test('what breaks off is taken from the other place, without a byte twice', async () => {
    const { held, open } = await framesOf()
    await damage(held)
    expect((await read(await open(held))).equals(Buffer.alloc(side * side, 128))).toBe(true)
    const nowhereElse = await open({ ...held, heldByArchive: false })
    await expect(read(nowhereElse)).rejects.toThrow(ObjectCorrupt)
  })

  test('a picture of what is damaged is made of the other place; of what is nowhere whole there is none, and others go on', async () => {
    const { held, open } = await framesOf()
    await damage(held)
    const { pixels } = gateway.system
    const attributes = JSON.parse(held.metadata) as DicomAttributes
    const description = imageDescription(attributes, { frame: 1, bulkValue: () => undefined })
    const output = { format: 'png', quality: 90 } as const
    const render = async (of: HeldInstance) =>
      pixels.render({ frame: await open(of), image: description, output })
    const [broken, whole] = await Promise.allSettled([
      render({ ...held, heldByArchive: false }),
      render(held),
    ])
    expect(broken).toMatchObject({ status: 'rejected', reason: { name: 'ObjectCorrupt' } })
    expect(whole).toMatchObject({ status: 'fulfilled', value: { width: side, height: side } })
    const level = await sharp(whole.status === 'fulfilled' ? whole.value.bytes : undefined).stats()
    expect(level.channels[0]).toMatchObject({ min: 128, max: 128 })
  })
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
