import { gzipSync } from 'node:zlib'
import { withTenant } from '@bitewing/db'
import { instances, series, seriesMetadata } from '@bitewing/db/schema'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { values, type DicomJson } from '../testing/dicom-json.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import type { TestPractice } from '../testing/test-practice.ts'
import { newUid, testImage, type TestImage } from '../testing/test-image.ts'

let gateway: TestGateway
let practice: TestPractice
let token: string

beforeAll(async () => {
  gateway = await startTestGateway({ PUBLIC_URL: '' })
  practice = await gateway.practice('north')
  token = await practice.token(['read', 'write', 'delete'])
})
afterAll(() => gateway.stop())

async function store(...images: TestImage[]) {
  const { path, init } = storeBody(images.map(({ file }) => file))
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
}

test('without PUBLIC_URL, ever other Host headers make no ever other kept rows, and each gets its own addresses', async () => {
  const image = testImage()
  await store(image)
  const { db } = gateway.system
  // the series has come to rest
  await withTenant(db, practice.id, (tx) => tx.update(series).set({ updatedAt: new Date(0) }))
  const ask = async (host: string) => {
    const response = await gateway.request(
      `/dicom-web/studies/${image.study}/series/${image.series}/metadata`,
      { as: token, headers: { Host: host } },
    )
    expect(response.status).toBe(200)
    const [one] = (await response.json()) as DicomJson[]
    expect(one && values(one, '00080018')).toEqual([image.instance])
    expect(one?.['7FE00010']?.BulkDataURI).toContain(`http://${host}/dicom-web/`)
  }
  for (let host = 0; host < 12; host++) await ask(`host-${host}.test`)
  const rows = await withTenant(db, practice.id, (tx) => tx.select().from(seriesMetadata))
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.length).toBeLessThanOrEqual(4)
  await ask('host-11.test')
  await ask('host-0.test')
})

test('what is kept is served as it is, until the series grows', async () => {
  const image = testImage()
  await store(image)
  const { db } = gateway.system
  const rest = () => withTenant(db, practice.id, (tx) => tx.update(series).set({ updatedAt: new Date(0) }))
  await rest()
  const ask = async () => {
    const response = await gateway.request(
      `/dicom-web/studies/${image.study}/series/${image.series}/metadata`,
      { as: token },
    )
    return ((await response.json()) as DicomJson[]).map((one) => values(one, '00080018')[0])
  }
  expect(await ask()).toEqual([image.instance])
  await withTenant(db, practice.id, (tx) =>
    tx.update(seriesMetadata).set({ gzip: gzipSync('[{"00080018":{"vr":"UI","Value":["kept"]}}]') }),
  )
  expect(await ask()).toEqual(['kept'])

  const another = testImage({ study: image.study, series: image.series })
  await store(another)
  expect((await ask()).sort()).toEqual([image.instance, another.instance].sort())
})

// A study of 20,000 instances has hundreds of megabytes of it. That what is deleted meanwhile is missing shows that it
// was not read before.
test.each([
  ['application/dicom+json', /"SOP (\d)"/g],
  ['multipart/related; type="application/dicom+xml"', />SOP (\d)</g],
])('metadata of a study is read as the client reads it, and stays well-formed: %s', async (accept, names) => {
  const study = newUid()
  const images = Array.from({ length: 4 }, (_, index) =>
    testImage({
      study,
      attributes: { '00080050': ['SH', `SOP ${index}`], '00200011': ['IS', String(index)] },
    }),
  )
  await store(...images)
  // as if each were of three megabytes
  await withTenant(gateway.system.db, practice.id, (tx) =>
    tx
      .update(instances)
      .set({
        metadata: sql`left(${instances.metadata}, -1) || ',"00204000":{"vr":"LT","Value":["' || repeat('x', 3000000) || '"]}}'`,
      })
      .where(sql`study_id = (SELECT id FROM studies WHERE study_instance_uid = ${study})`),
  )
  const response = await gateway.request(`/dicom-web/studies/${study}/metadata`, {
    as: token,
    headers: { Accept: accept },
  })
  expect(response.status).toBe(200)
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
  const chunks = [Buffer.from((await reader.read()).value ?? [])]
  const gone = `/dicom-web${images[3]?.path ?? ''}`
  expect((await gateway.request(gone, { as: token, method: 'DELETE' })).status).toBe(204)
  for (let next = await reader.read(); !next.done; next = await reader.read())
    chunks.push(Buffer.from(next.value))
  const text = Buffer.concat(chunks).toString()
  expect([...text.matchAll(names)].map(([, index]) => index)).toEqual(['0', '1', '2'])
  if (accept.endsWith('json')) expect(JSON.parse(text)).toHaveLength(3)
  else expect(text.trimEnd().endsWith('--')).toBe(true)
})
