import { copyFile, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
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
import { lentFrames, Unread } from '../pixels/process/lent-frames.ts'
import { findInstances, type HeldInstance } from '../study-index/find-instance.ts'
import { lendFrame, loadFrame } from './load-frame.ts'

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

describe('a frame that its pixel process reads for itself', () => {
  const side = 1500
  const framesOf = async (grey = 128) => {
    const image = testImage({ side, grey })
    const { path, init } = storeBody([image.file])
    expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
    await gateway.fillArchive()
    const { archive, objectStore, db } = gateway.system
    const [held] = await withTenant(db, practice.id, (tx) => findInstances(tx, image, null))
    if (!held) throw new Error('not stored')
    const ports = { archive, objectStore, frameBytesMax: 2 ** 24 }
    return {
      held,
      lend: (of: HeldInstance) => lendFrame(ports, practice.id, of, 1),
      load: (of: HeldInstance) => loadFrame(ports, practice.id, of, 1),
    }
  }
  const lentOf = async (frame: ReturnType<typeof lendFrame>) => {
    const given = await frame
    if (!('lent' in given)) throw new Error('it is there already')
    return given
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

  const picture = (held: HeldInstance, frame: Awaited<ReturnType<typeof lendFrame>>) => {
    const attributes = JSON.parse(held.metadata) as DicomAttributes
    return gateway.system.pixels.render({
      frame,
      image: imageDescription(attributes, { frame: 1, bulkValue: () => undefined }),
      output: { format: 'png', quality: 90 },
    })
  }

  test('is read nowhere else, and no other file of this machine is', async () => {
    const { held, lend } = await framesOf()
    const otherwise = () => Promise.reject(new Error('read here'))
    const frame = { ...(await lentOf(lend(held))), otherwise }
    expect((await picture(held, frame)).width).toBe(side)

    const elsewhere = join(tmpdir(), `${held.instanceId}.sealed`)
    await copyFile(frame.lent.file, elsewhere)
    const outside = { ...frame, lent: { ...frame.lent, file: elsewhere } }
    await expect(picture(held, outside)).rejects.toThrow('read here')
    await rm(elsewhere)
  })

  test('comes as it is, in memory that is used again and holds nothing of the one before', async () => {
    const [light, dark] = [await framesOf(200), await framesOf(100)]
    const { read, giveBack } = lentFrames()
    const first = read((await lentOf(light.lend(light.held))).lent)
    expect(Buffer.from(first).equals(Buffer.alloc(side * side, 200))).toBe(true)
    giveBack()
    const { lent } = await lentOf(dark.lend(dark.held))
    const some = read({ ...lent, end: lent.end - 300_001 })
    expect(some.buffer).toBe(first.buffer)
    const whole = Buffer.from(some.buffer)
    expect(whole.subarray(0, some.length).equals(Buffer.alloc(side * side - 300_001, 100))).toBe(true)
    expect(whole.subarray(some.length).equals(Buffer.alloc(300_001))).toBe(true)
  })

  test('every stretch of a file is what a range of it is', async () => {
    const { held, lend } = await framesOf()
    const { lent } = await lentOf(lend(held))
    const { objectStore } = gateway.system
    const object = { tenantId: practice.id, name: lent.name }
    const { read } = lentFrames()
    const all = await objectStore.getBytes(object)
    const last = (all?.length ?? 0) - 1
    for (const [start, end] of [
      [0, last],
      [0, 0],
      [last, last],
      [262_143, 262_144],
      [262_144, 524_287],
      [1, 1_048_577],
      [1_000_001, last],
    ] as const) {
      const part = await objectStore.lend(object, { start, end })
      expect(part && Buffer.from(read(part)).equals(all?.subarray(start, end + 1) ?? Buffer.alloc(0))).toBe(
        true,
      )
    }
    await expect(objectStore.lend(object, { start: 0, end: last + 1 })).rejects.toThrow(ObjectCorrupt)
    expect(await objectStore.lend({ ...object, name: 'originals/absent' }, { start: 0, end: 1 })).toBeNull()
  })

  test('what was lent opens no other file, and no other place in this one', async () => {
    const [one, other] = [await framesOf(), await framesOf()]
    const { lent } = await lentOf(one.lend(one.held))
    const { lent: second } = await lentOf(other.lend(other.held))
    const { read } = lentFrames()
    expect(() => read({ ...second, key: lent.key })).toThrow(Unread)
    expect(() => read({ ...lent, file: second.file })).toThrow(Unread)
    expect(() => read({ ...lent, name: second.name })).toThrow(Unread)
    expect(() => read({ ...lent, storedBytes: lent.storedBytes - 100 })).toThrow(Unread)
    expect(() => read({ ...lent, file: `${lent.file}.absent` })).toThrow(Unread)
    await damage(one.held)
    expect(() => read(lent)).toThrow(Unread)
  })

  test('what breaks off where it is read here is taken from the other place, without a byte twice', async () => {
    const { held, load } = await framesOf()
    await damage(held)
    expect(Buffer.from((await load(held)).bytes).equals(Buffer.alloc(side * side, 128))).toBe(true)
    await expect(load({ ...held, heldByArchive: false })).rejects.toThrow(ObjectCorrupt)
  })

  test('a picture of what is damaged is made of the other place; of what is nowhere whole there is none, and others go on', async () => {
    const { held, lend } = await framesOf()
    await damage(held)
    const render = async (of: HeldInstance) => picture(of, await lend(of))
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
