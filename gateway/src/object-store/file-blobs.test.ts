import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder, type TemporaryFolder } from '@bitewing/testbed/temporary-folder'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createObjectStore } from './create-object-store.ts'
import { createFileBlobs } from './file-blobs.ts'
import { ObjectStoreAway, ObjectStoreFull } from './object-errors.ts'
import {
  chunks,
  collect,
  describeObjectStore,
  inPieces,
  keyOf,
  newObject,
  read,
  stream,
} from './object-store-guarantees.ts'
import { chunkBytes } from './sealed-format.ts'
import type { BlobStore } from './blob-store.ts'
import { describeTiers } from './tier-guarantees.ts'

const mebibyte = 1024 * 1024

let folder: TemporaryFolder
let sharedBlobs: BlobStore
let count = 0

beforeAll(async () => {
  folder = await temporaryFolder('file-blobs')
  sharedBlobs = await createFileBlobs({ root: newRoot() })
})
afterAll(() => folder.remove())

function newRoot(): string {
  return join(folder.path, String((count += 1)))
}

async function openStore(root: string) {
  return createObjectStore({ blobs: await createFileBlobs({ root }), tenantKeys: keyOf })
}

describeObjectStore('files', () => sharedBlobs, 40)
describeTiers('files', () => sharedBlobs, { warm: false, cold: null, recallHours: 0 })

describe('crash', () => {
  /** A process in the middle of a put: it has written 8 MiB and waits. */
  async function startPut(root: string) {
    const program = `
      import { createFileBlobs } from ${JSON.stringify(join(import.meta.dirname, 'file-blobs.ts'))}
      const blobs = await createFileBlobs({ root: ${JSON.stringify(root)} })
      async function* body() {
        for (let mebibytes = 0; mebibytes < 8; mebibytes += 1) yield Buffer.alloc(${mebibyte})
        console.log('half')
        await new Promise((resolve) => process.stdin.once('data', resolve))
      }
      await blobs.put('tenant/originals/a', body(), { ifAbsent: false, durable: true })
      process.exit(0)
    `
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    return child
  }

  test('kill -9 in the middle of a put leaves nothing visible, and the next start removes the rest', async () => {
    const root = newRoot()
    const child = await startPut(root)
    const incoming = join(root, 'incoming')
    const [half = ''] = await readdir(incoming)
    expect((await stat(join(incoming, half))).size).toBeGreaterThan(mebibyte)

    child.kill('SIGKILL')
    await once(child, 'exit')

    const blobs = await createFileBlobs({ root })
    expect(await blobs.size('tenant/originals/a')).toBeNull()
    expect(await collect(blobs.list('tenant/'))).toEqual([])
    expect(await readdir(incoming)).toEqual([])
  })

  test('a start takes nothing from a living process', async () => {
    const root = newRoot()
    const child = await startPut(root)
    const blobs = await createFileBlobs({ root })
    expect(await readdir(join(root, 'incoming'))).toHaveLength(1)

    child.stdin.write('go on')
    await once(child, 'exit')
    expect(await blobs.size('tenant/originals/a')).toBe(8 * mebibyte)
  })

  test("another host's unfinished files are removed after a day, not before", async () => {
    const root = newRoot()
    await createFileBlobs({ root })
    const incoming = join(root, 'incoming')
    await writeFile(join(incoming, 'otherhost.boot.container.1.1.old'), 'x')
    await writeFile(join(incoming, 'otherhost.boot.container.1.1.new'), 'x')
    const yesterday = Date.now() / 1000 - 25 * 60 * 60
    await utimes(join(incoming, 'otherhost.boot.container.1.1.old'), yesterday, yesterday)

    await createFileBlobs({ root })
    expect(await readdir(incoming)).toEqual(['otherhost.boot.container.1.1.new'])
  })
})

test('of many puts with ifAbsent at once exactly one creates the object', async () => {
  const store = await openStore(newRoot())
  const object = newObject()
  const contents = Array.from({ length: 8 }, () => randomBytes(1000))
  const results = await Promise.all(
    contents.map((content) => store.put(object, inPieces(content, 1000), { ifAbsent: true })),
  )
  const winner = results.findIndex(({ created }) => created)
  expect(results.filter(({ created }) => created)).toHaveLength(1)
  expect(await read(store, object)).toEqual(contents[winner])
})

test('a new object is whole under its name, or not there at all', async () => {
  const root = newRoot()
  const store = await openStore(root)
  const object = newObject()
  const bytes = randomBytes(mebibyte)
  expect(await store.put(object, inPieces(bytes, 100_000), { isNew: true })).toEqual({
    bytes: mebibyte,
    created: true,
  })
  expect(await read(store, object)).toEqual(bytes)

  const broken = { ...object, name: 'originals/broken' }
  const failure = new Error('the sender is gone')
  async function* failing() {
    yield bytes
    await Promise.resolve()
    throw failure
  }
  await expect(store.put(broken, failing(), { isNew: true })).rejects.toBe(failure)
  expect(await store.head(broken)).toBeNull()
  expect(await readdir(join(root, 'incoming'))).toEqual([])
})

test('puts and deletes of neighbours at once do not disturb each other', async () => {
  const root = newRoot()
  const store = await openStore(root)
  await Promise.all(
    [1, 2, 3, 4].map(async (frame) => {
      const object = { tenantId: 'tenant', name: `renditions/a/${frame}/200.webp` }
      for (let turn = 0; turn < 25; turn += 1) {
        await store.put(object, inPieces(Buffer.from(`${turn}`), 10), { durable: turn % 2 === 0 })
        expect(String(await read(store, object))).toBe(`${turn}`)
        await store.delete(object)
      }
    }),
  )
  expect(await collect(store.list('tenant', ''))).toEqual([])
  // Emptied folders are gone, down to the two hex digits.
  const [spread = ''] = await readdir(join(root, 'objects/tenant/renditions'))
  expect(await readdir(join(root, 'objects/tenant/renditions', spread))).toEqual([])
})

test('only this user can read the files, which hold nothing of the plain bytes', async () => {
  const root = newRoot()
  const store = await openStore(root)
  await store.put({ tenantId: 'tenant', name: 'originals/a' }, inPieces(Buffer.alloc(1000, 'patient'), 100))

  const files = await readdir(join(root, 'objects'), { recursive: true, withFileTypes: true })
  const [file] = files.filter((entry) => entry.isFile())
  expect(file?.name).toBe('a.sealed')
  const path = join(file?.parentPath ?? '', file?.name ?? '')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await stat(join(root, 'objects', 'tenant'))).mode & 0o777).toBe(0o700)
  const { stdout } = await promisify(execFile)('cat', [path], { encoding: 'latin1' })
  expect(stdout).not.toContain('patient')
})

test('descriptors are given back by readers that end, leave, or never begin', async () => {
  const store = await openStore(newRoot())
  const object = newObject()
  await store.put(object, inPieces(randomBytes(5 * chunkBytes), chunkBytes))
  const descriptors = async () => (await readdir('/proc/self/fd')).length
  await read(store, object)
  const before = await descriptors()

  for (let turn = 0; turn < 20; turn += 1) {
    await read(store, object)
    for await (const _ of await chunks(store, object)) break
    const unread = await stream(store, object)
    unread.destroy()
    await store.get(object, { start: 10 * chunkBytes, end: 10 * chunkBytes }).catch(() => undefined)
    await stream(store, object, { start: 1, end: 2 }) // within a chunk: nothing stays open
  }
  await expect.poll(descriptors).toBeLessThanOrEqual(before)
})

test('a reader that waits makes the store wait: at most two chunks are opened ahead', async () => {
  const blobs = await createFileBlobs({ root: newRoot() })
  let pieces = 0
  const counted: BlobStore = {
    ...blobs,
    async read(path, part) {
      const opened = await blobs.read(path, part)
      if (opened === null) return null
      const { pieces: inner } = opened
      return { ...opened, pieces: { ...inner, next: () => ((pieces += 1), inner.next()) } }
    },
  }
  const store = createObjectStore({ blobs: counted, tenantKeys: keyOf })
  const object = newObject()
  await store.put(object, inPieces(randomBytes(20 * chunkBytes), chunkBytes))

  const reader = (await stream(store, object))[Symbol.asyncIterator]()
  await reader.next()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(pieces).toBeLessThanOrEqual(3)
  await reader.return?.()
})

test('a range reads the chunks it needs and no others', async () => {
  const blobs = await createFileBlobs({ root: newRoot() })
  const parts: unknown[] = []
  const watched: BlobStore = { ...blobs, read: (path, part) => (parts.push(part), blobs.read(path, part)) }
  const store = createObjectStore({ blobs: watched, tenantKeys: keyOf })
  const object = newObject()
  await store.put(object, inPieces(randomBytes(10 * chunkBytes), chunkBytes))
  await read(store, object, { start: 3 * chunkBytes, end: 4 * chunkBytes - 1 })

  const stored = chunkBytes + 16
  expect(parts).toMatchObject([{ start: 40 + 3 * stored, end: 40 + 4 * stored }])
})

test('a folder that is not mounted is an absent store, not an empty one', async () => {
  const root = newRoot()
  const store = await openStore(root)
  const object = newObject()
  await store.put(object, inPieces(Buffer.of(1), 1))
  await rename(root, `${root}-elsewhere`)
  await mkdir(root)

  await expect(store.get(object)).rejects.toThrow(ObjectStoreAway)
  await expect(store.head(object)).rejects.toThrow(ObjectStoreAway)
  await expect(store.delete(object)).rejects.toThrow(ObjectStoreAway)
  await expect(collect(store.list('tenant', ''))).rejects.toThrow(ObjectStoreAway)
  await expect(store.put(object, inPieces(Buffer.of(1), 1))).rejects.toThrow(ObjectStoreAway)
  await expect(store.check()).rejects.toThrow(ObjectStoreAway)
  expect(await readdir(root)).toEqual([])

  await rm(root, { recursive: true })
  await rename(`${root}-elsewhere`, root)
  expect(await read(store, object)).toEqual(Buffer.of(1))
})

describe('a full disk', async () => {
  const mounted: string[] = []
  afterEach(async () => {
    for (const path of mounted.splice(0)) await promisify(execFile)('umount', ['--lazy', path])
  })

  /** A disk of 4 MiB; null where this user may not mount. */
  async function smallDisk(): Promise<string | null> {
    const root = newRoot()
    await mkdir(root)
    try {
      await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', root])
    } catch {
      return null
    }
    mounted.push(root)
    return root
  }

  test('refuses the put, shows nothing of it, and keeps what was there', async (context) => {
    const root = await smallDisk()
    if (root === null) return context.skip('needs the right to mount a small tmpfs (root)')
    const store = await openStore(join(root, 'store'))
    const object = newObject()
    const first = randomBytes(mebibyte)
    await store.put(object, inPieces(first, chunkBytes))

    const large = () => inPieces(randomBytes(8 * mebibyte), chunkBytes)
    await expect(store.put(object, large())).rejects.toThrow(ObjectStoreFull)
    const other = { ...object, name: 'originals/other' }
    const fresh = { ...object, name: 'originals/fresh' }
    await expect(store.put(other, large())).rejects.toThrow(ObjectStoreFull)
    await expect(store.put(fresh, large(), { isNew: true })).rejects.toThrow(ObjectStoreFull)

    expect(await read(store, object)).toEqual(first)
    expect(await store.head(other)).toBeNull()
    expect(await store.head(fresh)).toBeNull()
    expect(await readdir(join(root, 'store', 'incoming'))).toEqual([])
    // The room that the refused puts took is free again.
    await store.put(other, inPieces(randomBytes(2 * mebibyte), chunkBytes))

    await writeFile(join(root, 'filler'), randomBytes(4 * mebibyte)).catch(() => undefined)
    await expect(store.check()).rejects.toThrow(ObjectStoreFull)
  })
})
