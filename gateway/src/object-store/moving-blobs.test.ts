import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { temporaryFolder, type TemporaryFolder } from '@bitewing/testbed/temporary-folder'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BlobStore } from './blob-store.ts'
import { copyBlob } from './copy-blob.ts'
import { createObjectStore } from './create-object-store.ts'
import { createFileBlobs } from './file-blobs.ts'
import { createMovingBlobs, type MovePhase } from './moving-blobs.ts'
import { ObjectCorrupt, ObjectStoreAway } from './object-errors.ts'
import { collect, describeObjectStore, inPieces, keyOf, newObject, read } from './object-store-guarantees.ts'

let folder: TemporaryFolder
let from: BlobStore
let to: BlobStore
const moving: Partial<Record<MovePhase, BlobStore>> = {}
let behind = 0

beforeAll(async () => {
  folder = await temporaryFolder('moving')
  from = await createFileBlobs({ root: join(folder.path, 'from') })
  to = await createFileBlobs({ root: join(folder.path, 'to') })
  for (const phase of ['copying', 'switched'] as const) {
    moving[phase] = createMovingBlobs({ from, to, phase: () => phase, onBehind: () => (behind += 1) })
  }
})
afterAll(() => folder.remove())

const opened = (phase: MovePhase): BlobStore => {
  const blobs = moving[phase]
  if (!blobs) throw new Error('not open yet')
  return blobs
}
const storeOf = (blobs: BlobStore) => createObjectStore({ blobs, tenantKeys: keyOf })

describeObjectStore('two file stores, while the new one is filled', () => opened('copying'), 10)
describeObjectStore('two file stores, after the switch', () => opened('switched'), 10)

test('what is written while moving is in both stores, and what is deleted in neither', async () => {
  for (const phase of ['copying', 'switched'] as const) {
    const object = newObject()
    const content = randomBytes(300_000)
    await storeOf(opened(phase)).put(object, inPieces(content, 100_000))
    expect((await read(storeOf(from), object)).equals(content)).toBe(true)
    expect((await read(storeOf(to), object)).equals(content)).toBe(true)
    await storeOf(opened(phase)).delete(object)
    expect(await storeOf(from).head(object)).toBeNull()
    expect(await storeOf(to).head(object)).toBeNull()
  }
})

test('after the switch the old store answers for what the new one lacks, and for all when it is away', async () => {
  const object = newObject()
  await storeOf(from).put(object, inPieces(Buffer.from('old'), 3))
  expect(await read(storeOf(opened('switched')), object)).toEqual(Buffer.from('old'))
  const away: BlobStore = {
    ...to,
    read: () => Promise.reject(new ObjectStoreAway('away')),
    size: () => Promise.reject(new ObjectStoreAway('away')),
  }
  const blobs = createMovingBlobs({ from, to: away, phase: () => 'switched', onBehind: () => undefined })
  expect(await read(storeOf(blobs), object)).toEqual(Buffer.from('old'))
  await expect(storeOf(blobs).get(newObject())).rejects.toThrow(ObjectStoreAway)
})

test('a store that cannot be kept up fails nothing while the other one counts', async () => {
  const broken: BlobStore = {
    ...to,
    put: () => Promise.reject(new ObjectStoreAway('away')),
    delete: () => Promise.reject(new ObjectStoreAway('away')),
  }
  const blobs = createMovingBlobs({ from, to: broken, phase: () => 'copying', onBehind: () => (behind += 1) })
  const object = newObject()
  const before = behind
  await storeOf(blobs).put(object, inPieces(Buffer.from('x'), 1))
  expect(await read(storeOf(blobs), object)).toEqual(Buffer.from('x'))
  await storeOf(blobs).delete(object)
  expect(behind).toBe(before + 2)
})

test('a copy is byte for byte, is made once, and follows what is replaced', async () => {
  const [a, b] = [
    await createFileBlobs({ root: join(folder.path, 'a') }),
    await createFileBlobs({ root: join(folder.path, 'b') }),
  ]
  const object = newObject()
  const path = `${object.tenantId}/${object.name}`
  expect(await copyBlob(a, b, path)).toMatchObject({ outcome: 'absent' })
  await storeOf(a).put(object, inPieces(randomBytes(600_000), 100_000))
  expect(await copyBlob(a, b, path)).toMatchObject({ outcome: 'copied' })
  expect(await copyBlob(a, b, path)).toMatchObject({ outcome: 'held' })
  await storeOf(a).put(object, inPieces(randomBytes(600_000), 100_000)) // as long as the one before
  expect(await copyBlob(a, b, path)).toMatchObject({ outcome: 'copied' })
  expect((await read(storeOf(b), object)).equals(await read(storeOf(a), object))).toBe(true)
  expect(await collect(b.list(`${object.tenantId}/`))).toEqual([path])
})

test('a store that gives other bytes back than it was given is found', async () => {
  const target = await createFileBlobs({ root: join(folder.path, 'liar') })
  const liar: BlobStore = {
    ...target,
    put: (path, body, options) =>
      target.put(
        path,
        (async function* () {
          let index = 0
          for await (const piece of body) {
            if (index++ === 1) piece[10] = (piece[10] ?? 0) ^ 1
            yield Buffer.from(piece)
          }
        })(),
        options,
      ),
  }
  // changed after it was hashed: the source's own pieces are copies
  const object = newObject()
  await storeOf(from).put(object, inPieces(randomBytes(600_000), 100_000))
  await expect(copyBlob(from, liar, `${object.tenantId}/${object.name}`)).rejects.toThrow(ObjectCorrupt)
})
