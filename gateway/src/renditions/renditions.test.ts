import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import {
  createSessions,
  createShare,
  openShare,
  readStudy,
  revokeShare,
  shareCookieName,
  studyImages,
  withTenant,
} from '@bitewing/db'
import { instances, keptRenditions } from '@bitewing/db/schema'
import { corpusPath } from '@bitewing/testbed'
import { eq } from 'drizzle-orm'
import { Registry } from 'prom-client'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { sequence, values, type DicomJson } from '../testing/dicom-json.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage } from '../testing/test-image.ts'
import type { TestPractice } from '../testing/test-practice.ts'
import { createApp } from '../app.ts'
import { createCdnAddress } from './cdn-address.ts'
import { makeLargeRenditions } from './make-large-renditions.ts'
import { makeRenditions } from './make-renditions.ts'
import { renditionKey, renditionName, renditionVersion, usualRenditions } from './rendition.ts'

let gateway: TestGateway
let token: string
let tenantId: string
let practice: TestPractice
/** An X-ray of 400 columns and 560 rows or the other way round: read from its own metadata. */
let xray: { path: string; width: number; height: number }
let video: string
let pdf: string
let model: string
let multiFrame: string
let burnedIn: string

beforeAll(async () => {
  gateway = await startTestGateway()
  practice = await gateway.practice('north')
  tenantId = practice.id
  token = await practice.token(['read', 'write'])
  const corpus = async (name: string) => store(await readFile(corpusPath(name)))
  const path = await corpus('dental/wrapped/io_bitewing_8bit_jpegls.dcm')
  const [metadata] = (await (await ask(`${path}/metadata`, 'application/json')).json()) as DicomJson[]
  xray = {
    path,
    width: Number(values(metadata, '00280011')[0]),
    height: Number(values(metadata, '00280010')[0]),
  }
  video = await corpus('transfer-syntax/video/mpeg4_hp41.dcm')
  pdf = await corpus('documents/encapsulated/referral_letter_pdf.dcm')
  model = await corpus('documents/encapsulated/dental_surface_stl.dcm')
  multiFrame = await corpus('transfer-syntax/rle/OBXXXX1A_rle_2frame.dcm')
  burnedIn = await store(testImage({ grey: 200, side: 64, attributes: { '00280301': ['CS', 'YES'] } }).file)
})
afterAll(() => gateway.stop())

async function store(file: Uint8Array): Promise<string> {
  const { path, init } = storeBody([file])
  const response = await gateway.request(path, { ...init, as: token })
  const [url] = sequence((await response.json()) as DicomJson, '00081199').flatMap((item) =>
    values(item, '00081190'),
  )
  return String(url).replace('http://gateway.test/dicom-web', '')
}
const ask = (path: string, Accept = 'image/jpeg', headers: Record<string, string> = {}) =>
  gateway.request(`/dicom-web${path}`, { as: token, headers: { Accept, ...headers } })
const renditionPath = (path: string, rest: string) =>
  `/renditions/${path.replace(/^\/studies\/|\/(?:series|instances)(?=\/)/g, '')}/${rest}`
const rendition = (path: string, rest: string, headers: Record<string, string> = {}) =>
  gateway.request(renditionPath(path, rest), { as: token, headers })
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

async function sizeOf(response: Response) {
  expect(response.status, await response.clone().text()).toBe(200)
  const { format, width, height } = await sharp(await bytesOf(response)).metadata()
  return { format, width, height }
}

test.each([
  ['jpg', 'jpeg', 'image/jpeg'],
  ['webp', 'webp', 'image/webp'],
  ['avif', 'heif', 'image/avif'],
  ['png', 'png', 'image/png'],
])('renditions as %s in every size, never larger than the source', async (type, format, mediaType) => {
  for (const size of ['50', '200', '512', '1024', 'full']) {
    const response = await rendition(xray.path, `1/${size}.${type}`)
    expect(response.headers.get('Content-Type')).toBe(mediaType)
    const width = size === 'full' ? xray.width : Math.min(Number(size), xray.width)
    const square = size === '50' || size === '200'
    const got = await sizeOf(response)
    expect([got.format, got.width]).toEqual([format, width])
    if (square) expect(got.height).toBe(got.width)
    else expect(Math.abs((got.height ?? 0) - (width * xray.height) / xray.width)).toBeLessThanOrEqual(1)
  }
})

test('a JPEG rendition is progressive (SOF2), and has a strong ETag, a length and ranges', async () => {
  const response = await rendition(xray.path, '1/512.jpg')
  const bytes = await bytesOf(response)
  expect(bytes.includes(Buffer.from([0xff, 0xc2]))).toBe(true)
  expect(response.headers.get('Content-Length')).toBe(String(bytes.length))
  const ETag = response.headers.get('ETag') ?? ''
  expect(ETag).toMatch(/^"[^"]+"$/)
  expect((await rendition(xray.path, '1/512.jpg', { 'If-None-Match': ETag })).status).toBe(304)
  expect((await rendition(xray.path, '1/200.jpg', { 'If-None-Match': ETag })).status).toBe(200)
  const part = await rendition(xray.path, '1/512.jpg', { Range: 'bytes=0-1' })
  expect([part.status, (await bytesOf(part)).toString('hex')]).toEqual([206, 'ffd8'])
  expect(response.headers.get('Content-Security-Policy')).toContain('sandbox')
  expect(response.headers.get('Cache-Control')).toBe('private, no-cache')
})

test('a rendition is made once and then comes from the object store, where it lies encrypted', async () => {
  const image = testImage({ side: 128, grey: 77 })
  const path = await store(image.file)
  const { pixels, objectStore } = gateway.system
  const { render } = pixels
  let renders = 0
  pixels.render = (request) => {
    renders++
    return render(request)
  }
  const kept = async () => {
    const names: string[] = []
    for await (const name of objectStore.list(tenantId, 'renditions/')) names.push(name)
    return names.filter((name) => name.endsWith('/1/full.jpg')).length
  }
  const keptBefore = await kept()
  try {
    // many who ask at once wait for the same one
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => rendition(path, '1/full.jpg').then(bytesOf)),
    )
    expect(new Set(answers.map((bytes) => bytes.toString('base64'))).size).toBe(1)
    // one who looked just before it was kept may make it a second time
    expect(renders).toBeLessThanOrEqual(2)
    const made = renders
    // answers leave before the rendition is kept
    await expect.poll(kept, { timeout: 50_000 }).toBe(keptBefore + 1)
    expect((await bytesOf(await rendition(path, '1/full.jpg'))).equals(answers[0] ?? Buffer.alloc(0))).toBe(
      true,
    )
    expect(renders).toBe(made)
  } finally {
    pixels.render = render
  }
  const files = (await readdir(gateway.storeFolder, { recursive: true })).filter(
    (name) => name.includes('renditions') && name.endsWith('.sealed'),
  )
  expect(files.length).toBeGreaterThan(0)
  for (const name of files) {
    const raw = await readFile(join(gateway.storeFolder, name))
    // long enough never to be there by chance
    for (const beginning of ['ffd8ffe000104a46', '89504e470d0a1a0a', '57454250565038'])
      expect(raw.includes(Buffer.from(beginning, 'hex')), name).toBe(false)
  }
})

test('a viewport is made once, and one with a name written into it is never kept', async () => {
  const path = await store(testImage({ side: 90, grey: 12 }).file)
  const { pixels } = gateway.system
  const { render } = pixels
  let renders = 0
  pixels.render = (request) => {
    renders++
    return render(request)
  }
  const names = () =>
    withTenant(gateway.system.db, tenantId, async (tx) => (await tx.select().from(keptRenditions)).length)
  const before = await names()
  try {
    const viewport = () => ask(`${path}/rendered?viewport=33,33`).then(bytesOf)
    const first = await viewport()
    await expect.poll(names).toBe(before + 1)
    expect((await viewport()).equals(first)).toBe(true)
    expect(renders).toBe(1)
    for (let time = 0; time < 2; time++)
      await ask(`${path}/rendered?viewport=33,33&annotation=patient`).then(bytesOf)
    expect(renders).toBe(3)
    expect(await names()).toBe(before + 1)
  } finally {
    pixels.render = render
  }
})

test('a damaged rendition in the store is made anew', async () => {
  const path = await store(testImage({ side: 40, grey: 99 }).file)
  const first = await bytesOf(await rendition(path, '1/full.png'))
  const { objectStore, pixels } = gateway.system
  const { getBytes } = objectStore
  const { render } = pixels
  let renders = 0
  pixels.render = (request) => {
    renders++
    return render(request)
  }
  objectStore.getBytes = (object, range) =>
    object.name.startsWith('renditions/')
      ? Promise.reject(new Error('damaged'))
      : getBytes.call(objectStore, object, range)
  try {
    // those who ask while the first is being kept share it
    const again = async () => (await bytesOf(await rendition(path, '1/full.png'))).equals(first)
    await expect.poll(async () => (await again()) && renders > 0).toBe(true)
  } finally {
    objectStore.getBytes = getBytes
    pixels.render = render
  }
})

test('a picture in memory is given to nobody but who may see it, and to them as long as it is there', async () => {
  const { file, study, series, instance } = testImage({ side: 48, grey: 55 })
  const path = await store(file)
  const { objectStore } = gateway.system
  const { getBytes } = objectStore
  const first = await bytesOf(await rendition(path, '1/512.jpg'))
  let reads = 0
  objectStore.getBytes = async (object, range) => {
    const bytes = await getBytes.call(objectStore, object, range)
    if (bytes && object.name.endsWith('1/512.jpg')) reads++
    return bytes
  }
  try {
    // kept after the answer; read once, then not again
    await expect
      .poll(async () => ((await bytesOf(await rendition(path, '1/512.jpg'))).equals(first) ? reads : -1))
      .toBeGreaterThan(0)
    const before = reads
    for (let time = 0; time < 3; time++) {
      expect((await bytesOf(await rendition(path, '1/512.jpg'))).equals(first)).toBe(true)
    }
    expect(reads).toBe(before)

    const other = await gateway.practice('memory')
    const stranger = await other.token(['read', 'write'])
    const asked = (as: string) => gateway.request(renditionPath(path, '1/512.jpg'), { as })
    expect((await asked(stranger)).status).toBe(404)
    // the same names in another practice, of other bytes
    const theirs = testImage({ side: 48, grey: 200, study, series, instance })
    const { path: stow, init } = storeBody([theirs.file])
    expect((await gateway.request(stow, { ...init, as: stranger })).status).toBe(200)
    expect((await bytesOf(await asked(stranger))).equals(first)).toBe(false)
    expect((await bytesOf(await asked(token))).equals(first)).toBe(true)

    const deleting = await practice.token(['delete'])
    expect(
      (await gateway.request(`/dicom-web/studies/${study}`, { method: 'DELETE', as: deleting })).status,
    ).toBe(204)
    expect((await asked(token)).status).toBe(410)
    expect((await asked(stranger)).status).toBe(200)
  } finally {
    objectStore.getBytes = getBytes
  }
})

test.each([
  ['1/51.jpg', 404],
  ['1/200.gif', 404],
  ['1/200.jpg.exe', 404],
  ['1/201', 404],
  ['2/200.jpg', 404], // one frame
  ['0/200.jpg', 400],
  ['x/200.jpg', 400],
  ['1/constructor.toString', 404],
  ['1/200.toString', 404],
])('a rendition that is none: %s is %i', async (rest, status) => {
  expect((await rendition(xray.path, rest)).status).toBe(status)
})

test('without a type the client decides by its Accept; AVIF only where it is there already', async () => {
  const typeOf = async (Accept: string) => {
    const response = await rendition(path, '1/1024', { Accept })
    expect(response.headers.get('Vary')).toContain('Accept')
    return response.headers.get('Content-Type')
  }
  const path = await store(testImage({ side: 48, grey: 30 }).file)
  const browser = 'image/avif,image/webp,image/*,*/*;q=0.8'
  expect(await typeOf('*/*')).toBe('image/jpeg')
  expect(await typeOf('image/webp;q=0.2, image/png')).toBe('image/png')
  expect(await typeOf(browser)).toBe('image/webp')
  const named = await rendition(path, '1/1024.avif')
  expect(named.headers.get('Content-Type')).toBe('image/avif')
  await expect.poll(() => typeOf(browser)).toBe('image/avif')
  expect((await rendition(path, '1/1024', { Accept: 'text/html' })).status).toBe(406)
})

test('only staff keep a rendition for good, and only by an address that names its content', async () => {
  const path = await store(testImage({ side: 48, grey: 31 }).file)
  const cookie = { Cookie: await practice.cookie('dentist') }
  const held = await withTenant(gateway.system.db, tenantId, (tx) =>
    tx
      .select({ sha256: instances.fileSha256 })
      .from(instances)
      .where(eq(instances.sopInstanceUid, path.split('/').at(-1) ?? '')),
  )
  const [{ sha256 } = { sha256: Buffer.alloc(0) }] = held
  const key = renditionKey(sha256)
  const caching = async (rest: string, init: RequestInit & { as?: string }) => {
    const response = await gateway.request(renditionPath(path, rest), init)
    expect(response.status).toBe(200)
    return response.headers.get('Cache-Control')
  }
  const once = 'private, no-cache'
  expect(await caching(`1/200.webp?k=${key}`, { headers: cookie })).toBe(
    'private, max-age=31536000, immutable',
  )
  expect(await caching('1/200.webp', { headers: cookie })).toBe(once)
  expect(await caching(`1/200.webp?k=${renditionKey(sha256, 1)}`, { headers: cookie })).toBe(once)
  expect(await caching(`1/200.webp?k=${key}`, { as: token })).toBe(once)

  // what a share showed must be gone when the share is revoked
  const { system } = gateway
  const made = await createShare(system.db, {
    tenantId,
    studyInstanceUid: path.split('/')[2] ?? '',
    createdBy: (await practice.user('owner')).id,
    recipient: '',
    expiresAt: new Date(Date.now() + 60_000),
  })
  const opened = made && (await openShare(system.db, made.token))
  if (!opened) throw new Error('no share')
  const shared = await gateway.request(`/s/${opened.shareId}${renditionPath(path, `1/200.webp?k=${key}`)}`, {
    headers: { Cookie: `${shareCookieName}=${opened.cookieValue}` },
  })
  expect([shared.status, shared.headers.get('Cache-Control')]).toEqual([200, once])
  expect(shared.headers.get('Link')).toContain(`</s/${opened.shareId}/dicom-web/studies/`)
})

test('a preview says that it is one, where the original is, and what it is called on a disk', async () => {
  const response = await rendition(xray.path, '1/512.webp')
  expect(response.headers.get('Content-Disposition')).toBe('inline; filename="preview-512.webp"')
  expect(response.headers.get('Link')).toBe(
    `</dicom-web${xray.path}>; rel="original"; type="application/dicom"`,
  )
  const { xmp, exif } = await sharp(await bytesOf(response)).metadata()
  expect(xmp?.toString()).toContain('not for diagnosis')
  expect(exif).toBeUndefined()
})

test('renditions of an earlier version are made anew when somebody looks, and the earlier ones removed', async () => {
  const path = await store(testImage({ side: 48, grey: 32 }).file)
  const { db, objectStore } = gateway.system
  const own = eq(instances.sopInstanceUid, path.split('/').at(-1) ?? '')
  const row = async () => {
    const [one] = await withTenant(db, tenantId, (tx) => tx.select().from(instances).where(own))
    if (!one) throw new Error('not stored')
    return one
  }
  const { id } = await row()
  const job = { tenantId, instanceId: id }
  const earlier = { tenantId, name: `renditions/${id}/1/1/200.webp` }
  await objectStore.put(earlier, Readable.from([Buffer.from('earlier')]))
  await withTenant(db, tenantId, (tx) =>
    tx.update(instances).set({ renditionState: 'made', renditionVersion: 1 }).where(own),
  )
  const queued = async () => {
    const { rows } = await db.client.query(
      `SELECT 1 FROM pgboss.job WHERE name = 'make-renditions' AND data->>'instanceId' = $1`,
      [id],
    )
    return rows.length
  }
  const before = await queued()
  expect((await rendition(path, '1/200.webp')).status).toBe(200)
  await rendition(path, '1/512.webp')
  await expect.poll(queued).toBe(before + 1)

  await makeRenditions(gateway.system, job)
  expect(await row()).toMatchObject({ renditionState: 'made', renditionVersion })
  expect(await objectStore.head(earlier)).toBeNull()
  const made: string[] = []
  let bytes = 0
  for await (const name of objectStore.list(tenantId, `renditions/${id}/`)) {
    made.push(name)
    bytes += (await objectStore.head({ tenantId, name }))?.bytes ?? 0
  }
  expect(made.toSorted()).toEqual(
    usualRenditions('other')
      .map(([size, type]) => renditionName(id, 1, size, type))
      .toSorted(),
  )
  const { renditionBytes, placeholder } = await row()
  expect(renditionBytes).toBe(bytes)
  expect((await sharp(placeholder ?? Buffer.alloc(0)).metadata()).width).toBeLessThanOrEqual(24)

  // what pages put into their addresses and show first
  const summary = await withTenant(db, tenantId, async (tx) =>
    readStudy(tx, (await row()).studyId, { imagesMax: 5 }),
  )
  const [image] = summary?.images ?? []
  expect(image?.renditionKey).toBe(renditionKey((await row()).fileSha256))
  expect(image?.placeholder).toBe(placeholder?.toString('base64'))

  // those that nobody waits for, once
  await makeLargeRenditions(gateway.system, job)
  expect(await objectStore.head({ tenantId, name: renditionName(id, 1, '1024', 'avif') })).not.toBeNull()
  expect((await row()).renditionBytes).toBeGreaterThan(bytes)
})

test('what cannot be shown says why: 406 for colours that are not used any more, 404 without pixel data', async () => {
  const retired = await store(testImage({ attributes: { '00280004': ['CS', 'HSV'] } }).file)
  for (const response of [await rendition(retired, '1/200.jpg'), await ask(`${retired}/rendered`)]) {
    expect(response.status, response.headers.get('Content-Type') ?? '').toBe(406)
    expect(response.headers.get('Content-Type')).toBe('application/problem+json')
    expect(response.headers.get('ETag')).toBeNull()
    expect(((await response.json()) as { title: string }).title).toMatch(/cannot be shown: .+/)
  }
  for (const response of [await rendition(pdf, '1/200.jpg'), await ask(`${model}/rendered`)]) {
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ type: 'urn:bitewing:problem:no-pixel-data' })
  }
})

test('rendered is JPEG by default, in all of its pixels, and PNG, GIF, WebP and AVIF on request', async () => {
  const { width, height } = xray
  for (const [Accept, format, mediaType] of [
    ['', 'jpeg', 'image/jpeg'],
    ['*/*', 'jpeg', 'image/jpeg'],
    ['image/*', 'jpeg', 'image/jpeg'],
    ['image/png', 'png', 'image/png'],
    ['image/gif', 'gif', 'image/gif'],
    ['image/webp', 'webp', 'image/webp'],
    ['image/avif', 'heif', 'image/avif'],
    ['image/tiff, image/png;q=0.4, image/gif;q=0.3', 'png', 'image/png'],
  ] as const) {
    const response = await ask(`${xray.path}/rendered`, Accept)
    expect(response.headers.get('Content-Type')).toBe(mediaType)
    expect(await sizeOf(response)).toEqual({ format, width, height })
  }
  expect((await sizeOf(await ask(`${xray.path}/rendered?accept=image/png`))).format).toBe('png')
  expect((await ask(`${xray.path}/rendered`, 'image/tiff')).status).toBe(406)
  expect((await ask(`${xray.path}/rendered`, 'application/dicom')).status).toBe(406)
})

// PS3.18 §8.3.5.1.3: the viewport is filled, the aspect ratio kept.
test('rendered fits the viewport, larger or smaller than the source', async () => {
  for (const side of [100, 1000]) {
    const { width = 0, height = 0 } = await sizeOf(
      await ask(`${xray.path}/rendered?viewport=${side},${side}`),
    )
    expect(Math.max(width, height)).toBe(side)
    expect(Math.abs(width / height - xray.width / xray.height)).toBeLessThan(0.02)
  }
})

test('rendered takes a region, a window and a quality, and each has an ETag of its own', async () => {
  const at = async (query: string) => {
    const response = await ask(`${xray.path}/rendered?viewport=60,60${query}`, 'image/png')
    expect(response.status, query).toBe(200)
    return { etag: response.headers.get('ETag'), bytes: (await bytesOf(response)).toString('base64') }
  }
  const plain = await at('')
  const variants = [
    await at(',0,0,80,80'),
    await at(',0,0,-80,80'),
    await at(',0,0,80,-80'),
    await at('&window=100,20,linear'),
  ]
  expect(new Set([plain, ...variants].map(({ bytes }) => bytes)).size).toBe(5)
  expect(new Set([plain, ...variants].map(({ etag }) => etag)).size).toBe(5)
  expect(
    (await ask(`${xray.path}/rendered?viewport=60,60`, 'image/png', { 'If-None-Match': plain.etag ?? '' }))
      .status,
  ).toBe(304)
  const low = await bytesOf(await ask(`${xray.path}/rendered?quality=10`))
  const high = await bytesOf(await ask(`${xray.path}/rendered?quality=95`))
  expect(low.length).toBeLessThan(high.length / 2)
})

test.each([
  'viewport=100',
  'viewport=0,100',
  'viewport=a,b',
  'viewport=100,100,1',
  'viewport=100,100,0,0,0,10',
  'viewport=99999,99999',
  'viewport=100,100,100000,0,10,10',
  'window=100',
  'window=100,20',
  'annotation=name',
  'iccprofile=rommrgb',
  'window=100,0,linear',
  'window=100,20,cubic',
  'window=,,linear',
  'quality=0',
  'quality=101',
  'quality=x',
])('400 for rendered?%s', async (query) => {
  const response = await ask(`${xray.path}/rendered?${query}`)
  expect(response.status).toBe(400)
  expect(response.headers.get('Content-Type')).toBe('application/problem+json')
})

test('frames are rendered by number; past the last is 404', async () => {
  const [one, two] = [
    await ask(`${multiFrame}/frames/1/rendered`),
    await ask(`${multiFrame}/frames/2/rendered`),
  ]
  expect((await bytesOf(one)).equals(await bytesOf(two))).toBe(false)
  expect((await ask(`${multiFrame}/frames/3/rendered`)).status).toBe(404)
  expect((await ask(`${multiFrame}/frames/0/rendered`)).status).toBe(400)
  expect((await sizeOf(await rendition(multiFrame, '2/50.webp'))).width).toBe(50)
})

test('a thumbnail at every level, as OHIF asks for it', async () => {
  const { path } = xray
  for (const level of [
    path,
    path.replace(/\/instances.*/, ''),
    path.replace(/\/series.*/, ''),
    `${path}/frames/1`,
  ]) {
    const { format, width = 0, height = 0 } = await sizeOf(await ask(`${level}/thumbnail?viewport=256%2C256`))
    expect([format, Math.max(width, height)]).toEqual(['jpeg', 256])
  }
  expect((await ask(`${path}/thumbnail`)).headers.get('Content-Security-Policy')).toContain('sandbox')
})

// PS3.18 §10.4.3.3.4: no patient-identifying information.
test('a thumbnail of a document, a burned-in annotation or an unknown capture is an icon; a photograph is shown, and of a video its first picture', async () => {
  const shown = async (path: string) => {
    const { channels } = await sharp(await bytesOf(await ask(`${path}/thumbnail`, 'image/png'))).stats()
    return channels.slice(0, 3).some(({ max }) => max > 190)
  }
  const open = await store(testImage({ grey: 200, side: 64 }).file)
  const capture = { '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.7'], '00280301': ['CS', ''] } as const
  const secondary = await store(testImage({ grey: 200, side: 64, attributes: capture }).file)
  const photograph = await store(await readFile(corpusPath('dental/wrapped/photo_intraoral_jpeg.dcm')))
  for (const path of [open, photograph, video]) expect(await shown(path)).toBe(true)
  for (const path of [burnedIn, secondary, pdf]) expect(await shown(path)).toBe(false)
  const again = (await ask(`${pdf}/thumbnail`, 'image/png')).headers.get('ETag') ?? ''
  expect((await ask(`${pdf}/thumbnail`, 'image/png', { 'If-None-Match': again })).status).toBe(304)
})

test('lists say what a document or report calls itself', async () => {
  const title = {
    '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.104.1'],
    '00420010': ['ST', ' Lettre, Dr Roy '],
  } as const
  const titled = testImage({ attributes: title })
  await store(titled.file)
  await store(testImage({ attributes: { '00080016': title['00080016'] } }).file)
  await store(await readFile(corpusPath('documents/sr/sr.dcm')))
  const titles = await withTenant(gateway.system.db, practice.id, async (tx) => {
    const studies = await tx.selectDistinct({ id: instances.studyId }).from(instances)
    const ids = studies.map(({ id }) => id)
    return [...(await studyImages(tx, ids, 500)).values()].flat().map(({ kind, title }) => ({ kind, title }))
  })
  expect(titles).toContainEqual({ kind: 'document', title: 'Lettre, Dr Roy' })
  expect(titles).toContainEqual({ kind: 'report', title: 'Imaging Measurement Report' })
  expect(titles).toContainEqual({ kind: 'document', title: 'Referral letter' }) // of `pdf`
  expect(titles).toContainEqual({ kind: 'document', title: null })
  for (const { kind, title } of titles) if (kind !== 'document' && kind !== 'report') expect(title).toBeNull()
})

describe('with a CDN in front', () => {
  const key = randomBytes(32)
  const cdn = createCdnAddress({ url: 'https://cdn.example', key })
  let app: ReturnType<typeof createApp>
  let cookie: string
  beforeAll(async () => {
    app = createApp({ ...gateway.system, metrics: new Registry(), cdn })
    cookie = await practice.cookie('dentist')
  })
  const pathOf = (size: string) => {
    const [, , of, , its, , one] = xray.path.split('/')
    return `/renditions/${of}/${its}/${one}/1/${size}`
  }
  const asPicture = { 'Sec-Fetch-Dest': 'image', 'Sec-Fetch-Mode': 'no-cors' }
  const get = (path: string, headers: Record<string, string> = {}) =>
    app.request(`http://gateway.test${path}`, { headers })

  test('a page of staff is sent there for what is made, by an address that works without a cookie', async () => {
    const path = pathOf('1024.webp')
    const made = Buffer.from(await (await get(path, { Cookie: cookie })).arrayBuffer())
    // kept after it was answered, in its own time
    await expect
      .poll(async () => (await get(path, { Cookie: cookie, ...asPicture })).status, { timeout: 30_000 })
      .toBe(302)
    const sent = await get(path, { Cookie: cookie, ...asPicture })
    expect(sent.headers.get('Cache-Control')).toBe('private, no-store')
    const address = new URL(sent.headers.get('Location') ?? '')
    expect(address.origin).toBe('https://cdn.example')
    expect(address.href).not.toContain(xray.path.split('/')[2]) // no UID leaves

    const given = await get(address.pathname + address.search)
    expect(given.status).toBe(200)
    expect(given.headers.get('Content-Type')).toBe('image/webp')
    expect(given.headers.get('Cache-Control')).toMatch(/^public, max-age=([1-5]?\d|60)$/)
    expect(Buffer.from(await given.arrayBuffer()).equals(made)).toBe(true)
  })

  test('an expired, altered or unsigned address is refused, and one of another practice is nowhere', async () => {
    const [row] = await withTenant(gateway.system.db, tenantId, (tx) =>
      tx
        .select({ id: instances.id })
        .from(instances)
        .where(eq(instances.sopInstanceUid, xray.path.split('/')[6] ?? '')),
    )
    const name = renditionName(row?.id ?? '', 1, '1024', 'webp')
    const at = (seconds: number, of = { tenantId, name }) => {
      const { pathname, search } = new URL(cdn.of(of, new Date(Date.now() + seconds * 1000)))
      return pathname + search
    }
    expect((await get(at(0))).status).toBe(200)
    expect((await get(at(-61))).status).toBe(403)
    expect((await get(at(0).replace('1024', '2048'))).status).toBe(403)
    expect((await get(at(0).replace(/\?.*/, ''))).status).toBe(403)
    expect((await get(at(0).replace(/\?.*/, ''), { Cookie: cookie })).status).toBe(403)
    const other = await gateway.practice('elsewhere')
    expect((await get(at(0, { tenantId: other.id, name }))).status).toBe(404)
    // signed by whoever has the key, but no rendition: originals are never reached this way
    expect((await get(at(0, { tenantId, name: `originals/${row?.id}` }))).status).toBe(404)
  })

  // what was handed out lives for a minute; nothing else may outlive the right to it
  test('a share is never sent there and ends at once; of staff who were sent there nothing is left after a minute', async () => {
    const { system } = gateway
    const path = pathOf('1024.webp')
    const made = await createShare(system.db, {
      tenantId,
      studyInstanceUid: xray.path.split('/')[2] ?? '',
      createdBy: (await practice.user('owner')).id,
      recipient: '',
      expiresAt: new Date(Date.now() + 3_600_000),
    })
    const opened = made && (await openShare(system.db, made.token))
    if (!opened) throw new Error('no share')
    const shared = () =>
      get(`/s/${opened.shareId}${path}`, {
        Cookie: `${shareCookieName}=${opened.cookieValue}`,
        ...asPicture,
      })
    const before = await shared()
    expect([before.status, before.headers.get('Cache-Control')]).toEqual([200, 'private, no-cache'])
    await before.arrayBuffer()
    await revokeShare(system.db, { tenantId, shareId: opened.shareId })
    expect((await shared()).status).toBe(401)

    const leaving = await practice.cookie('dentist')
    const asStaff = () => get(path, { Cookie: leaving, ...asPicture })
    const address = new URL((await asStaff()).headers.get('Location') ?? '')
    const given = () => get(address.pathname + address.search)
    await createSessions({ db: system.db, secure: false }).close(leaving.split('=')[1] ?? '')
    // a session is remembered for half a second
    await expect.poll(async () => (await asStaff()).status).toBe(401)
    const last = await given()
    await last.arrayBuffer()
    const kept = Number(/^public, max-age=(\d+)$/.exec(last.headers.get('Cache-Control') ?? '')?.[1])
    expect(kept).toBeLessThanOrEqual(60)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    try {
      expect((await given()).status).toBe(403)
      expect((await get(address.pathname + address.search, { 'If-None-Match': '*' })).status).toBe(403)
    } finally {
      vi.useRealTimers()
    }
  })

  test('tokens, scripts, and what is not made yet are answered here; so is everybody without a CDN', async () => {
    const path = pathOf('200.webp')
    expect((await get(path, { Authorization: `Bearer ${token}`, ...asPicture })).status).toBe(200)
    expect((await get(path, { Cookie: cookie })).status).toBe(200)
    expect((await get(path, { Cookie: cookie, ...asPicture, 'Sec-Fetch-Mode': 'cors' })).status).toBe(200)
    expect((await get(pathOf('2048.png'), { Cookie: cookie, ...asPicture })).status).toBe(200)
    const without = await gateway.request(path, { headers: { Cookie: cookie, ...asPicture } })
    expect(without.status).toBe(200)
    const { pathname, search } = new URL(cdn.of({ tenantId, name: 'renditions/a/2/1/50.webp' }))
    expect((await gateway.request(pathname + search)).status).not.toBe(200)
  })
})
