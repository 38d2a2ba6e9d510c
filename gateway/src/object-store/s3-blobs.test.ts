import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { startSwift, type Swift } from '@bitewing/testbed/swift/start-swift'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { BlobStore } from './blob-store.ts'
import { createObjectStore } from './create-object-store.ts'
import {
  ObjectCorrupt,
  ObjectStoreAway,
  ObjectStoreRefused,
  StorageResidencyRefused,
} from './object-errors.ts'
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
import { makeBucket } from './make-bucket.ts'
import { openBlobs } from './open-blobs.ts'
import { createS3Blobs } from './s3-blobs.ts'
import { createS3Client } from './s3-client.ts'
import { chunkBytes } from './sealed-format.ts'
import { sweepUploads } from './sweep-uploads.ts'

const bucket = 'images'
const mebibyte = 1024 * 1024

let swift: Swift
let client: S3Client
let sharedBlobs: BlobStore
const clients: S3Client[] = []

beforeAll(async () => {
  swift = await startSwift()
  client = clientOf(swift.endpoint)
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  sharedBlobs = createS3Blobs({ client, bucket, prefix: 'practice/images/' })
})
afterAll(async () => {
  for (const one of clients) one.destroy()
  await swift.stop()
})

function clientOf(endpoint: string, secretAccessKey = swift.secretKey): S3Client {
  const credentials = { accessKeyId: swift.accessKey, secretAccessKey }
  const made = createS3Client({ region: swift.region, endpoint, pathStyle: true, credentials })
  clients.push(made)
  return made
}

function storeOf(s3: S3Client, options: { stallMsMax?: number } = {}) {
  const blobs = createS3Blobs({ client: s3, bucket, prefix: 'practice/images/', ...options })
  return createObjectStore({ blobs, tenantKeys: keyOf })
}

async function uploads(): Promise<unknown[]> {
  return (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []
}

describeObjectStore('OpenStack Swift by the S3 protocol', () => sharedBlobs, 10)

test('a bucket is made where it is missing, left as it is where it is there, and refused to a stranger', async () => {
  const storageUrl = `s3://made-here?region=${swift.region}&endpoint=${encodeURIComponent(swift.endpoint)}`
  const credentials = { accessKeyId: swift.accessKey, secretAccessKey: swift.secretKey }
  const stranger = { ...credentials, secretAccessKey: 'not the secret of this key' }

  await expect(makeBucket({ storageUrl, credentials: stranger })).rejects.toThrow(ObjectStoreRefused)
  expect(await makeBucket({ storageUrl, credentials })).toBe('made')
  await client.send(new PutObjectCommand({ Bucket: 'made-here', Key: 'kept', Body: 'kept' }))
  expect(await makeBucket({ storageUrl, credentials })).toBe('held')
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: 'made-here' }))
  expect(Contents?.map(({ Key }) => Key)).toEqual(['kept'])
  expect(await makeBucket({ storageUrl: 'file:///nowhere' })).toBe('absent')
})

describe('large objects', () => {
  test('come back as they were put, and so do ranges across the parts', async () => {
    const store = storeOf(client)
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
    expect(await uploads()).toEqual([])
  })

  test('a body that fails after some parts leaves no parts behind', async () => {
    const failure = new Error('the connection ended')
    async function* failing() {
      yield* inPieces(randomBytes(20 * mebibyte), mebibyte)
      throw failure
    }
    const object = newObject()
    const store = storeOf(client)
    await expect(store.put(object, failing())).rejects.toBe(failure)
    expect(await store.head(object)).toBeNull()
    expect(await uploads()).toEqual([])
  })

  test('uploads that a crash left behind are aborted after a day, not before', async () => {
    const Key = 'practice/images/tenant/originals/left-behind'
    await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }))
    const nextDay = Date.now() + 25 * 60 * 60 * 1000

    expect(await sweepUploads(client, bucket, 'practice/images/')).toBe(0)
    expect(await sweepUploads(client, bucket, 'elsewhere/', nextDay)).toBe(0)
    expect(await uploads()).toHaveLength(1)
    expect(await sweepUploads(client, bucket, 'practice/images/', nextDay)).toBe(1)
    expect(await uploads()).toEqual([])
  })
})

describe('a server that does not do its part', () => {
  test('a wrong secret is refused, by every call', async () => {
    const store = storeOf(clientOf(swift.endpoint, 'wrong'))
    const object = newObject()
    await expect(store.check()).rejects.toThrow(ObjectStoreRefused)
    await expect(store.put(object, inPieces(Buffer.of(1), 1))).rejects.toThrow(ObjectStoreRefused)
    await expect(store.get(object)).rejects.toThrow(ObjectStoreRefused)
    await expect(store.head(object)).rejects.toThrow(ObjectStoreRefused)
    await expect(store.delete(object)).rejects.toThrow(ObjectStoreRefused)
    await expect(collect(store.list(object.tenantId, ''))).rejects.toThrow(ObjectStoreRefused)

    const refusal = await store.get(object).catch((error: unknown) => error)
    expect(JSON.stringify(refusal, ['message', 'stack', 'cause'])).not.toContain(swift.accessKey)
    expect(await storeOf(client).head(object)).toBeNull()
  })

  test('a server that is away says so', async () => {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const port = portOf(server)
    server.close()
    await once(server, 'close')

    const store = storeOf(clientOf(`http://127.0.0.1:${port}`))
    await expect(store.check()).rejects.toThrow(ObjectStoreAway)
    await expect(store.get(newObject())).rejects.toThrow(ObjectStoreAway)
    await expect(store.put(newObject(), inPieces(Buffer.of(1), 1))).rejects.toThrow(ObjectStoreAway)
    await expect(store.put(newObject(), inPieces(Buffer.alloc(20 * mebibyte), mebibyte))).rejects.toThrow(
      ObjectStoreAway,
    )
    await expect(collect(store.list('tenant', ''))).rejects.toThrow(ObjectStoreAway)
  })

  test('a bucket that does not exist is not an empty one', async () => {
    const blobs = createS3Blobs({ client, bucket: 'another', prefix: '' })
    const store = createObjectStore({ blobs, tenantKeys: keyOf })
    await expect(store.check()).rejects.toThrow(ObjectStoreRefused)
    await expect(store.get(newObject())).rejects.toThrow(ObjectStoreRefused)
    await expect(store.put(newObject(), inPieces(Buffer.of(1), 1))).rejects.toThrow(ObjectStoreRefused)
  })

  test('another object under a key of ours is found corrupt', async () => {
    const object = newObject()
    const Key = `practice/images/${object.tenantId}/${object.name}`
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: randomBytes(500) }))
    await expect(storeOf(client).get(object)).rejects.toThrow(ObjectCorrupt)
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.of() }))
    await expect(storeOf(client).get(object)).rejects.toThrow(ObjectCorrupt)
    await expect(storeOf(client).get(object, { start: 0, end: 5 })).rejects.toThrow(ObjectCorrupt)
    await expect(storeOf(client).get(object, { start: chunkBytes, end: chunkBytes })).rejects.toThrow(
      ObjectCorrupt,
    )
  })
})

describe('a line that breaks', () => {
  const lines: Line[] = []
  afterEach(async () => {
    for (const line of lines.splice(0)) await line.close()
  })
  async function lineToSwift(change: Change): Promise<Line> {
    const line = await startLine(Number(new URL(swift.endpoint).port), change)
    lines.push(line)
    return line
  }

  const content = randomBytes(12 * mebibyte)
  const object = newObject()
  beforeAll(async () => {
    await storeOf(client).put(object, inPieces(content, chunkBytes))
  })

  test('an answer that is cut off ends in an error after right bytes', async () => {
    const line = await lineToSwift({ cutAnswerAfter: 5 * mebibyte })
    const store = storeOf(clientOf(line.endpoint))
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
    const line = await lineToSwift({ holdAnswerAfter: 5 * mebibyte })
    const store = storeOf(clientOf(line.endpoint), { stallMsMax: 300 })
    await expect(read(store, object)).rejects.toThrow('stalled')
  })

  test('a reader slower than the stall limit gets everything', async () => {
    const store = storeOf(client, { stallMsMax: 300 })
    const received: Buffer[] = []
    for await (const bytes of await chunks(store, object)) {
      if (received.length < 2) await new Promise((resolve) => setTimeout(resolve, 700))
      received.push(bytes)
    }
    expect(Buffer.concat(received).equals(content)).toBe(true)
  })

  test('a reader that leaves ends the transfer', async () => {
    const line = await lineToSwift({})
    const store = storeOf(clientOf(line.endpoint))
    const opened = await stream(store, object)
    expect(line.connections()).toBe(1)
    opened.destroy()
    await expect.poll(() => line.connections()).toBe(0)
  })

  test('a connection serves one read after another', async () => {
    const line = await lineToSwift({})
    const store = storeOf(clientOf(line.endpoint))
    for (let turn = 0; turn < 5; turn += 1) await read(store, object, { start: 0, end: 100 })
    await read(store, object)
    await read(store, object)
    expect(line.accepted()).toBe(1)
  })

  // The body's SHA-256 is signed: the server itself refuses what was changed on the way.
  test('bytes changed on their way up are refused by the server', async () => {
    const line = await lineToSwift({ flipInRequest: 'marker' })
    const blobs = createS3Blobs({ client: clientOf(line.endpoint), bucket, prefix: '' })
    async function* body() {
      yield Buffer.from('before marker after')
    }
    await expect(blobs.put('tenant/flipped', body(), { ifAbsent: false, durable: true })).rejects.toThrow(
      ObjectStoreAway,
    )
    expect(line.flipped()).toBeGreaterThan(0)
    const direct = createS3Blobs({ client, bucket, prefix: '' })
    expect(await direct.size('tenant/flipped')).toBeNull()
  })
})

describe('residency', () => {
  let american: Swift
  beforeAll(async () => {
    american = await startSwift({ region: 'us-east-1' })
    const admin = createS3Client({ ...locationOf(american), credentials: credentialsOf(american) })
    clients.push(admin)
    await admin.send(new CreateBucketCommand({ Bucket: bucket }))
  })
  afterAll(() => american.stop())

  const credentialsOf = (server: Swift) => ({
    accessKeyId: server.accessKey,
    secretAccessKey: server.secretKey,
  })
  const locationOf = (server: Swift) => ({
    region: server.region,
    endpoint: server.endpoint,
    pathStyle: true,
  })
  const open = (server: Swift, residencyDecision?: string) =>
    openBlobs({
      storageUrl: `s3://${bucket}?region=${server.region}&endpoint=${server.endpoint}&path-style=1`,
      credentials: credentialsOf(server),
      residencyDecision,
    })

  test('a bucket in ca-central-1 is opened and works', async () => {
    const { blobs, residency, close } = await open(swift)
    expect(residency).toEqual({ region: 'ca-central-1', reason: null })
    const store = createObjectStore({ blobs, tenantKeys: keyOf })
    const object = newObject()
    await store.put(object, inPieces(Buffer.from('x'), 1))
    expect(await read(store, object)).toEqual(Buffer.from('x'))
    close()
  })

  test('a bucket elsewhere is refused by name, and opened by a decision that names its region', async () => {
    await expect(open(american)).rejects.toThrow(StorageResidencyRefused)
    await expect(open(american)).rejects.toThrow('us-east-1')
    await expect(open(american, 'eu-west-1: board of 2026-01-05, A. Roy')).rejects.toThrow(
      StorageResidencyRefused,
    )
    await expect(open(american, 'us-east-1')).rejects.toThrow('STORAGE_RESIDENCY_DECISION')
    await expect(open(american, 'us-east-1: yes')).rejects.toThrow('STORAGE_RESIDENCY_DECISION')

    const { residency, close } = await open(american, 'us-east-1: board of 2026-01-05, A. Roy')
    expect(residency).toEqual({ region: 'us-east-1', reason: 'board of 2026-01-05, A. Roy' })
    close()
  })

  test('a signature for another region than the server is in is refused', async () => {
    const storageUrl = `s3://${bucket}?region=eu-west-1&endpoint=${swift.endpoint}`
    await expect(openBlobs({ storageUrl, credentials: credentialsOf(swift) })).rejects.toThrow(
      ObjectStoreRefused,
    )
  })
})

type Change = {
  cutAnswerAfter?: number // bytes of one connection's answers, then the line is cut
  holdAnswerAfter?: number // bytes, then nothing more
  flipInRequest?: string // where it stands in a request, its first byte is changed
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
  port: number,
  { cutAnswerAfter, holdAnswerAfter, flipInRequest }: Change,
): Promise<Line> {
  const sockets = new Set<Socket>()
  let accepted = 0
  let flipped = 0
  const server = createServer((near) => {
    accepted += 1
    const far = connect(port, '127.0.0.1')
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
    endpoint: `http://127.0.0.1:${portOf(server)}`,
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

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
