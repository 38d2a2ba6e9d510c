import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { startSwift, type Swift } from '@bitewing/testbed/swift/start-swift'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BlobStore } from './blob-store.ts'
import { describeBucket } from './bucket-guarantees.ts'
import { createObjectStore } from './create-object-store.ts'
import { makeBucket } from './make-bucket.ts'
import { ObjectStoreRefused, StorageResidencyRefused } from './object-errors.ts'
import { describeObjectStore, inPieces, keyOf, newObject, read } from './object-store-guarantees.ts'
import { openBlobs } from './open-blobs.ts'
import { createS3Blobs } from './s3-blobs.ts'
import { createS3Client } from './s3-client.ts'
import { sweepUploads } from './sweep-uploads.ts'
import { describeTiers } from './tier-guarantees.ts'

const bucket = 'images'

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

async function uploads(): Promise<unknown[]> {
  return (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []
}

describeObjectStore('OpenStack Swift by the S3 protocol', () => sharedBlobs, 10)
// Swift has one storage class and refuses the others: what it says when it is tried decides, not its address.
describeTiers('OpenStack Swift by the S3 protocol', () => sharedBlobs, {
  warm: false,
  cold: null,
  recallHours: 0,
})

test('a bucket is made where it is missing, left as it is where it is there, and refused to a stranger', async () => {
  const storageUrl = `s3://made-here?region=${swift.region}&endpoint=${encodeURIComponent(swift.endpoint)}`
  const credentials = { accessKeyId: swift.accessKey, secretAccessKey: swift.secretKey }
  const stranger = { ...credentials, secretAccessKey: 'not the secret of this key' }

  await expect(makeBucket({ storageUrl, credentials: { s3: stranger } })).rejects.toThrow(ObjectStoreRefused)
  expect(await makeBucket({ storageUrl, credentials: { s3: credentials } })).toBe('made')
  await client.send(new PutObjectCommand({ Bucket: 'made-here', Key: 'kept', Body: 'kept' }))
  expect(await makeBucket({ storageUrl, credentials: { s3: credentials } })).toBe('held')
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: 'made-here' }))
  expect(Contents?.map(({ Key }) => Key)).toEqual(['kept'])
  expect(await makeBucket({ storageUrl: 'file:///nowhere' })).toBe('absent')
})

describeBucket('OpenStack Swift by the S3 protocol', {
  open: ({ endpoint = swift.endpoint, bucket: other = bucket, wrongSecret = false, ...options } = {}) =>
    createS3Blobs({
      client: clientOf(endpoint, wrongSecret ? 'wrong' : undefined),
      bucket: other,
      prefix: 'practice/images/',
      ...options,
    }),
  endpoint: () => swift.endpoint,
  secrets: () => [swift.accessKey, swift.secretKey],
  async putForeign(path, bytes) {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: `practice/images/${path}`, Body: bytes }))
  },
  unfinished: async () => (await uploads()).length,
  storage: () => ({
    storageUrl: `s3://${bucket}?region=${swift.region}&endpoint=${encodeURIComponent(swift.endpoint)}&prefix=practice/images`,
    credentials: { s3: { accessKeyId: swift.accessKey, secretAccessKey: swift.secretKey } },
  }),
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
      credentials: { s3: credentialsOf(server) },
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
    await expect(openBlobs({ storageUrl, credentials: { s3: credentialsOf(swift) } })).rejects.toThrow(
      ObjectStoreRefused,
    )
  })
})
