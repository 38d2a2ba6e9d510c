import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder, type TemporaryFolder } from '@bitewing/testbed/temporary-folder'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BlobStore } from './blob-store.ts'
import { createObjectStore } from './create-object-store.ts'
import { describeObjectStore, inPieces, keyOf, newObject, read } from './object-store-guarantees.ts'
import { openBlobs } from './open-blobs.ts'
import { describeTiers } from './tier-guarantees.ts'

let folder: TemporaryFolder
let blobs: BlobStore
beforeAll(async () => {
  folder = await temporaryFolder('file-tiers')
  const url = `file://${join(folder.path, 'disk')}?cold=${join(folder.path, 'slow')}`
  blobs = (await openBlobs({ storageUrl: url })).blobs
})
afterAll(() => folder.remove())

describeObjectStore('files in two folders', () => blobs, 5)
describeTiers('files in two folders', () => blobs, { warm: false, cold: 'at-once', recallHours: 0 })

test('what is cold lies in the second folder and nowhere else', async () => {
  const store = createObjectStore({ blobs, tenantKeys: keyOf })
  const object = newObject()
  await store.put(object, inPieces(randomBytes(100), 100))
  const where = async (disk: string) =>
    (await readdir(join(folder.path, disk), { recursive: true })).filter(
      (path) => path.includes(object.tenantId) && path.endsWith('.sealed'),
    ).length
  expect([await where('disk'), await where('slow')]).toEqual([1, 0])
  await store.setTier(object, 'cold')
  expect([await where('disk'), await where('slow')]).toEqual([0, 1])
  await store.setTier(object, 'hot')
  expect([await where('disk'), await where('slow')]).toEqual([1, 0])
})

test('no read fails while an object goes to and fro, and a delete meanwhile leaves nothing', async () => {
  const store = createObjectStore({ blobs, tenantKeys: keyOf })
  const object = newObject()
  const content = randomBytes(1000)
  await store.put(object, inPieces(content, 1000))
  let moving = true
  const moves = (async () => {
    for (let turn = 0; turn < 20; turn += 1) await store.setTier(object, turn % 2 === 0 ? 'cold' : 'hot')
    moving = false
  })()
  let reads = 0
  while (moving) {
    expect((await read(store, object)).equals(content)).toBe(true)
    reads += 1
  }
  await moves
  expect(reads).toBeGreaterThan(5)

  await Promise.all([store.setTier(object, 'cold'), store.delete(object)])
  expect(await store.place(object)).toBeNull()
})
