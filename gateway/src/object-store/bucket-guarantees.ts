import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { BlobStore } from './blob-store.ts'
import { createObjectStore } from './create-object-store.ts'
import { ObjectCorrupt, ObjectStoreAway, ObjectStoreRefused } from './object-errors.ts'
import {
  chunks,
  collect,
  inPieces,
  keyOf,
  newObject,
  newTenant,
  read,
  stream,
} from './object-store-guarantees.ts'
import { chunkBytes } from './sealed-format.ts'
import type { StorageCredentials } from './storage-credentials.ts'

const mebibyte = 1024 * 1024

type Changes = {
  endpoint?: string // another address than the server's own
  bucket?: string // another bucket or container
  wrongSecret?: boolean
  stallMsMax?: number
  listPageMax?: number
}

/** A bucket on a server of some kind, as the tests below need it. */
type Bucket = {
  /** Opens it, with something changed; a prefix stands before every key. */
  open(changes?: Changes): BlobStore
  /** address of the server */
  endpoint(): string
  /** what no error may hold */
  secrets(): string[]
  /** Puts bytes under a path as another program would. */
  putForeign(path: string, bytes: Buffer): Promise<void>
  /** How many half-finished uploads the server shows. */
  unfinished(): Promise<number>
  /** what `openBlobs` opens it with */
  storage(): { storageUrl: string; credentials: StorageCredentials }
}

/** Tests of what every store over a network promises, beside `describeObjectStore`: limits, faults and lines that break. */
export function describeBucket(kind: string, bucket: Bucket) {
  const storeOf = (changes: Changes = {}) =>
    createObjectStore({ blobs: bucket.open(changes), tenantKeys: keyOf })

  describe(`a bucket on ${kind}`, () => {
    describe('large objects', () => {
      test('come back as they were put, and so do ranges across the parts', async () => {
        const store = storeOf()
        const object = newObject()
        const content = randomBytes(25 * mebibyte + 13)
        expect(await store.put(object, inPieces(content, 300_000))).toEqual({
          bytes: content.length,
          created: true,
        })
        expect(digest(await read(store, object))).toBe(digest(content))
        for (const start of [8 * mebibyte - 100, 16 * mebibyte - chunkBytes, content.length - 20]) {
          const range = { start, end: start + chunkBytes + 200 }
          expect(digest(await read(store, object, range))).toBe(
            digest(content.subarray(range.start, range.end + 1)),
          )
        }
        expect(await store.put(object, inPieces(content, 300_000), { ifAbsent: true })).toMatchObject({
          created: false,
        })
        const other = newObject()
        expect(await store.put(other, inPieces(content, 300_000), { ifAbsent: true })).toMatchObject({
          created: true,
        })
        expect(await bucket.unfinished()).toBe(0)
      })

      test('a body that fails after some parts leaves nothing that shows', async () => {
        const failure = new Error('the connection ended')
        async function* failing() {
          yield* inPieces(randomBytes(20 * mebibyte), mebibyte)
          throw failure
        }
        const object = newObject()
        const store = storeOf()
        await expect(store.put(object, failing())).rejects.toBe(failure)
        expect(await store.head(object)).toBeNull()
        expect(await collect(store.list(object.tenantId, ''))).toEqual([])
        expect(await bucket.unfinished()).toBe(0)
      })

      // 2 GiB with BITEWING_STREAM_BYTES=2147483648; by default as much as shows whether memory follows the size.
      test('pass through in flat memory', async () => {
        const bytes = Number(process.env['BITEWING_STREAM_BYTES'] ?? 112 * mebibyte)
        const grownMebibytes = await memoryGrowth(bucket.storage(), bytes)
        // an upload holds up to 32 MiB; what grows with the body would be 80 of these 112. Of 2 GiB, two minutes on a busy
        // machine, 66 MiB were seen, which the collector had left.
        expect(grownMebibytes).toBeLessThan(56 + (bytes / mebibyte) * 0.01)
      }, 1_200_000)
    })

    test('a listing of several pages is complete', async () => {
      const tenantId = newTenant()
      const names = Array.from({ length: 8 }, (_, index) => `originals/${index}`)
      const store = storeOf({ listPageMax: 3 })
      for (const name of names) await store.put({ tenantId, name }, inPieces(Buffer.of(1), 1))
      expect((await collect(store.list(tenantId, 'originals/'))).toSorted()).toEqual(names)
    })

    describe('a server that does not do its part', () => {
      test('a wrong secret is refused, by every call', async () => {
        const store = storeOf({ wrongSecret: true })
        const object = newObject()
        await expect(store.check()).rejects.toThrow(ObjectStoreRefused)
        await expect(store.put(object, inPieces(Buffer.of(1), 1))).rejects.toThrow(ObjectStoreRefused)
        await expect(store.get(object)).rejects.toThrow(ObjectStoreRefused)
        await expect(store.head(object)).rejects.toThrow(ObjectStoreRefused)
        await expect(store.delete(object)).rejects.toThrow(ObjectStoreRefused)
        await expect(collect(store.list(object.tenantId, ''))).rejects.toThrow(ObjectStoreRefused)

        const refusal = await store.get(object).catch((error: unknown) => error)
        for (const secret of bucket.secrets()) {
          expect(JSON.stringify(refusal, ['message', 'stack', 'cause'])).not.toContain(secret)
        }
        expect(await storeOf().head(object)).toBeNull()
      })

      test('a server that is away says so', async () => {
        const server = createServer()
        await once(server.listen(0, '127.0.0.1'), 'listening')
        const port = portOf(server)
        server.close()
        await once(server, 'close')

        const store = storeOf({ endpoint: onPort(bucket.endpoint(), port) })
        await expect(store.check()).rejects.toThrow(ObjectStoreAway)
        await expect(store.get(newObject())).rejects.toThrow(ObjectStoreAway)
        await expect(store.put(newObject(), inPieces(Buffer.of(1), 1))).rejects.toThrow(ObjectStoreAway)
        await expect(store.put(newObject(), inPieces(Buffer.alloc(20 * mebibyte), mebibyte))).rejects.toThrow(
          ObjectStoreAway,
        )
        await expect(collect(store.list('tenant', ''))).rejects.toThrow(ObjectStoreAway)
      })

      test('a bucket that does not exist is not an empty one', async () => {
        const store = storeOf({ bucket: 'another' })
        await expect(store.check()).rejects.toThrow(ObjectStoreRefused)
        await expect(store.get(newObject())).rejects.toThrow(ObjectStoreRefused)
        await expect(store.head(newObject())).rejects.toThrow(ObjectStoreRefused)
        await expect(store.put(newObject(), inPieces(Buffer.of(1), 1))).rejects.toThrow(ObjectStoreRefused)
      })

      test('another object under a key of ours is found corrupt', async () => {
        const object = newObject()
        const path = `${object.tenantId}/${object.name}`
        const store = storeOf()
        await bucket.putForeign(path, randomBytes(500))
        await expect(store.get(object)).rejects.toThrow(ObjectCorrupt)
        await bucket.putForeign(path, Buffer.of())
        await expect(store.get(object)).rejects.toThrow(ObjectCorrupt)
        await expect(store.get(object, { start: 0, end: 5 })).rejects.toThrow(ObjectCorrupt)
        await expect(store.get(object, { start: chunkBytes, end: chunkBytes })).rejects.toThrow(ObjectCorrupt)
      })
    })

    describe('a line that breaks', () => {
      const lines: Line[] = []
      afterEach(async () => {
        for (const line of lines.splice(0)) await line.close()
      })
      async function lineToBucket(change: Change): Promise<Line> {
        const line = await startLine(bucket.endpoint(), change)
        lines.push(line)
        return line
      }

      const content = randomBytes(12 * mebibyte)
      const object = newObject()
      beforeAll(async () => {
        await storeOf().put(object, inPieces(content, chunkBytes))
      })

      test('an answer that is cut off ends in an error after right bytes', async () => {
        const line = await lineToBucket({ cutAnswerAfter: 5 * mebibyte })
        const store = storeOf({ endpoint: line.endpoint })
        const received: Buffer[] = []
        const reading = (async () => {
          for await (const bytes of await chunks(store, object)) received.push(bytes)
        })()
        await expect(reading).rejects.toThrow(ObjectStoreAway)
        const bytes = Buffer.concat(received)
        expect(bytes.length).toBeGreaterThan(chunkBytes)
        expect(bytes.length).toBeLessThan(5 * mebibyte)
        expect(bytes.equals(content.subarray(0, bytes.length))).toBe(true)
      })

      test('an answer that stalls is given up', async () => {
        const line = await lineToBucket({ holdAnswerAfter: 5 * mebibyte })
        const store = storeOf({ endpoint: line.endpoint, stallMsMax: 300 })
        await expect(read(store, object)).rejects.toThrow('stalled')
      })

      test('a reader slower than the stall limit gets everything', async () => {
        const store = storeOf({ stallMsMax: 300 })
        const received: Buffer[] = []
        for await (const bytes of await chunks(store, object)) {
          if (received.length < 2) await new Promise((resolve) => setTimeout(resolve, 700))
          received.push(bytes)
        }
        expect(Buffer.concat(received).equals(content)).toBe(true)
      })

      test('a reader that leaves ends the transfer', async () => {
        const line = await lineToBucket({})
        const store = storeOf({ endpoint: line.endpoint })
        const opened = await stream(store, object)
        expect(line.connections()).toBe(1)
        opened.destroy()
        await expect.poll(() => line.connections()).toBe(0)
      })

      test('a connection serves one read after another', async () => {
        const line = await lineToBucket({})
        const store = storeOf({ endpoint: line.endpoint })
        for (let turn = 0; turn < 5; turn += 1) await read(store, object, { start: 0, end: 100 })
        await read(store, object)
        await read(store, object)
        expect(line.accepted()).toBe(1)
      })

      test('a request whose connection breaks is made again', async () => {
        const line = await lineToBucket({ breakFirst: 1 })
        const store = storeOf({ endpoint: line.endpoint })
        const retried = newObject()
        await store.put(retried, inPieces(content.subarray(0, mebibyte), chunkBytes))
        expect((await read(store, retried)).equals(content.subarray(0, mebibyte))).toBe(true)
        expect(line.accepted()).toBeGreaterThan(1)
      })

      test('bytes changed on their way up are refused by the server', async () => {
        for (const bytesBefore of [0, 9 * mebibyte]) {
          const line = await lineToBucket({ flipInRequest: 'marker' })
          const blobs = bucket.open({ endpoint: line.endpoint })
          async function* body() {
            if (bytesBefore > 0) yield Buffer.alloc(bytesBefore)
            yield Buffer.from('before marker after')
          }
          await expect(
            blobs.put('tenant/flipped', body(), { ifAbsent: false, durable: true }),
          ).rejects.toThrow(ObjectStoreAway)
          expect(line.flipped()).toBeGreaterThan(0)
          expect(await bucket.open().size('tenant/flipped')).toBeNull()
        }
      })
    })
  })
}

type Change = {
  cutAnswerAfter?: number // bytes of one connection's answers, then the line is cut
  holdAnswerAfter?: number // bytes, then nothing more
  flipInRequest?: string // where it stands in a request, its first byte is changed
  breakFirst?: number // connections that end without an answer
}

type Line = {
  endpoint: string
  connections(): number
  accepted(): number
  flipped(): number
  close(): Promise<void>
}

/** A line of bytes to a port of this machine, with a fault in it. The signed Host header must name the line's port. */
async function startLine(
  endpoint: string,
  { cutAnswerAfter, holdAnswerAfter, flipInRequest, breakFirst = 0 }: Change,
): Promise<Line> {
  const sockets = new Set<Socket>()
  let accepted = 0
  let flipped = 0
  const server = createServer((near) => {
    accepted += 1
    if (accepted <= breakFirst) {
      near.once('data', () => near.destroy()).on('error', () => undefined)
      return
    }
    const far = connect(Number(new URL(endpoint).port), '127.0.0.1')
    sockets.add(near)
    const end = () => {
      sockets.delete(near)
      near.destroy()
      far.destroy()
    }
    near.on('close', end).on('error', end)
    far.on('close', end).on('error', end)
    near.on('data', (bytes) => {
      const at = flipInRequest === undefined ? -1 : bytes.indexOf(flipInRequest)
      if (at >= 0) {
        bytes[at] = (bytes[at] ?? 0) ^ 1
        flipped += 1
      }
      far.write(bytes)
    })
    let answered = 0
    far.on('data', (bytes) => {
      answered += bytes.length
      if (cutAnswerAfter !== undefined && answered > cutAnswerAfter) return near.end()
      if (holdAnswerAfter !== undefined && answered > holdAnswerAfter) return
      if (!near.write(bytes)) {
        far.pause()
        near.once('drain', () => far.resume())
      }
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    endpoint: onPort(endpoint, portOf(server)),
    connections: () => sockets.size,
    accepted: () => accepted,
    flipped: () => flipped,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP port')
  return address.port
}

function onPort(endpoint: string, port: number): string {
  const url = new URL(endpoint)
  url.port = String(port)
  return url.href.replace(/\/$/, '')
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** How far the memory of a process grows that puts an object of so many bytes and reads it back, in MiB. */
async function memoryGrowth(storage: object, bytes: number): Promise<number> {
  const program = `
    import { createHash, createSecretKey } from 'node:crypto'
    import { openBlobs } from ${JSON.stringify(join(import.meta.dirname, 'open-blobs.ts'))}
    import { createObjectStore } from ${JSON.stringify(join(import.meta.dirname, 'create-object-store.ts'))}
    const { blobs } = await openBlobs(${JSON.stringify(storage)})
    const store = createObjectStore({ blobs, tenantKeys: async () => createSecretKey(Buffer.alloc(32, 1)) })
    async function pass(bytes) {
      const object = { tenantId: 'memory-' + process.pid, name: 'originals/' + bytes }
      const [put, got] = [createHash('sha256'), createHash('sha256')]
      async function* body() {
        for (let left = bytes; left > 0; left -= 65536) {
          const piece = Buffer.alloc(Math.min(left, 65536), left % 251)
          put.update(piece)
          yield piece
        }
      }
      await store.put(object, body())
      const { stream } = await store.get(object)
      for await (const piece of stream) got.update(piece)
      if (put.digest('hex') !== got.digest('hex')) throw new Error('other bytes came back')
      await store.delete(object)
    }
    await pass(32 * 1024 * 1024)
    const before = process.resourceUsage().maxRSS
    await pass(${bytes})
    console.log((process.resourceUsage().maxRSS - before) / 1024)
    process.exit(0)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '' },
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (child.exitCode !== 0) throw new Error('the process that streams failed')
  return Number(output)
}
