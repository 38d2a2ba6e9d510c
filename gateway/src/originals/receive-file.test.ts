import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { temporaryFolder, type TemporaryFolder } from '@bitewing/testbed/temporary-folder'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { receiveFile, type ReceivedFile } from './receive-file.ts'

let folder: TemporaryFolder
beforeAll(async () => {
  folder = await temporaryFolder('receive')
})
afterAll(() => folder.remove())

async function* inChunks(bytes: Buffer, chunkBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    // as from a connection: the chunk's memory is used again
    const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes))
    yield await Promise.resolve(chunk)
    chunk.fill(0xee)
  }
}
const receive = (bytes: Buffer, expectedBytes: number, memoryBytesMax: number, chunkBytes = 65_536) =>
  receiveFile(inChunks(bytes, chunkBytes), { folder: folder.path, expectedBytes, memoryBytesMax })
const inSpool = async () => (await readdir(folder.path)).length
const mebibyte = 1024 * 1024

async function isWhole(file: ReceivedFile, bytes: Buffer) {
  await using source = await file.open()
  expect(source.bytes).toBe(bytes.length)
  expect(Buffer.from(await source.read(0, bytes.length)).equals(bytes)).toBe(true)
  expect((await file.sha256).equals(createHash('sha256').update(bytes).digest())).toBe(true)
}

test.each([0, 1, 65_535, 65_536, 65_537, 300_000, 5 * mebibyte, 17 * mebibyte])(
  'a file of %i bytes is whole in memory and on disk, whatever was expected',
  async (bytes) => {
    const content = randomBytes(bytes)
    for (const expected of [0, bytes, 100 * mebibyte]) {
      for (const memory of [0, 100_000, 64 * mebibyte]) {
        await using file = await receive(content, expected, memory, 10_007)
        await isWhole(file, content)
        file.finished()
      }
    }
    expect(await inSpool()).toBe(0)
  },
)

test('many at once stay within the memory they may hold, and none gets the bytes of another', async () => {
  const contents = Array.from({ length: 12 }, (_, index) => Buffer.alloc(3 * mebibyte, index + 1))
  const files = await Promise.all(contents.map((content) => receive(content, content.length, 12 * mebibyte)))
  const inMemory = files.filter(({ content }) => 'buffer' in content)
  const heldBytes = inMemory.reduce(
    (sum, { content }) => sum + ('buffer' in content ? content.buffer.buffer.byteLength : 0),
    0,
  )
  expect(heldBytes).toBeGreaterThan(0)
  expect(heldBytes).toBeLessThanOrEqual(12 * mebibyte)
  expect(await inSpool()).toBe(12 - inMemory.length)
  for (const [index, file] of files.entries()) await isWhole(file, contents[index] ?? Buffer.alloc(0))
  for (const [index, file] of files.entries()) {
    if (index % 2 === 0) file.finished()
    await file[Symbol.asyncDispose]()
  }
  expect(await inSpool()).toBe(0)
  // all of it may be held again
  await using again = await receive(contents[0] ?? Buffer.alloc(0), 3 * mebibyte, 12 * mebibyte)
  expect('buffer' in again.content).toBe(true)
})

test('a body that breaks off leaves nothing', async () => {
  async function* broken() {
    yield* inChunks(randomBytes(300_000), 50_000)
    throw new Error('gone')
  }
  for (const memoryBytesMax of [0, 64 * mebibyte]) {
    const options = { folder: folder.path, expectedBytes: 0, memoryBytesMax }
    await expect(receiveFile(broken(), options)).rejects.toThrow('gone')
  }
  expect(await inSpool()).toBe(0)
})
