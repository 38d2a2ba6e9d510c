import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { closeDatabase, connectDatabase } from '@bitewing/db'
import { corpusPath } from '@bitewing/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditDetails } from '../testing/audit-details.ts'
import { sequence, values, type DicomJson } from '../testing/dicom-json.ts'
import { readParts } from '../testing/read-parts.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { newUid, testImage } from '../testing/test-image.ts'

let gateway: TestGateway
let token: string
const study = newUid()
const series = newUid()
const slices = [1, 2, 3].map((grey) =>
  testImage({ study, series, grey, attributes: { '00200013': ['IS', String(grey)] } }),
)
let rle = ''
let pdf = ''
let video = ''

beforeAll(async () => {
  gateway = await startTestGateway()
  token = await (await gateway.practice('north')).token(['read', 'write'])
  for (const { file } of slices) await store(file)
  rle = await store(await readFile(corpusPath('transfer-syntax/rle/OBXXXX1A_rle_2frame.dcm')))
  pdf = await store(await readFile(corpusPath('documents/encapsulated/referral_letter_pdf.dcm')))
  video = await store(await readFile(corpusPath('transfer-syntax/video/mpeg4_hp41.dcm')))
})
afterAll(() => gateway.stop())

async function store(file: Uint8Array): Promise<string> {
  const { path, init } = storeBody([file])
  const response = await gateway.request(path, { ...init, as: token })
  const [stored] = sequence((await response.json()) as DicomJson, '00081199')
  return String(values(stored, '00081190')[0]).replace('http://gateway.test/dicom-web', '')
}
const get = (path: string, headers: Record<string, string> = {}) =>
  gateway.request(`/dicom-web${path}`, { as: token, headers })
const multipart = 'multipart/related; type="application/octet-stream"'
const levels = [`/studies/${study}`, `/studies/${study}/series/${series}`]

// PS3.18 §10.4.3.3.5: all bulk data of the resource, each under the URI of the metadata.
test('bulk data of a study, a series and an instance: every BulkDataURI of the metadata, and its bytes', async () => {
  for (const path of [...levels, slices[1]?.path ?? '', rle, pdf]) {
    const metadata = (await (await get(`${path}/metadata`)).json()) as DicomJson[]
    const uris = metadata.flatMap((one) => Object.values(one).flatMap(({ BulkDataURI }) => BulkDataURI ?? []))
    const parts = await readParts(await get(`${path}/bulkdata`, { Accept: multipart }))
    expect(uris.length).toBeGreaterThan(0)
    expect(new Set(parts.map(({ headers }) => headers.get('content-location')))).toEqual(new Set(uris))
    if (path === rle) continue // decoded here, below as stored
    for (const { headers, bytes } of parts) {
      const uri = headers.get('content-location') ?? ''
      const alone = await get(uri.replace('http://gateway.test/dicom-web', ''), {
        Accept: 'application/octet-stream',
      })
      expect(Buffer.from(await alone.arrayBuffer()).equals(bytes)).toBe(true)
    }
  }
})

// PS3.18 §10.4.4, Note 2: an older way to say it.
test('instances asked for as application/octet-stream are their bulk data', async () => {
  for (const path of [...levels, slices[1]?.path ?? '']) {
    const bulk = await get(`${path}/bulkdata`, { Accept: multipart })
    const instances = await get(path, { Accept: multipart })
    expect(instances.status).toBe(200)
    expect(instances.headers.get('Content-Type')).toBe(bulk.headers.get('Content-Type'))
    expect(Buffer.from(await instances.arrayBuffer()).equals(Buffer.from(await bulk.arrayBuffer()))).toBe(
      true,
    )
  }
  const first = await get(levels[0] ?? '', {
    Accept: `multipart/related; type="application/dicom", ${multipart}`,
  })
  expect(first.headers.get('Content-Type')).toContain('application/dicom')
  await first.body?.cancel()
})

// PS3.18 §10.4.3.3.6
test('pixel data of a study, a series and an instance: each frame, as /frames gives it', async () => {
  for (const path of levels) {
    const parts = await readParts(await get(`${path}/pixeldata`, { Accept: multipart }))
    expect(parts.map(({ bytes }) => [bytes.length, bytes[0]])).toEqual([1, 2, 3].map((grey) => [256, grey]))
    expect(parts.map(({ headers }) => headers.get('content-location'))).toEqual(
      slices.map((one) => `http://gateway.test/dicom-web${one.path}/frames/1`),
    )
  }
  for (const Accept of [multipart, `${multipart}; transfer-syntax=*`]) {
    const whole = await readParts(await get(`${rle}/pixeldata`, { Accept }))
    const frames = await readParts(await get(`${rle}/frames/1,2`, { Accept }))
    expect(whole.map(({ headers }) => headers.get('content-type'))).toEqual(
      frames.map(({ headers }) => headers.get('content-type')),
    )
    expect(whole.map(({ bytes }) => bytes.toString('base64'))).toEqual(
      frames.map(({ bytes }) => bytes.toString('base64')),
    )
  }
})

test('what no decoder takes leaves as stored, and says so', async () => {
  const [part] = await readParts(await get(`${video}/pixeldata`, { Accept: multipart }))
  expect(part?.headers.get('content-type')).toContain('transfer-syntax=1.2.840.10008.1.2.4.102')
})

test('404 where there is no pixel data, 406 for a single part and for what cannot be given', async () => {
  const status = async (path: string, Accept: string) => (await get(path, { Accept })).status
  expect(await status(`${pdf}/pixeldata`, multipart)).toBe(404)
  expect(await status(`/studies/${newUid()}/bulkdata`, multipart)).toBe(404)
  for (const Accept of ['application/octet-stream', 'image/png', 'application/dicom+json']) {
    expect(await status(`/studies/${study}/bulkdata`, Accept), Accept).toBe(406)
  }
  expect(
    await status(`/studies/${study}/pixeldata`, `${multipart}; transfer-syntax=1.2.840.10008.1.2.4.50`),
  ).toBe(406)
  expect(await status(`/studies/${study}/pixeldata`, `${multipart}, image/png`)).toBe(400)
})

// Each part is described in memory before the first leaves: a file of a megabyte would end the process.
test('an instance of millions of tiny frames does not cost the memory of millions of parts', async () => {
  const one = (value: number) => Buffer.from([value, 0])
  const frames = 1024 * 1024 * 8
  const { file, path } = testImage({
    attributes: {
      '00280008': ['IS', String(frames)],
      '00280010': ['US', one(1)],
      '00280011': ['US', one(1)],
      '00280100': ['US', one(1)],
      '00280101': ['US', one(1)],
      '00280102': ['US', one(0)],
      '7FE00010': ['OW', Buffer.alloc(frames / 8)],
    },
  })
  await store(file)
  expect((await get(`${path}/pixeldata`, { Accept: multipart })).status).toBe(406)
  const [part] = await readParts(await get(`${path}/bulkdata`, { Accept: multipart }))
  expect(part?.bytes.length).toBe(frames / 8)
})

// PS3.18 §10.4.3.3.5 of a study that is as large as they come: what is known of its instances is never held together.
test('bulk data of many instances is read a few at a time, without their metadata, and leaves whole', async () => {
  const many = { study: newUid(), series: newUid() }
  const images = Array.from({ length: 12 }, (_, at) =>
    testImage({ ...many, grey: at, attributes: { '00200013': ['IS', String(at + 1)] } }),
  )
  const { path, init } = storeBody(images.map(({ file }) => file))
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
  const superuser = connectDatabase(gateway.database.superuserUrl, 1)
  await superuser.client.query(
    `UPDATE instances i SET metadata = metadata || repeat(' ', 3000000),
        bulk_index = bulk_index || jsonb_build_object('ballast',
          (SELECT string_agg(md5(i.id::text || n), '') FROM generate_series(1, 9000) AS n))
      FROM studies s WHERE s.id = i.study_id AND s.study_instance_uid = $1`,
    [many.study],
  )
  await closeDatabase(superuser)

  /** what came from Postgres each time that somebody had a connection */
  const read: number[] = []
  const from = new Map<unknown, number>()
  const bytesRead = (client: unknown) =>
    (client as { connection: { stream: Socket } }).connection.stream.bytesRead // not in its types
  const taken = (client: unknown) => void from.set(client, bytesRead(client))
  const givenBack = (_: unknown, client: unknown) =>
    void read.push(bytesRead(client) - (from.get(client) ?? bytesRead(client)))
  const { client: pool } = gateway.system.db
  pool.on('acquire', taken).on('release', givenBack)
  try {
    for (const level of [`/studies/${many.study}`, `/studies/${many.study}/series/${many.series}`]) {
      read.length = 0
      const parts = await readParts(await get(`${level}/bulkdata`, { Accept: multipart }))
      expect(parts.map(({ bytes }) => bytes[0])).toEqual(images.map((_, at) => at))
      // all of them, twice: for the length and for the bytes; never more than two of them at a time
      expect(read.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(2 * 12 * 280_000)
      expect(Math.max(...read)).toBeLessThan(2 * 300_000)
    }
    // nor is all of each read for the one that stands for them
    read.length = 0
    const thumbnail = await get(`/studies/${many.study}/thumbnail`, { Accept: 'image/jpeg' })
    expect([thumbnail.status, thumbnail.headers.get('Content-Type')]).toEqual([200, 'image/jpeg'])
    await thumbnail.arrayBuffer()
    expect(read.reduce((sum, each) => sum + each, 0)).toBeLessThan(3 * 3_300_000)
  } finally {
    pool.off('acquire', taken).off('release', givenBack)
  }
})

// RFC 9110 §13.1.5 and §14: the same representation has the same bytes, boundary included.
test('multipart answers have a length, an ETag and ranges: instances, frames, bulk data, pixel data', async () => {
  for (const [path, Accept] of [
    [`/studies/${study}`, 'multipart/related; type="application/dicom"; transfer-syntax=*'],
    [`/studies/${study}/bulkdata`, multipart],
    [`/studies/${study}/pixeldata`, multipart],
    [`${slices[0]?.path ?? ''}/frames/1`, multipart],
  ] as const) {
    const whole = await get(path, { Accept })
    const ETag = whole.headers.get('ETag') ?? ''
    const bytes = Buffer.from(await whole.arrayBuffer())
    expect([whole.headers.get('Content-Length'), whole.headers.get('Accept-Ranges')]).toEqual([
      String(bytes.length),
      'bytes',
    ])
    expect((await get(path, { Accept, 'If-None-Match': ETag })).status).toBe(304)
    const cuts = [0, 1, 70, Math.floor(bytes.length / 2), bytes.length - 3, bytes.length - 1]
    for (const start of cuts) {
      for (const end of cuts.filter((cut) => cut >= start)) {
        const part = await get(path, { Accept, Range: `bytes=${start}-${end}`, 'If-Range': ETag })
        expect([part.status, part.headers.get('Content-Range')]).toEqual([
          206,
          `bytes ${start}-${end}/${bytes.length}`,
        ])
        expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(start, end + 1))).toBe(true)
      }
    }
    expect((await get(path, { Accept, Range: `bytes=${bytes.length}-` })).status).toBe(416)
    expect((await get(path, { Accept, Range: 'bytes=0-1', 'If-Range': '"other"' })).status).toBe(200)
  }
})

test('an answer of other frames, or another form of them, has another ETag', async () => {
  const etags = new Set<string | null>()
  const asked = [
    ['frames/1', multipart],
    ['frames/2', multipart],
    ['frames/1,2', multipart],
    ['frames/1', `${multipart}; transfer-syntax=*`],
    ['frames/1', 'application/octet-stream'],
    ['pixeldata', multipart],
    ['bulkdata', multipart],
  ] as const
  for (const [path, Accept] of asked) etags.add((await get(`${rle}/${path}`, { Accept })).headers.get('ETag'))
  expect(etags.size).toBe(asked.length)
})

test('what leaves is counted in the audit event', async () => {
  const practice = await gateway.practice('counted')
  const own = await practice.token(['read', 'write'])
  const image = testImage()
  const { path, init } = storeBody([image.file])
  await gateway.request(path, { ...init, as: own })
  const response = await gateway.request(`/dicom-web${image.path}/pixeldata`, { as: own })
  await response.arrayBuffer()
  await gateway.system.audit.close()
  const closing = await auditDetails(gateway, practice.id, 'images.retrieved')
  expect(closing.at(-1)).toMatchObject({ closed: true, frames: 1, bytes: 256 })
})
