import { readFile, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { closeDatabase, connectDatabase } from '@bitewing/db'
import { corpusPath, dcmtk, temporaryFolder, type TemporaryFolder } from '@bitewing/testbed'
import { api } from 'dicomweb-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseInstance } from '../dicom/parse-instance.ts'
import { collect } from '../dicom/testing.ts'
import { frameIndex } from '../dicom/frame-index.ts'
import { readFrame } from '../dicom/read-frame.ts'
import { sequence, values, type DicomJson } from '../testing/dicom-json.ts'
import { FetchXhr } from '../testing/fetch-xhr.ts'
import { readParts } from '../testing/read-parts.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { newUid, testImage, type TestImage } from '../testing/test-image.ts'

let gateway: TestGateway
let token: string
let folder: TemporaryFolder
const study = newUid()
const series = newUid()
const slices: TestImage[] = [1, 2, 3].map((number) =>
  testImage({ study, series, grey: number, attributes: { '00200013': ['IS', String(number)] } }),
)
const paths = new Map<string, string>()

const files = {
  implicit: 'transfer-syntax/implicit-le/MR_small_implicit.dcm',
  bigEndian: 'transfer-syntax/explicit-be/SC_rgb_expb_16bit_2frame.dcm',
  rle: 'transfer-syntax/rle/OBXXXX1A_rle_2frame.dcm',
  lossless: 'transfer-syntax/jpeg-lossless-sv1/JPGLosslessP14SV1_1s_1f_8b.dcm',
  process14:
    'transfer-syntax/jpeg-lossless-p14/CTImage.dcm_JPEGProcess14TransferSyntax_1.2.840.10008.1.2.4.57.dcm',
  jls: 'transfer-syntax/jpeg-ls-lossless/emri_small_jpeg_ls_lossless.dcm',
  video: 'transfer-syntax/video/mpeg4_hp41.dcm',
  pdf: 'documents/encapsulated/referral_letter_pdf.dcm',
} as const
type Name = keyof typeof files

beforeAll(async () => {
  folder = await temporaryFolder('wado')
  gateway = await startTestGateway()
  token = await (await gateway.practice('north')).token(['read', 'write'])
  for (const [name, file] of Object.entries(files))
    paths.set(name, await store(await readFile(corpusPath(file))))
  for (const { file } of slices) await store(file)
})
afterAll(async () => {
  await gateway.stop()
  await folder.remove()
})

async function store(file: Uint8Array): Promise<string> {
  const { path, init } = storeBody([file])
  const response = await gateway.request(path, { ...init, as: token })
  const [url] = sequence((await response.json()) as DicomJson, '00081199').flatMap((item) =>
    values(item, '00081190'),
  )
  expect(response.status).toBe(200)
  return String(url).replace('http://gateway.test/dicom-web', '')
}

const get = (path: string, headers: Record<string, string> = {}) =>
  gateway.request(`/dicom-web${path}`, { as: token, headers })
const pathOf = (name: Name) => paths.get(name) ?? ''
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())
const explicitLittleEndian = '1.2.840.10008.1.2.1'

async function dataSetOf(file: Buffer) {
  const source = {
    bytes: file.length,
    read: (start: number, end: number) => Promise.resolve(file.subarray(start, end)),
  }
  const parsed = await parseInstance(source)
  const index = parsed.pixelData ? await frameIndex(source, parsed) : null
  const frames: Buffer[] = []
  for (let number = 1; index && number <= index.frames; number++) {
    const frame = readFrame(source, index, number)
    if (frame) frames.push(await collect(frame.stream()))
  }
  return { transferSyntax: parsed.encoding.transferSyntaxUid, frames }
}

test.each(['rle', 'lossless', 'jls', 'video', 'pdf'] as const)(
  'leaves as stored, byte for byte, when any transfer syntax is taken: %s',
  async (name) => {
    const stored = await readFile(corpusPath(files[name]))
    const alone = await get(pathOf(name), { Accept: 'application/dicom; transfer-syntax=*' })
    expect((await bytesOf(alone)).equals(stored)).toBe(true)
    expect(alone.headers.get('Content-Length')).toBe(String(stored.length))
    const [part] = await readParts(
      await get(pathOf(name), { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' }),
    )
    expect(part?.bytes.equals(stored)).toBe(true)
    expect(part?.headers.get('content-type')).toMatch(/^application\/dicom; transfer-syntax=1\.2\.840\.10008/)
  },
)

// PS3.18 §8.7.3: whatever is asked for, these two never leave.
test.each(['implicit', 'bigEndian'] as const)('never leaves as stored: %s', async (name) => {
  for (const Accept of ['application/dicom; transfer-syntax=*', 'application/dicom', '*/*']) {
    const response = await get(pathOf(name), { Accept })
    const file = Accept === '*/*' ? (await readParts(response))[0]?.bytes : await bytesOf(response)
    expect((await dataSetOf(file ?? Buffer.alloc(0))).transferSyntax).toBe(explicitLittleEndian)
  }
  for (const uid of ['1.2.840.10008.1.2', '1.2.840.10008.1.2.2']) {
    expect((await get(pathOf(name), { Accept: `application/dicom; transfer-syntax=${uid}` })).status).toBe(
      406,
    )
  }
  // its pixels are DCMTK's
  const target = join(folder.path, `${name}.dcm`)
  expect((await dcmtk('dcmconv', ['+te', corpusPath(files[name]), target])).code).toBe(0)
  const ours = await dataSetOf(await bytesOf(await get(pathOf(name), { Accept: 'application/dicom' })))
  const theirs = await dataSetOf(await readFile(target))
  expect(ours.frames.length).toBe(theirs.frames.length)
  expect(ours.frames.every((frame, at) => frame.equals(theirs.frames[at] ?? Buffer.alloc(0)))).toBe(true)
})

// 8.7.3.5.2: a client that names no transfer syntax gets what every client reads.
test.each([
  ['rle', 'dcmdrle', ['+te']],
  ['lossless', 'dcmdjpeg', ['+te']],
  ['process14', 'dcmdjpeg', ['+te']],
  ['jls', 'dcmdjpls', ['+te']],
] as const)(
  'decoded to Explicit VR Little Endian as DCMTK decodes it, whole and by frame: %s',
  async (name, program, args) => {
    const target = join(folder.path, `${name}-decoded.dcm`)
    const { code, stderr } = await dcmtk(program, [...args, corpusPath(files[name]), target])
    expect(code, stderr).toBe(0)
    const theirs = await dataSetOf(await readFile(target))

    const response = await get(pathOf(name), { Accept: 'application/dicom' })
    expect(response.headers.get('Content-Type')).toBe(
      `application/dicom; transfer-syntax=${explicitLittleEndian}`,
    )
    const file = await bytesOf(response)
    expect(response.headers.get('Content-Length')).toBe(String(file.length))
    const ours = await dataSetOf(file)
    expect(ours.transferSyntax).toBe(explicitLittleEndian)
    expect(ours.frames.map((frame) => frame.length)).toEqual(theirs.frames.map((frame) => frame.length))
    expect(ours.frames.every((frame, at) => frame.equals(theirs.frames[at] ?? Buffer.alloc(0)))).toBe(true)

    const list = theirs.frames.map((_, at) => at + 1).join(',')
    const parts = await readParts(
      await get(`${pathOf(name)}/frames/${list}`, {
        Accept: 'multipart/related; type="application/octet-stream"',
      }),
    )
    expect(parts.length).toBe(theirs.frames.length)
    for (const [at, { bytes, headers }] of parts.entries()) {
      expect(headers.get('content-type')).toBe(
        `application/octet-stream; transfer-syntax=${explicitLittleEndian}`,
      )
      expect(bytes.equals(theirs.frames[at] ?? Buffer.alloc(0))).toBe(true)
    }
    // and the result is a file that DCMTK reads
    const made = join(folder.path, `${name}-ours.dcm`)
    await writeFile(made, file)
    expect((await dcmtk('dcmdump', ['+E', made])).code).toBe(0)
  },
)

test('transfer syntaxes are negotiated: the stored one, the decoded one, 406 for another; video leaves as it is', async () => {
  const status = async (name: Name, syntax: string) =>
    (await get(pathOf(name), { Accept: `application/dicom; transfer-syntax=${syntax}` })).status
  expect(await status('rle', '1.2.840.10008.1.2.5')).toBe(200)
  expect(await status('rle', explicitLittleEndian)).toBe(200)
  expect(await status('rle', '1.2.840.10008.1.2.4.50')).toBe(406)
  const second = await get(pathOf('rle'), {
    Accept:
      'application/dicom; transfer-syntax=1.2.840.10008.1.2.4.50, application/dicom; transfer-syntax=1.2.840.10008.1.2.5; q=0.5',
  })
  expect(second.headers.get('Content-Type')).toBe('application/dicom; transfer-syntax=1.2.840.10008.1.2.5')
  const video = await get(pathOf('video'), { Accept: 'application/dicom' })
  expect([video.status, video.headers.get('Content-Type')]).toEqual([
    200,
    'application/dicom; transfer-syntax=1.2.840.10008.1.2.4.102',
  ])
})

test('frames as stored, in every form in which viewers ask for them', async () => {
  const [item] = (await dataSetOf(await readFile(corpusPath(files.rle)))).frames
  for (const Accept of [
    'multipart/related; type=application/octet-stream; transfer-syntax=*', // Cornerstone
    'multipart/related; type="application/octet-stream"; transfer-syntax="*"', // OHIF
    'application/dicom+json, multipart/related; type="application/octet-stream"; transfer-syntax=*',
    'multipart/related; type="image/x-dicom-rle"', // dicomweb-client
    'multipart/related; type="image/dicom-rle"; transfer-syntax=1.2.840.10008.1.2.5',
    'MULTIPART/RELATED;TYPE="APPLICATION/OCTET-STREAM";TRANSFER-SYNTAX=*',
  ]) {
    const response = await get(`${pathOf('rle')}/frames/1`, { Accept })
    expect(response.status, Accept).toBe(200)
    const raw = await response.clone().arrayBuffer()
    expect(Buffer.from(raw).subarray(0, 1000).toString('latin1')).toMatch(
      /\r\nContent-Type: [a-z/-]+; transfer-syntax=1\.2\.840\.10008\.1\.2\.5\r\n/,
    )
    const [part] = await readParts(response)
    expect(part?.bytes.equals(item ?? Buffer.alloc(0))).toBe(true)
  }
})

test.each([
  ['frames/3', 404],
  ['frames/1,3', 404],
  ['frames/0', 400],
  ['frames/x', 400],
  ['frames/1,', 400],
  ['frames/1,2', 200],
  ['frames/2,1', 200],
])('%s of an instance of two frames: %i', async (rest, status) => {
  expect((await get(`${pathOf('rle')}/${rest}`)).status).toBe(status)
})

test('frames of what has none are 404, and unacceptable types are 406', async () => {
  expect((await get(`${pathOf('pdf')}/frames/1`)).status).toBe(404)
  for (const Accept of [
    'image/png',
    'text/html',
    'multipart/related; type="image/jpx"',
    'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.50',
  ]) {
    expect((await get(`${pathOf('rle')}/frames/1`, { Accept })).status, Accept).toBe(406)
  }
  expect((await get(pathOf('rle'), { Accept: 'image/jpeg' })).status).toBe(406)
  expect((await get(`/studies/${study}`, { Accept: 'application/dicom' })).status).toBe(406) // many do not fit in one part
  expect((await get(pathOf('rle'), { Accept: 'application/dicom, image/png' })).status).toBe(400)
  expect((await get(`${pathOf('rle')}?accept=*/*`)).status).toBe(400)
})

// PS3.18 §8.6.1.2, Table 8.6.1-1
test('every part of instances and frames names what it is of', async () => {
  const locations = async (path: string, type: string) =>
    (await readParts(await get(path, { Accept: `multipart/related; type="${type}"` }))).map(({ headers }) =>
      headers.get('content-location')?.replace('http://gateway.test/dicom-web', ''),
    )
  const paths = slices.map(({ path }) => path)
  expect(await locations(`/studies/${study}/series/${series}`, 'application/dicom')).toEqual(paths)
  expect(await locations(paths[0] ?? '', 'application/dicom')).toEqual([paths[0]])
  const frames = `${paths[1] ?? ''}/frames`
  expect(await locations(`${frames}/1`, 'application/octet-stream')).toEqual([`${frames}/1`])
  expect(await locations(`${frames}/1,1`, 'application/octet-stream')).toEqual([`${frames}/1`, `${frames}/1`])
})

test('a series and a study are their instances in order, with the length known before', async () => {
  for (const path of [`/studies/${study}`, `/studies/${study}/series/${series}`]) {
    const response = await get(path, {
      Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*',
    })
    const parts = await readParts(response.clone())
    expect(parts.map(({ bytes }) => bytes.toString('base64'))).toEqual(
      slices.map(({ file }) => file.toString('base64')),
    )
    expect(response.headers.get('Content-Length')).toBe(String((await response.arrayBuffer()).byteLength))
    expect(response.headers.get('Content-Security-Policy')).toContain('sandbox')
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff')
  }
})

// a study may have 20,000 instances: with their metadata and indexes in memory, one request could stop the gateway
test('files of a study or series leave as stored without their metadata coming from Postgres', async () => {
  const superuser = connectDatabase(gateway.database.superuserUrl, 1)
  const larger = (by: string) =>
    superuser.client.query(
      `UPDATE instances i SET metadata = ${by} FROM studies s WHERE s.id = i.study_id AND s.study_instance_uid = $1`,
      [study],
    )
  const sockets = new Map<unknown, { from: number; socket: Socket }>()
  const noteSocket = (client: unknown) => {
    const { stream: socket } = (client as { connection: { stream: Socket } }).connection // not in its types
    if (!sockets.has(client)) sockets.set(client, { from: socket.bytesRead, socket })
  }
  const { client: pool } = gateway.system.db
  pool.on('acquire', noteSocket)
  await larger(`metadata || repeat(' ', 3000000)`)
  try {
    for (const path of [`/studies/${study}`, `/studies/${study}/series/${series}`]) {
      const response = await get(path, {
        Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*',
      })
      expect(await readParts(response)).toHaveLength(3)
    }
    const read = [...sockets.values()].map(({ from, socket }) => socket.bytesRead - from)
    expect(read.length).toBeGreaterThan(0)
    expect(Math.max(...read)).toBeLessThan(1_000_000)
  } finally {
    pool.off('acquire', noteSocket)
    await larger('rtrim(metadata)')
    await closeDatabase(superuser)
  }
})

test('ranges of an instance, a frame and a bulk value: 206, 416, If-Range, and the whole for what makes no sense', async () => {
  const [{ path, file } = testImage()] = slices
  const pixels = file.subarray(-256)
  for (const [url, Accept, whole] of [
    [path, 'application/dicom; transfer-syntax=*', file],
    [`${path}/frames/1`, 'application/octet-stream', pixels],
    [`${path}/bulkdata/7FE00010`, 'application/octet-stream', pixels],
  ] as const) {
    const full = await get(url, { Accept })
    const ETag = full.headers.get('ETag') ?? ''
    expect((await bytesOf(full)).equals(whole)).toBe(true)
    expect(full.headers.get('Accept-Ranges')).toBe('bytes')
    const ask = async (Range: string, more: Record<string, string> = {}) => {
      const response = await get(url, { Accept, Range, ...more })
      return [
        response.status,
        response.headers.get('Content-Range'),
        (await bytesOf(response)).toString('base64'),
      ]
    }
    const part = (start: number, end: number) => [
      206,
      `bytes ${start}-${end}/${whole.length}`,
      whole.subarray(start, end + 1).toString('base64'),
    ]
    const entire = [200, null, whole.toString('base64')]
    expect(await ask('bytes=10-19')).toEqual(part(10, 19))
    expect(await ask('bytes=200-')).toEqual(part(200, whole.length - 1))
    expect(await ask('bytes=-16')).toEqual(part(whole.length - 16, whole.length - 1))
    expect(await ask('bytes=100-999999')).toEqual(part(100, whole.length - 1))
    expect((await ask(`bytes=${whole.length}-`)).slice(0, 2)).toEqual([416, `bytes */${whole.length}`])
    expect(await ask('bytes=5-2')).toEqual(entire)
    expect(await ask('bytes=0-1,4-5')).toEqual(entire)
    expect(await ask('items=0-1')).toEqual(entire)
    expect(await ask('bytes=10-19', { 'If-Range': ETag })).toEqual(part(10, 19))
    expect(await ask('bytes=10-19', { 'If-Range': '"other"' })).toEqual(entire)
  }
})

test('what a client holds already is 304: instance, frame, bulk value, metadata', async () => {
  const [{ path } = testImage()] = slices
  for (const [url, Accept] of [
    [path, 'application/dicom; transfer-syntax=*'],
    [`${path}/frames/1`, '*/*'],
    [`${path}/bulkdata/7FE00010`, '*/*'],
    [`${path}/metadata`, '*/*'],
    [`/studies/${study}/metadata`, '*/*'],
    [`/studies/${study}/series/${series}/metadata`, '*/*'],
  ] as const) {
    const ETag = (await get(url, { Accept })).headers.get('ETag') ?? ''
    expect(ETag, url).toMatch(/^(W\/)?"[^"]+"$/)
    const again = await get(url, { Accept, 'If-None-Match': `"x", ${ETag}` })
    expect([again.status, (await again.arrayBuffer()).byteLength]).toEqual([304, 0])
    expect((await get(url, { Accept, 'If-None-Match': '"x"' })).status).toBe(200)
  }
  const other = await get(path, {
    Accept: 'application/dicom; transfer-syntax=*',
    'If-None-Match':
      (await get(slices[1]?.path ?? '', { Accept: 'application/dicom; transfer-syntax=*' })).headers.get(
        'ETag',
      ) ?? '',
  })
  expect(other.status).toBe(200)
})

test('metadata: all but bulk, tags ascending, at each level, plain and gzip, before and after it is kept', async () => {
  const url = `/studies/${study}/series/${series}/metadata`
  const plain = JSON.parse(await (await get(url)).text()) as DicomJson[]
  expect(plain.map((one) => values(one, '00080018')[0])).toEqual(slices.map(({ instance }) => instance))
  for (const one of plain) {
    expect(Object.keys(one)).toEqual(Object.keys(one).sort())
    expect(Object.keys(one).filter((tag) => tag.startsWith('0002') || tag.endsWith('0000'))).toEqual([])
    expect(values(one, '00080005')).toEqual(['ISO_IR 192'])
    expect(values(one, '00280010')).toEqual([16])
  }
  const zipped = await get(url, { 'Accept-Encoding': 'gzip, br' })
  expect(zipped.headers.get('Content-Encoding')).toBe('gzip')
  expect(zipped.headers.get('Vary')).toContain('Accept-Encoding')
  expect(JSON.parse(gunzipSync(await bytesOf(zipped)).toString())).toEqual(plain)
  expect(zipped.headers.get('ETag')).not.toBe((await get(url)).headers.get('ETag'))
  expect(await (await get(`/studies/${study}/metadata`)).json()).toEqual(plain)
  expect(await (await get(`${slices[1]?.path ?? ''}/metadata`)).json()).toEqual([plain[1]])

  // a series that has come to rest is kept; it must not hide an instance that comes later
  await new Promise((resolve) => setTimeout(resolve, 3200))
  for (const time of [1, 2]) expect(await (await get(url)).json(), String(time)).toEqual(plain)
  const late = testImage({ study, series: newUid(), attributes: { '00200011': ['IS', '9'] } })
  await store(late.file)
  const grown = testImage({
    study,
    series: late.series,
    attributes: { '00200011': ['IS', '9'], '00200013': ['IS', '2'] },
  })
  const before = await get(`/studies/${study}/series/${late.series}/metadata`)
  expect(await before.json()).toHaveLength(1)
  await store(grown.file)
  const after = await get(`/studies/${study}/series/${late.series}/metadata`, {
    'If-None-Match': before.headers.get('ETag') ?? '',
  })
  expect(await after.json()).toHaveLength(2)
})

test('each BulkDataURI of the metadata is absolute and gives the value', async () => {
  const [metadata] = (await (await get(`${pathOf('pdf')}/metadata`)).json()) as DicomJson[]
  const uri = metadata?.['00420011']?.BulkDataURI ?? ''
  expect(uri).toBe(`http://gateway.test/dicom-web${pathOf('pdf')}/bulkdata/00420011`)
  const [part] = await readParts(
    await get(uri.replace('http://gateway.test/dicom-web', ''), { Accept: '*/*' }),
  )
  expect(part?.bytes.subarray(0, 5).toString()).toBe('%PDF-')
  expect(part?.headers.get('content-location')).toBe(uri)
  expect((await get(`${pathOf('pdf')}/bulkdata/00420012`)).status).toBe(404)
  expect((await get(`${pathOf('pdf')}/bulkdata/../../etc`)).status).toBe(404)
})

type Uids = { studyInstanceUID: string; seriesInstanceUID: string; sopInstanceUID: string }
type BrowserClient = {
  storeInstances(options: { datasets: ArrayBuffer[] }): Promise<unknown>
  searchForStudies(options: { queryParams: Record<string, string> }): Promise<unknown[]>
  searchForSeries(options: Pick<Uids, 'studyInstanceUID'>): Promise<unknown[]>
  searchForInstances(options: Pick<Uids, 'studyInstanceUID'>): Promise<unknown[]>
  retrieveStudyMetadata(options: Uids): Promise<unknown[]>
  retrieveSeriesMetadata(options: Uids): Promise<unknown[]>
  retrieveInstanceMetadata(options: Uids): Promise<unknown>
  retrieveInstance(options: Uids): Promise<ArrayBuffer>
  retrieveSeries(options: Uids): Promise<ArrayBuffer[]>
  retrieveInstanceFrames(options: Uids & { frameNumbers: number[] }): Promise<ArrayBuffer[]>
  retrieveBulkData(options: { BulkDataURI: string }): Promise<ArrayBuffer[]>
  retrieveInstanceRendered(
    options: Uids & { mediaTypes: { mediaType: string }[] },
  ): Promise<ArrayBuffer | ArrayBuffer[]>
}
// its own types, made from comments, ask for options that its code and its documentation call optional
const BrowserClient = api.DICOMwebClient as unknown as new (options: {
  url: string
  headers: Record<string, string>
  verbose: boolean
}) => BrowserClient

test("dicomweb-client, the browsers' client, stores, searches and retrieves", async () => {
  const url = await gateway.serve()
  Object.assign(globalThis, { XMLHttpRequest: FetchXhr })
  const client = new BrowserClient({
    url: `${url}/dicom-web`,
    headers: { Authorization: `Bearer ${token}` },
    verbose: false,
  })
  const image = testImage({ attributes: { '00100010': ['PN', 'Dicomweb^Client'] } })
  const uids = {
    studyInstanceUID: image.study,
    seriesInstanceUID: image.series,
    sopInstanceUID: image.instance,
  }
  const buffer = (bytes: Buffer) => new Uint8Array(bytes).buffer

  await client.storeInstances({ datasets: [buffer(image.file), buffer(testImage().file)] })
  const studies = await client.searchForStudies({ queryParams: { PatientName: 'dicomweb*' } })
  expect(studies).toHaveLength(1)
  expect(await client.searchForSeries({ studyInstanceUID: image.study })).toHaveLength(1)
  expect(await client.searchForInstances({ studyInstanceUID: image.study })).toHaveLength(1)
  expect(await client.retrieveStudyMetadata(uids)).toHaveLength(1)
  expect(await client.retrieveSeriesMetadata(uids)).toHaveLength(1)
  expect(await client.retrieveInstanceMetadata(uids)).toBeDefined()
  const instance = await client.retrieveInstance(uids)
  expect(Buffer.from(instance).equals(image.file)).toBe(true)
  const frames = await client.retrieveInstanceFrames({ ...uids, frameNumbers: [1] })
  expect(Buffer.from(frames[0] ?? new ArrayBuffer(0)).equals(image.file.subarray(-256))).toBe(true)
  expect(await client.retrieveSeries(uids)).toHaveLength(1)
  const bulk = await client.retrieveBulkData({
    BulkDataURI: `${url}/dicom-web${image.path}/bulkdata/7FE00010`,
  })
  expect(Buffer.from(bulk[0] ?? new ArrayBuffer(0)).equals(image.file.subarray(-256))).toBe(true)
  const rendered = await client.retrieveInstanceRendered({
    ...uids,
    mediaTypes: [{ mediaType: 'image/png' }],
  })
  const picture = Array.isArray(rendered) ? (rendered[0] ?? new ArrayBuffer(0)) : rendered
  expect(Buffer.from(picture).subarray(1, 4).toString()).toBe('PNG')
  await expect(client.retrieveSeriesMetadata({ ...uids, seriesInstanceUID: '1.2.3' })).rejects.toMatchObject({
    status: 404,
  })
})
