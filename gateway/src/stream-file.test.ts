import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { streamFile } from './stream-file.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stream-file-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test.each([0, 1, 128 * 1024, 3 * 128 * 1024, 5_000_001])('a file of %i bytes comes whole', async (size) => {
  const path = join(folder, `${size}`)
  const bytes = randomBytes(size)
  await writeFile(path, bytes)
  const hash = createHash('sha256')
  for await (const piece of streamFile(path)) hash.update(piece)
  expect(hash.digest('hex')).toBe(sha256(bytes))
})

test('a piece stays as it is until two more have been asked for', async () => {
  const path = join(folder, 'ring')
  const bytes = randomBytes(7 * 128 * 1024 + 5)
  await writeFile(path, bytes)
  const given: Buffer[] = []
  let at = 0
  for await (const piece of streamFile(path)) {
    given.push(piece)
    const held = given.slice(-3)
    const start = at + piece.length - held.reduce((sum, one) => sum + one.length, 0)
    expect(Buffer.concat(held).equals(bytes.subarray(start, at + piece.length))).toBe(true)
    at += piece.length
  }
  expect(given[3]?.buffer).toBe(given[0]?.buffer)
})

test('a slow reader at the other end of a socket gets every byte as it was', async () => {
  const path = join(folder, 'slow')
  const bytes = randomBytes(9_000_000)
  await writeFile(path, bytes)
  const server = createServer((socket) => {
    void pipeline(Readable.from(streamFile(path), { highWaterMark: 1 }), socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const hash = createHash('sha256')
  let pieces = 0
  for await (const piece of connect(address.port, '127.0.0.1') as AsyncIterable<Buffer>) {
    hash.update(piece)
    if (pieces++ % 16 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  server.close()
  expect(hash.digest('hex')).toBe(sha256(bytes))
})

test('the file is closed when the reader stops early', async () => {
  const path = join(folder, 'early')
  await writeFile(path, randomBytes(1_000_000))
  const open = async () => (await readdir('/proc/self/fd')).length
  const before = await open()
  for (let index = 0; index < 20; index++) {
    for await (const piece of streamFile(path)) if (piece.length > 0) break
  }
  expect(await open()).toBeLessThan(before + 10)
})
