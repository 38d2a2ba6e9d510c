import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ObjectArchived } from './object-errors.ts'
import { createS3Blobs, s3Place } from './s3-blobs.ts'
import { createS3Client } from './s3-client.ts'

/*
 * No server with Amazon's storage classes runs here: this one answers one object's requests as Amazon documents them
 * (HeadObject, GetObject, CopyObject, RestoreObject), so that what we ask for is held to that.
 */
let server: Server
let asked: { method: string; storageClass: string | undefined; body: string }[] = []
let state: { storageClass: string | undefined; restore: string | undefined }
beforeEach(() => {
  asked = []
  state = { storageClass: undefined, restore: undefined }
})
beforeAll(async () => {
  server = createServer((request, response) => {
    void (async () => {
      const { method = '' } = request
      const wanted = request.headers['x-amz-storage-class']
      const storageClass = typeof wanted === 'string' ? wanted : undefined
      asked.push({ method, storageClass, body: await text(request) })
      if (state.storageClass) response.setHeader('x-amz-storage-class', state.storageClass)
      if (state.restore) response.setHeader('x-amz-restore', state.restore)
      response.setHeader('ETag', '"1"')
      if (method === 'GET' && state.storageClass === 'GLACIER' && !state.restore?.includes('false')) {
        response.writeHead(403, { 'Content-Type': 'application/xml' })
        response.end('<Error><Code>InvalidObjectState</Code><Message>no</Message></Error>')
      } else if (method === 'PUT') {
        state.storageClass = storageClass
        response.end('<CopyObjectResult><ETag>"1"</ETag></CopyObjectResult>')
      } else if (method === 'POST') {
        state.restore = 'ongoing-request="true"'
        response.writeHead(202).end()
      } else response.end(method === 'GET' ? 'xy' : undefined)
    })()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(() => server.close())

function open(coldClass: 'GLACIER' | 'GLACIER_IR' | 'DEEP_ARCHIVE' = 'GLACIER') {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP port')
  const client = createS3Client({
    region: 'ca-central-1',
    endpoint: `http://127.0.0.1:${address.port}`,
    pathStyle: true,
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
  })
  return createS3Blobs({ client, bucket: 'images', prefix: '', coldClass, isAmazon: true })
}

test('an object goes to the class of its tier, is archived there, and comes back by one request for a while', async () => {
  const blobs = open()
  const path = 'tenant/originals/a'
  expect(await blobs.tiers()).toEqual({ warm: true, cold: 'after-recall', recallHours: 5 })
  await blobs.setTier(path, 'warm')
  expect(await blobs.place(path)).toEqual({ tier: 'warm', read: 'at-once' })
  await blobs.setTier(path, 'cold')
  await blobs.setTier(path, 'cold')
  const copies = asked.filter(({ method }) => method === 'PUT').map(({ storageClass }) => storageClass)
  expect(copies).toEqual(['STANDARD_IA', 'GLACIER'])

  const part = { headBytes: 0, start: 0, end: Infinity, pieceBytes: 10 }
  await expect(blobs.read(path, part)).rejects.toThrow(ObjectArchived)
  await expect(blobs.setTier(path, 'hot')).rejects.toThrow(ObjectArchived)
  expect(await blobs.recall(path, 7)).toBe('under-way')
  expect(await blobs.recall(path, 7)).toBe('under-way')
  const recalls = asked.filter(({ method }) => method === 'POST')
  expect(recalls).toHaveLength(1)
  expect(recalls[0]?.body).toContain('<Days>7</Days>')
  expect(recalls[0]?.body).toContain('<Tier>Standard</Tier>')

  state.restore = 'ongoing-request="false", expiry-date="Fri, 21 Dec 2027 00:00:00 GMT"'
  expect(await blobs.recall(path, 7)).toBe('at-hand')
  const read = await blobs.read(path, part)
  expect((await read?.pieces.next())?.toString()).toBe('xy')
  read?.pieces.close()
})

test('the class of what is cold can be one that is read at once', async () => {
  const blobs = open('GLACIER_IR')
  expect(await blobs.tiers()).toEqual({ warm: true, cold: 'at-once', recallHours: 0 })
  await blobs.setTier('tenant/originals/a', 'cold')
  expect(await blobs.place('tenant/originals/a')).toEqual({ tier: 'cold', read: 'at-once' })
  expect(s3Place({ storageClass: 'DEEP_ARCHIVE', restore: undefined }).read).toBe('archived')
})
