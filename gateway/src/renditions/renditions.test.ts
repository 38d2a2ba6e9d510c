import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { corpusPath } from '@bitewing/testbed'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sequence, values, type DicomJson } from '../testing/dicom-json.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage } from '../testing/test-image.ts'

let gateway: TestGateway
let token: string
let tenantId: string
/** An X-ray of 400 columns and 560 rows or the other way round: read from its own metadata. */
let xray: { path: string; width: number; height: number }
let video: string
let pdf: string
let model: string
let multiFrame: string
let burnedIn: string

beforeAll(async () => {
  gateway = await startTestGateway()
  const practice = await gateway.practice('north')
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
    await expect.poll(kept, { timeout: 10_000 }).toBe(keptBefore + 1)
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
    for (const magic of ['ffd8ff', '89504e47', '52494646'])
      expect(raw.includes(Buffer.from(magic, 'hex')), name).toBe(false)
  }
})

test('a damaged rendition in the store is made anew', async () => {
  const path = await store(testImage({ side: 40, grey: 99 }).file)
  const first = await bytesOf(await rendition(path, '1/full.png'))
  const { objectStore } = gateway.system
  const { get } = objectStore
  objectStore.get = async (object, range) => {
    const found = await get(object, range)
    if (found && object.name.startsWith('renditions/')) found.stream.destroy(new Error('damaged'))
    return found
  }
  try {
    expect((await bytesOf(await rendition(path, '1/full.png'))).equals(first)).toBe(true)
  } finally {
    objectStore.get = get
  }
})

test.each([
  ['1/51.jpg', 404],
  ['1/200.gif', 404],
  ['1/200.jpg.exe', 404],
  ['1/200', 404],
  ['2/200.jpg', 404], // one frame
  ['0/200.jpg', 400],
  ['x/200.jpg', 400],
  ['1/constructor.toString', 404],
  ['1/200.toString', 404],
])('a rendition that is none: %s is %i', async (rest, status) => {
  expect((await rendition(xray.path, rest)).status).toBe(status)
})

test('what cannot be shown says why: 406 for video, 404 without pixel data', async () => {
  for (const response of [await rendition(video, '1/200.jpg'), await ask(`${video}/rendered`)]) {
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
test('a thumbnail of a document, a burned-in annotation, an unknown capture or a video is an icon', async () => {
  const shown = async (path: string) => {
    const { channels } = await sharp(await bytesOf(await ask(`${path}/thumbnail`, 'image/png'))).stats()
    return channels.slice(0, 3).some(({ max }) => max > 190)
  }
  const open = await store(testImage({ grey: 200, side: 64 }).file)
  const capture = { '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.7'], '00280301': ['CS', ''] } as const
  const secondary = await store(testImage({ grey: 200, side: 64, attributes: capture }).file)
  expect(await shown(open)).toBe(true)
  for (const path of [burnedIn, secondary, pdf, video]) expect(await shown(path)).toBe(false)
  const again = (await ask(`${pdf}/thumbnail`, 'image/png')).headers.get('ETag') ?? ''
  expect((await ask(`${pdf}/thumbnail`, 'image/png', { 'If-None-Match': again })).status).toBe(304)
})
