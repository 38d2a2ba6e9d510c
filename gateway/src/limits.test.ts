import { withTenant } from '@bitewing/db'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toGatewayError } from './expected-error.ts'
import { startTestGateway, type TestGateway } from './testing/start-test-gateway.ts'
import { storeBody } from './testing/store-body.ts'
import type { TestPractice } from './testing/test-practice.ts'
import { newUid, testImage } from './testing/test-image.ts'

/*
 * What one request or one credential may ask for is configuration; past it the answer is 413, or 429 with Retry-After.
 */

let gateway: TestGateway
let north: TestPractice
let token: string
let url: string
const image = testImage({ side: 2048 })

beforeAll(async () => {
  gateway = await startTestGateway({
    STOW_PARTS_MAX: '3',
    FRAMES_PER_REQUEST_MAX: '5',
    REQUESTS_PER_CREDENTIAL_MAX: '4',
    QUERY_TIMEOUT_MS: '1500',
  })
  north = await gateway.practice('north')
  token = await north.token(['read', 'write'])
  url = await gateway.serve()
  const { path, init } = storeBody([image.file])
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
})
afterAll(() => gateway.stop())

test('parts of a store request: 413 where nothing was stored, else what became of each', async () => {
  const study = newUid()
  const images = Array.from({ length: 4 }, () => testImage({ study }))
  const { path, init } = storeBody(images.map(({ file }) => file))
  expect([202, 413]).toContain((await gateway.request(path, { ...init, as: token })).status)
  const few = storeBody(images.slice(0, 3).map(({ file }) => file))
  expect((await gateway.request(few.path, { ...few.init, as: token })).status).toBe(200)
})

test('frames of one request, as stored and rendered: 413', async () => {
  for (const rest of ['frames/1,1,1,1,1,1', 'frames/1,1,1,1,1,1/rendered']) {
    const response = await gateway.request(`/dicom-web${image.path}/${rest}`, { as: token })
    expect([rest, response.status]).toEqual([rest, 413])
  }
  expect((await gateway.request(`/dicom-web${image.path}/frames/1,1,1,1,1`, { as: token })).status).toBe(200)
})

test('a search that takes too long is broken off by Postgres, and 413', async () => {
  const slow = withTenant(gateway.system.db, north.id, (tx) => tx.execute(sql`SELECT pg_sleep(20)`))
  const error = await slow.catch((reason: unknown) => reason)
  expect(toGatewayError(error)).toMatchObject({ code: 'asks-too-much' })
})

// Each counts until it is answered: four uploads that do not end are four requests under way.
test('requests at once of one credential: 429 with Retry-After, others are not touched, and it ends with the answer', async () => {
  const other = await north.token(['read'])
  const search = (as: string) =>
    fetch(`${url}/dicom-web/studies?limit=1`, { headers: { Authorization: `Bearer ${as}` } })
  const end = new AbortController()
  const uploads = Array.from({ length: 4 }, () => {
    const { path, init } = storeBody([testImage().file])
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => stream.enqueue(init.body.subarray(0, 100)), // and no more
    })
    const headers = { ...init.headers, Authorization: `Bearer ${token}` }
    return fetch(url + path, { ...init, headers, body, duplex: 'half', signal: end.signal }).catch(() => null)
  })
  await expect.poll(async () => (await search(token)).status, { timeout: 50_000 }).toBe(429)
  const refused = await search(token)
  expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, '5'])
  expect(await refused.json()).toMatchObject({ type: 'urn:bitewing:problem:too-many-requests' })
  expect((await search(other)).status).toBe(200)
  const feed = await fetch(`${url}/api/changes`, { headers: { Authorization: `Bearer ${token}` } })
  expect(feed.status).toBe(429)

  end.abort()
  await Promise.all(uploads)
  await expect.poll(async () => (await search(token)).status, { timeout: 50_000 }).toBe(200)
})
