import { createHash, createSecretKey, randomBytes, type KeyObject } from 'node:crypto'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { BlobStore } from './blob-store.ts'
import { createObjectStore } from './create-object-store.ts'
import { InvalidObjectName, ObjectRangeUnsatisfiable } from './object-errors.ts'
import type { ByteRange, ObjectName, ObjectStore } from './object-store.ts'
import { chunkBytes } from './sealed-format.ts'

/** Tests of what every object store promises, over one kind of blobs. `runs`: trials of each property. */
export function describeObjectStore(kind: string, openBlobs: () => BlobStore, runs: number) {
  describe(`object store on ${kind}`, () => {
    let store: ObjectStore
    beforeAll(() => {
      store = createObjectStore({ blobs: openBlobs(), tenantKeys: keyOf })
    })

    test('every object comes back as it was put, whatever its size and however it arrived', async () => {
      await fc.assert(
        fc.asyncProperty(sizes, fc.integer({ min: 1, max: 3 * chunkBytes }), async (bytes, pieceBytes) => {
          const object = newObject()
          const content = randomBytes(bytes)
          expect(await store.put(object, inPieces(content, pieceBytes))).toEqual({ bytes, created: true })
          expect(await store.head(object)).toEqual({ bytes })

          const got = await store.get(object)
          expect(got).toMatchObject({ bytes, totalBytes: bytes })
          expect(digest(await read(store, object))).toBe(digest(content))
          got?.stream.destroy()
        }),
        { numRuns: runs },
      )
    })

    test('every range gives its bytes and no others', async () => {
      const objects = await Promise.all(
        [1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes, 3 * chunkBytes + 7].map(
          async (bytes) => {
            const object = newObject()
            const content = randomBytes(bytes)
            await store.put(object, inPieces(content, 100_000))
            return { object, content }
          },
        ),
      )
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...objects), sizes, sizes, async ({ object, content }, a, b) => {
          const start = Math.min(a, b, content.length - 1)
          const range = { start, end: Math.max(start, a, b) }
          const wanted = content.subarray(range.start, range.end + 1)

          const got = await store.get(object, range)
          got?.stream.destroy()
          expect(got).toMatchObject({ bytes: wanted.length, totalBytes: content.length })
          expect(digest(await read(store, object, range))).toBe(digest(wanted))
          expect((await store.getBytes(object, range))?.equals(wanted)).toBe(true)
          expect(Buffer.concat((await store.getPieces(object, range)) ?? []).equals(wanted)).toBe(true)
        }),
        { numRuns: runs * 3 },
      )
      for (const { object, content } of objects)
        expect((await store.getBytes(object))?.equals(content), `${content.length} bytes`).toBe(true)
      const empty = newObject()
      await store.put(empty, inPieces(Buffer.alloc(0), 1))
      expect((await store.getBytes(empty))?.length).toBe(0)
      expect(Buffer.concat((await store.getPieces(empty)) ?? [randomBytes(1)])).toHaveLength(0)
    })

    test('a range that starts past the end says how long the object is', async () => {
      const object = newObject()
      await store.put(object, inPieces(randomBytes(10), 10))

      for (const start of [10, 11, chunkBytes, 5 * chunkBytes]) {
        const refusal = await store.get(object, { start, end: start + 5 }).catch((error: unknown) => error)
        expect(refusal).toBeInstanceOf(ObjectRangeUnsatisfiable)
        expect(refusal).toMatchObject({ totalBytes: 10 })
      }
    })

    test('what is absent is null, and deleting it is no error', async () => {
      const object = newObject()
      expect(await store.get(object)).toBeNull()
      expect(await store.get(object, { start: chunkBytes, end: 2 * chunkBytes })).toBeNull()
      expect(await store.getBytes(object, { start: 0, end: 10 })).toBeNull()
      expect(await store.getPieces(object, { start: 0, end: 10 })).toBeNull()
      expect(await store.head(object)).toBeNull()
      await store.delete(object)
    })

    test('a deleted object is gone, its neighbours are not', async () => {
      const [object, neighbour] = [newObject('renditions/a/1.webp'), newObject('renditions/a/2.webp')]
      await store.put(object, inPieces(Buffer.from('x'), 1))
      await store.put(neighbour, inPieces(Buffer.from('y'), 1))
      await store.delete(object)

      expect(await store.get(object)).toBeNull()
      expect(await read(store, neighbour)).toEqual(Buffer.from('y'))
      await store.put(object, inPieces(Buffer.from('again'), 5))
      expect(await read(store, object)).toEqual(Buffer.from('again'))
    })

    test('a second put replaces, and with ifAbsent keeps the first and closes the body unread', async () => {
      const object = newObject()
      await store.put(object, inPieces(Buffer.from('first'), 2), { ifAbsent: true })

      const unread = Readable.from([Buffer.from('second one')])
      expect(await store.put(object, unread, { ifAbsent: true })).toEqual({ bytes: 5, created: false })
      expect(unread.destroyed).toBe(true)
      expect(await read(store, object)).toEqual(Buffer.from('first'))

      expect(await store.put(object, inPieces(Buffer.from('third'), 2))).toEqual({ bytes: 5, created: true })
      expect(await read(store, object)).toEqual(Buffer.from('third'))
    })

    // Every upload under way must be noticed broken: a viewer's connection that ends, a spool file that is cut.
    test('a body that fails leaves nothing visible and its own error comes out', async () => {
      for (const bytesBefore of [0, 5, chunkBytes, 3 * chunkBytes, 20 * 1024 * 1024]) {
        const object = newObject()
        const failure = new Error('the connection ended')
        async function* failing() {
          yield* inPieces(Buffer.alloc(bytesBefore), chunkBytes)
          throw failure
        }
        await expect(store.put(object, failing())).rejects.toBe(failure)
        expect(await store.head(object)).toBeNull()

        const before = randomBytes(100)
        await store.put(object, inPieces(before, 100))
        await expect(store.put(object, failing())).rejects.toBe(failure)
        expect(await read(store, object)).toEqual(before)
      }
    })

    test('a reader sees one version or the other while an object is replaced', async () => {
      const object = newObject()
      const versions = [0, 1].map((fill) => Buffer.alloc(2 * chunkBytes + 10, fill))
      const [first = Buffer.of(), second = Buffer.of()] = versions
      await store.put(object, inPieces(first, chunkBytes))

      let replacing = true
      const replaced = (async () => {
        for (let turn = 0; turn < 12; turn += 1) {
          await store.put(object, inPieces(turn % 2 ? first : second, chunkBytes))
        }
        replacing = false
      })()
      const range = { start: chunkBytes + 5, end: 2 * chunkBytes + 5 }
      const expected = versions.map((version) => digest(version.subarray(range.start, range.end + 1)))
      while (replacing) expect(expected).toContain(digest(await read(store, object, range)))
      await replaced
    })

    test('list gives the names that begin with the prefix, of this tenant alone', async () => {
      const tenantId = newTenant()
      const names = [
        'originals/a',
        'originals/ab',
        'originals/b',
        'renditions/a/1/200.webp',
        'renditions/a/2/50.jpg',
      ]
      for (const name of [...names, 'audit']) await store.put({ tenantId, name }, inPieces(Buffer.of(1), 1))
      await store.put({ tenantId: newTenant(), name: 'originals/a' }, inPieces(Buffer.of(1), 1))

      const list = async (prefix: string) => (await collect(store.list(tenantId, prefix))).toSorted()
      expect(await list('')).toEqual(['audit', ...names])
      expect(await list('originals/')).toEqual(names.slice(0, 3))
      expect(await list('originals/a')).toEqual(['originals/a', 'originals/ab'])
      expect(await list('renditions/a/')).toEqual(names.slice(3))
      expect(await list('renditions/a/1')).toEqual(['renditions/a/1/200.webp'])
      expect(await list('rend')).toEqual(names.slice(3))
      expect(await list('a')).toEqual(['audit'])
      expect(await list('renditions/b/')).toEqual([])
    })

    test('no name leaves its place', async () => {
      const refused = [
        '',
        '/',
        '/etc/passwd',
        '../x',
        'a/../b',
        'a/./b',
        'a//b',
        'a/',
        '.',
        '..',
        'a\0b',
        'a\\b',
        'ä',
      ]
      for (const name of [
        ...refused,
        'a b',
        'x.sealed',
        'x.sealed/y',
        'n'.repeat(191),
        'n/'.repeat(500) + 'n',
      ]) {
        const object = { tenantId: newTenant(), name }
        await expect(store.put(object, inPieces(Buffer.of(1), 1)), name).rejects.toThrow(InvalidObjectName)
        await expect(store.get(object), name).rejects.toThrow(InvalidObjectName)
        await expect(store.head(object), name).rejects.toThrow(InvalidObjectName)
        await expect(store.delete(object), name).rejects.toThrow(InvalidObjectName)
      }
      for (const tenantId of ['', '.', '..', 'a/b', '../a', 'a\0']) {
        const object = { tenantId, name: 'originals/a' }
        await expect(store.put(object, inPieces(Buffer.of(1), 1)), tenantId).rejects.toThrow(
          InvalidObjectName,
        )
        await expect(store.get(object), tenantId).rejects.toThrow(InvalidObjectName)
        await expect(collect(store.list(tenantId, '')), tenantId).rejects.toThrow(InvalidObjectName)
      }
      for (const prefix of ['../', 'a/../', '/', 'a//', 'a\0']) {
        await expect(collect(store.list(newTenant(), prefix)), prefix).rejects.toThrow(InvalidObjectName)
      }
    })

    test('a reader that leaves early, or reads slowly, is left in peace', async () => {
      const object = newObject()
      const content = randomBytes(6 * chunkBytes)
      await store.put(object, inPieces(content, chunkBytes))

      for await (const first of await chunks(store, object)) {
        expect(digest(first)).toBe(digest(content.subarray(0, chunkBytes)))
        break
      }
      expect(digest(await read(store, object))).toBe(digest(content))
    })

    test('check passes on a store that works', async () => {
      await store.check()
    })
  })
}

// Around the borders of chunks, where mistakes live, and anywhere else.
const sizes = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -17, max: 17 }))
    .map(([chunks, off]) => Math.max(0, chunks * chunkBytes + off)),
  fc.integer({ min: 0, max: 3 * chunkBytes }),
)

let count = 0

export function newTenant(): string {
  return `tenant-${process.pid}-${(count += 1)}`
}

export function newObject(name = 'originals/8e2f'): ObjectName {
  return { tenantId: newTenant(), name }
}

/** A different key for each tenant, always the same for one. */
export async function keyOf(tenantId: string): Promise<KeyObject> {
  return createSecretKey(createHash('sha256').update(`key of ${tenantId}`).digest())
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

export async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

export async function stream(store: ObjectStore, object: ObjectName, range?: ByteRange): Promise<Readable> {
  const got = await store.get(object, range)
  if (got === null) throw new Error('absent')
  return got.stream
}

/** The stream as what it gives: Readable's own iterator says `any`. */
export async function chunks(store: ObjectStore, object: ObjectName): Promise<AsyncIterable<Buffer>> {
  return stream(store, object)
}

export async function read(store: ObjectStore, object: ObjectName, range?: ByteRange): Promise<Buffer> {
  return Buffer.concat(await (await stream(store, object, range)).toArray())
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
