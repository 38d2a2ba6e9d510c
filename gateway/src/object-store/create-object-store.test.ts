import { createSecretKey, randomBytes } from 'node:crypto'
import { copyFile, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder, type TemporaryFolder } from '@bitewing/testbed/temporary-folder'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createObjectStore } from './create-object-store.ts'
import { createFileBlobs } from './file-blobs.ts'
import { KeyUnusable, ObjectCorrupt } from './object-errors.ts'
import { chunks, inPieces, keyOf, newObject, read, stream } from './object-store-guarantees.ts'
import type { ObjectName, ObjectStore } from './object-store.ts'
import { chunkBytes, headerBytes, sealedChunkBytes } from './sealed-format.ts'

let folder: TemporaryFolder
let store: ObjectStore

beforeAll(async () => {
  folder = await temporaryFolder('sealed')
  store = createObjectStore({ blobs: await createFileBlobs({ root: folder.path }), tenantKeys: keyOf })
})
afterAll(() => folder.remove())

const content = randomBytes(2 * chunkBytes + 1000) // three chunks, the last of 1,000 bytes
const everything = { start: 0, end: content.length - 1 }
const storedBytes = headerBytes + content.length + 3 * 16

async function putNew(bytes: Buffer = content): Promise<{ object: ObjectName; file: string }> {
  const object = newObject()
  await store.put(object, inPieces(bytes, chunkBytes))
  return { object, file: await fileOf(object) }
}

async function fileOf({ tenantId }: ObjectName): Promise<string> {
  const entries = await readdir(join(folder.path, 'objects', tenantId), {
    recursive: true,
    withFileTypes: true,
  })
  const found = entries.find((entry) => entry.isFile())
  if (found === undefined) throw new Error('no file')
  return join(found.parentPath, found.name)
}

/** Whole chunks of the stored file, header first. */
async function piecesOf(file: string): Promise<[Buffer, Buffer, Buffer, Buffer]> {
  const bytes = await readFile(file)
  const cut = (index: number) =>
    bytes.subarray(headerBytes + index * sealedChunkBytes).subarray(0, sealedChunkBytes)
  return [bytes.subarray(0, headerBytes), cut(0), cut(1), cut(2)]
}

describe('a changed bit is found', () => {
  test.each([
    ['in the magic', 0],
    ['in the version', 4],
    ['in the chunk size', 5],
    ['in the reserved bytes', 7],
    ['in the first byte of the salt', 8],
    ['in the last byte of the salt', 39],
    ['in the first chunk', headerBytes],
    ['in the tag of the first chunk', headerBytes + sealedChunkBytes - 1],
    ['in the second chunk', headerBytes + sealedChunkBytes + 5],
    ['in the tag of the second chunk', headerBytes + 2 * sealedChunkBytes - 16],
    ['in the last chunk', storedBytes - 17],
    ['in the tag of the last chunk', storedBytes - 1],
  ])('%s', async (_, position) => {
    const { object, file } = await putNew()
    const bytes = await readFile(file)
    expect(bytes.length).toBe(storedBytes)
    bytes[position] = (bytes[position] ?? 0) ^ 0x10
    await writeFile(file, bytes)

    await expect(read(store, object)).rejects.toThrow(ObjectCorrupt)
    await expect(store.getBytes(object, everything)).rejects.toThrow(ObjectCorrupt)
    await expect(store.getBytes(object)).rejects.toThrow(ObjectCorrupt)
    await expect(store.getPieces(object)).rejects.toThrow(ObjectCorrupt)
  })
})

describe('a cut or grown file is found', () => {
  test.each([
    ['empty', 0],
    ['within the header', 20],
    ['after the header', headerBytes],
    ['within the first tag', headerBytes + 8],
    ['to an empty object', headerBytes + 16],
    ['within the first chunk', headerBytes + 1000],
    ['after the first chunk', headerBytes + sealedChunkBytes],
    ['within the second chunk', headerBytes + sealedChunkBytes + 100],
    ['after the second chunk', headerBytes + 2 * sealedChunkBytes],
    ['a tag alone as last chunk', headerBytes + 2 * sealedChunkBytes + 16],
    ['by one byte', storedBytes - 1],
    ['grown by one byte', storedBytes + 1],
    ['grown to a full chunk', headerBytes + 3 * sealedChunkBytes],
  ])('%s', async (_, bytes) => {
    const { object, file } = await putNew()
    await truncate(file, bytes)
    await expect(read(store, object)).rejects.toThrow(ObjectCorrupt)
    await expect(store.getBytes(object, everything)).rejects.toThrow() // of an empty one: the range, not the object
    await expect(store.getBytes(object)).rejects.toThrow(ObjectCorrupt)
    await expect(store.getPieces(object)).rejects.toThrow(ObjectCorrupt)
  })

  // What came before the damage was right, and it must be plain that there should be more.
  test('a stream over damage gives right bytes, then an error, never a quiet end', async () => {
    const { object, file } = await putNew()
    await truncate(file, headerBytes + 2 * sealedChunkBytes) // cut between chunks: sizes look right
    const received: Buffer[] = []
    const reading = (async () => {
      for await (const bytes of await chunks(store, object)) received.push(bytes)
    })()
    await expect(reading).rejects.toThrow(ObjectCorrupt)
    expect(Buffer.concat(received)).toEqual(content.subarray(0, chunkBytes))
  })

  test('the last bytes of a cut file are refused to a range too', async () => {
    const { object, file } = await putNew()
    await truncate(file, headerBytes + sealedChunkBytes)
    const range = { start: chunkBytes - 10, end: chunkBytes - 1 }
    await expect(read(store, object, range)).rejects.toThrow(ObjectCorrupt)
  })

  test('a file that is cut while it is read ends in an error', async () => {
    const { object, file } = await putNew(randomBytes(8 * chunkBytes))
    const reader = (await stream(store, object))[Symbol.asyncIterator]()
    await reader.next()
    await truncate(file, headerBytes + 5 * sealedChunkBytes)
    const rest = (async () => {
      while (!(await reader.next()).done);
    })()
    await expect(rest).rejects.toThrow(ObjectCorrupt)
  })
})

describe('chunks in another place are found', () => {
  test('exchanged, repeated, left out, or put first', async () => {
    const { object, file } = await putNew()
    const [header, a, b, c] = await piecesOf(file)
    const arrangements = [
      [header, b, a, c],
      [header, a, a, c],
      [header, a, c],
      [header, b, c],
      [header, c],
      [header, a, b, b],
      [header, a, b, c.subarray(0, 0)],
      [a, b, c],
    ]
    for (const arrangement of arrangements) {
      await writeFile(file, Buffer.concat(arrangement))
      await expect(read(store, object)).rejects.toThrow(ObjectCorrupt)
    }
    await writeFile(file, Buffer.concat([header, a, b, c]))
    expect(await read(store, object)).toEqual(content)
  })

  test('of another version of the same object', async () => {
    const { object, file } = await putNew()
    const [, , older] = await piecesOf(file)
    await store.put(object, inPieces(content, chunkBytes))
    const [header, a, , c] = await piecesOf(file)
    await writeFile(file, Buffer.concat([header, a, older, c]))
    await expect(read(store, object)).rejects.toThrow(ObjectCorrupt)
  })
})

test("an object under another's name is refused, in the same tenant and in another", async () => {
  const { object, file } = await putNew()
  const sibling = { ...object, name: 'originals/sibling' }
  await store.put(sibling, inPieces(Buffer.from('x'), 1))
  const names = await readdir(join(folder.path, 'objects', object.tenantId), {
    recursive: true,
    withFileTypes: true,
  })
  const siblingFile = names.find((entry) => entry.name === 'sibling.sealed')
  await copyFile(file, join(siblingFile?.parentPath ?? '', 'sibling.sealed'))
  await expect(read(store, sibling)).rejects.toThrow(ObjectCorrupt)

  const { object: foreign, file: foreignFile } = await putNew()
  expect(foreign.name).toBe(object.name)
  await copyFile(file, foreignFile)
  await expect(read(store, foreign)).rejects.toThrow(ObjectCorrupt)
})

// With one key for both, only the tenant's id in the authenticated data tells the two apart.
test('tenants that were given the same key by mistake still do not read each other', async () => {
  const key = createSecretKey(randomBytes(32))
  const blobs = await createFileBlobs({ root: folder.path })
  const oneKey = createObjectStore({ blobs, tenantKeys: async () => key })
  const [mine, theirs] = [newObject(), newObject()]
  await oneKey.put(mine, inPieces(content, chunkBytes))
  await oneKey.put(theirs, inPieces(content, chunkBytes))
  await copyFile(await fileOf(mine), await fileOf(theirs))
  await expect(read(oneKey, theirs)).rejects.toThrow(ObjectCorrupt)
  expect(await read(oneKey, mine)).toEqual(content)
})

test('damage elsewhere does not keep a range from being read', async () => {
  const { object, file } = await putNew()
  const bytes = await readFile(file)
  bytes.fill(0, headerBytes, headerBytes + sealedChunkBytes)
  await writeFile(file, bytes)

  const range = { start: chunkBytes + 10, end: chunkBytes + 100 }
  expect(await read(store, object, range)).toEqual(content.subarray(range.start, range.end + 1))
  await expect(read(store, object, { start: chunkBytes - 1, end: chunkBytes })).rejects.toThrow(ObjectCorrupt)
})

test('damage in the first chunk shows before a stream is given', async () => {
  const { object, file } = await putNew()
  const bytes = await readFile(file)
  bytes[headerBytes] = (bytes[headerBytes] ?? 0) ^ 1
  await writeFile(file, bytes)
  await expect(store.get(object)).rejects.toThrow(ObjectCorrupt)
})

test('the same bytes stored twice look different', async () => {
  const { file: one } = await putNew()
  const { file: other } = await putNew()
  const [, a] = await piecesOf(one)
  const [, b] = await piecesOf(other)
  expect(a.equals(b)).toBe(false)
})

test('a tenant without a key gets nothing, stores nothing, and its body is closed', async () => {
  const { object } = await putNew()
  const blobs = await createFileBlobs({ root: folder.path })
  const keyless = createObjectStore({ blobs, tenantKeys: () => Promise.reject(new KeyUnusable('no key')) })
  await expect(keyless.get(object)).rejects.toThrow(KeyUnusable)

  let closed = false
  async function* body() {
    try {
      yield Buffer.from('x')
      yield Buffer.from('y')
    } finally {
      closed = true
    }
  }
  const begun = body()
  await begun.next()
  const other = newObject()
  await expect(keyless.put(other, begun)).rejects.toThrow(KeyUnusable)
  await expect.poll(() => closed).toBe(true)
  expect(await store.head(other)).toBeNull()
})

test('a range that is no range is a mistake of the caller', async () => {
  const { object } = await putNew()
  for (const [start, end] of [
    [-1, 5],
    [5, 4],
    [0.5, 2],
    [Number.NaN, 2],
    [0, Infinity],
  ] as const) {
    await expect(store.get(object, { start, end })).rejects.toThrow(RangeError)
  }
})
