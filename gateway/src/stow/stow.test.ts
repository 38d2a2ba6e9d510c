import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { withTenant } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { corpusPath } from '@bitewing/testbed'
import { eq } from 'drizzle-orm'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { corpusFiles } from '../dicom/testing.ts'
import { ObjectCorrupt, ObjectStoreAway } from '../object-store/object-errors.ts'
import { sequence, values, type DicomJson } from '../testing/dicom-json.ts'
import { heldThings } from '../testing/held-things.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { newUid, testImage, type TestImage } from '../testing/test-image.ts'
import type { TestPractice } from '../testing/test-practice.ts'

let gateway: TestGateway
let practice: TestPractice
let token: string

beforeAll(async () => {
  gateway = await startTestGateway({
    STOW_BODY_BYTES_MAX: '300000',
    STOW_INSTANCE_BYTES_MAX: '200000',
    STOW_MEMORY_BYTES_MAX: '100000', // so that larger files go through the spool
  })
  practice = await gateway.practice('north')
  token = await practice.token(['read', 'write'])
})
afterAll(() => gateway.stop())

const type = 'multipart/related; type="application/dicom"; boundary=b'

async function post(body: string | Uint8Array, headers: Record<string, string> = {}, path = '/studies') {
  return gateway.request(`/dicom-web${path}`, {
    as: token,
    method: 'POST',
    headers: { 'Content-Type': type, ...headers },
    body: new Uint8Array(Buffer.from(body)),
  })
}

async function store(files: readonly Uint8Array[], study?: string) {
  const { path, init } = storeBody(files, study ? { study } : {})
  const response = await gateway.request(path, { ...init, as: token })
  return { status: response.status, body: (await response.json()) as DicomJson }
}

/** The body of one or more parts, each with its header lines. */
function parts(...list: [header: string, bytes: Uint8Array][]): Buffer {
  return Buffer.concat([
    ...list.flatMap(([header, bytes]) => [Buffer.from(`\r\n--b\r\n${header}\r\n\r\n`), bytes]),
    Buffer.from('\r\n--b--\r\n'),
  ])
}
const dicom = 'Content-Type: application/dicom'

function failureReasons(body: DicomJson): unknown[] {
  return [...sequence(body, '00081198'), ...sequence(body, '0008119A')].flatMap((item) =>
    values(item, '00081197'),
  )
}

async function nothingStored(work: () => Promise<unknown>) {
  const before = await heldThings(gateway)
  await work()
  expect(await heldThings(gateway)).toEqual(before)
}

// PS3.18 §10.5.3.1, Tables 10.5.3-1 and I.1-1
test('all stored: 200, each instance named with its class and RetrieveURL, and the study with its own', async () => {
  const [study, series] = [newUid(), newUid()]
  const [a, b] = [testImage({ study, series }), testImage({ study, series })]
  const { status, body } = await store([a.file, b.file])
  expect(status).toBe(200)
  expect(sequence(body, '00081199').map((item) => values(item, '00081190')[0])).toEqual([
    `http://gateway.test/dicom-web${a.path}`,
    `http://gateway.test/dicom-web${b.path}`,
  ])
  expect(sequence(body, '00081199').flatMap((item) => values(item, '00081150'))).toEqual(
    Array(2).fill('1.2.840.10008.5.1.4.1.1.1.3'),
  )
  expect(values(body, '00081190')).toEqual([`http://gateway.test/dicom-web/studies/${study}`])
  expect(body['00081198']).toBeUndefined()
})

// PS3.18 Table 10.5.3-2
test('the answer names where what was stored is: one instance, one study, and nothing for several', async () => {
  const [one, two, other] = [testImage(), testImage(), testImage()]
  const sibling = testImage({ study: two.study })
  const locations = async (...images: TestImage[]) => {
    const { path, init } = storeBody(images.map(({ file }) => file))
    const { headers } = await gateway.request(path, { ...init, as: token })
    expect(headers.get('Content-Location')).toBe(headers.get('Location'))
    return headers.get('Location')
  }
  expect(await locations(one)).toBe(`http://gateway.test/dicom-web${one.path}`)
  expect(await locations(two, sibling)).toBe(`http://gateway.test/dicom-web/studies/${two.study}`)
  expect(await locations(two, other)).toBeNull()
})

// PS3.18 Table 10.5.3-1; the reason is of Table I.2-2
test('some stored: 202, and the answer says which failed and why', async () => {
  const good = testImage()
  const { status, body } = await store([good.file, Buffer.from('not a DICOM file at all')])
  expect(status).toBe(202)
  expect(sequence(body, '00081199')).toHaveLength(1)
  expect(failureReasons(body)).toEqual([0xc000])
})

test('identical again: 200, and held once', async () => {
  const { file } = testImage()
  await store([file])
  await nothingStored(async () => {
    expect((await store([file])).status).toBe(200)
    expect((await store([file, file])).status).toBe(200)
  })
})

test('the same instance many times at once is held once', async () => {
  const { file, study } = testImage()
  await gateway.fillArchive()
  const before = await heldThings(gateway)
  const answers = await Promise.all(Array.from({ length: 6 }, () => store([file, file])))
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200))
  await gateway.fillArchive()
  const after = await heldThings(gateway)
  expect(after.rows?.instances).toBe((before.rows?.instances ?? 0) + 1)
  expect(after.originals).toBe(before.originals + 1)
  expect(after.archive).toBe((before.archive ?? 0) + 1)
  const found = await gateway.request(`/dicom-web/studies?StudyInstanceUID=${study}`, { as: token })
  expect(values(((await found.json()) as DicomJson[])[0], '00201208')).toEqual([1])
})

test('a new study takes its attributes from the first instance of the request, though smaller ones come after it', async () => {
  const study = newUid()
  const described = (text: string, side: number) =>
    testImage({ study, side, attributes: { '00081030': ['LO', text] } }).file
  const stored = await store([
    described('first', 350), // through the spool, which takes longer
    ...Array.from({ length: 12 }, (_, n) => described(`later ${n}`, 16)),
  ])
  expect(stored.status).toBe(200)
  const found = await gateway.request(`/dicom-web/studies?StudyInstanceUID=${study}`, { as: token })
  expect(values(((await found.json()) as DicomJson[])[0] ?? {}, '00081030')).toEqual(['first'])
})

test('two requests that each begin with what the other has in its middle do not wait for each other', async () => {
  for (let round = 0; round < 10; round++) {
    const [large, small] = [testImage({ side: 350 }).file, testImage().file]
    const both = await Promise.all([store([large, small]), store([small, large])])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
  }
})

/** The same data set as another writer's file. */
const inOtherFile = (file: Buffer) => Buffer.concat([Buffer.alloc(128, 'x'), file.subarray(128)])

// Sameness is of the data set (design): other content under a held UID never replaces it.
test.each([
  ['in memory', 16],
  ['in the spool', 350],
])('the same data set in another file is the same, and held once: %s', async (_, side) => {
  const { file, study, series, instance } = testImage({ side })
  expect((await store([file])).status).toBe(200)
  const digests = () =>
    withTenant(gateway.system.db, practice.id, (tx) =>
      tx
        .select({ digest: instances.dataSetDigest })
        .from(instances)
        .where(eq(instances.sopInstanceUid, instance)),
    )
  expect(await digests()).toEqual([{ digest: null }])
  await nothingStored(async () => {
    expect((await store([inOtherFile(file)])).status).toBe(200)
    // read once for it
    expect(await digests()).toEqual([{ digest: expect.any(Buffer) as Buffer }])
    const other = testImage({ study, series, instance, side, grey: 7 }).file
    expect(failureReasons((await store([other])).body)).toEqual([0x0111])
    expect((await store([inOtherFile(file)])).status).toBe(200)
  })
})

test.each([
  ['away, it may come again: 503', new ObjectStoreAway('away'), true, 503],
  ['damaged, it is other content: 409', new ObjectCorrupt('damaged'), false, 409],
  ['the only one that cannot be read, it is other content: 409', new ObjectStoreAway('EIO'), false, 409],
])('another file under the UID of what is held, and that is %s', async (_, reason, isAway, status) => {
  const { file } = testImage()
  await store([file])
  const fails = () => Promise.reject(reason)
  const { system } = gateway
  const app = createApp({
    ...system,
    objectStore: { ...system.objectStore, get: fails, getBytes: fails, ...(isAway ? { check: fails } : {}) },
    metrics: new Registry(),
  })
  const again = async (bytes: Buffer) => {
    const { path, init } = storeBody([bytes])
    const headers = { ...Object.fromEntries(new Headers(init.headers)), Authorization: `Bearer ${token}` }
    return (await app.request(`http://gateway.test${path}`, { ...init, headers })).status
  }
  await nothingStored(async () => {
    expect(await again(file)).toBe(200) // the same to the byte: nothing to read
    expect(await again(inOtherFile(file))).toBe(status)
  })
  expect((await store([inOtherFile(file)])).status).toBe(200)
})

test('other content under a held SOP Instance UID: 0x0111, and the first stays', async () => {
  const first = testImage({ grey: 10 })
  await store([first.file])
  const { study, series, instance } = first
  await nothingStored(async () => {
    const { status, body } = await store([testImage({ study, series, instance, grey: 200 }).file])
    expect(status).toBe(409)
    expect(failureReasons(body)).toEqual([0x0111])
    expect(sequence(body, '00081198').flatMap((item) => values(item, '00081155'))).toEqual([instance])
  })
  const retrieved = await gateway.request(`/dicom-web${first.path}`, {
    as: token,
    headers: { Accept: 'application/dicom; transfer-syntax=*' },
  })
  expect(Buffer.from(await retrieved.arrayBuffer()).equals(first.file)).toBe(true)
})

const without = (tag: string) => testImage({ attributes: { [tag]: ['UI', ''] } }).file
test.each([
  ['another study than in the URL', () => testImage().file, 0xa901, newUid()],
  ['what is not DICOM', () => Buffer.alloc(4000, 'x'), 0xc000, undefined],
  ['an empty part', () => Buffer.alloc(0), 0xc000, undefined],
  ['a truncated file', () => testImage().file.subarray(0, -100), 0xc000, undefined],
  ['a file cut within its header', () => testImage().file.subarray(0, 300), 0xc000, undefined],
  ['no SOP Instance UID', () => without('00080018'), 0xa900, undefined],
  ['no Study Instance UID', () => without('0020000D'), 0xa900, undefined],
  [
    'a Study Instance UID that is a path',
    () => testImage({ study: '../../etc/passwd' }).file,
    0xa900,
    undefined,
  ],
  [
    'a file that begins as a ZIP archive does',
    () => Buffer.concat([Buffer.from('PK'), testImage().file.subarray(2)]),
    0x0110,
    undefined,
  ],
] as const)('refused with its reason, 409, nothing half-stored: %s', async (_, file, reason, study) => {
  await nothingStored(async () => {
    const { status, body } = await store([file()], study)
    expect(failureReasons(body)).toEqual([reason])
    expect(status).toBe(409)
  })
})

// PS3.18 Table I.2-2
test('a DICOMDIR is refused as no image: 0x0122', async () => {
  const path = corpusFiles().find((name) => /DICOMDIR$/.test(name))
  expect(path).toBeDefined()
  await nothingStored(async () => {
    const { status, body } = await store([await readFile(corpusPath(path ?? ''))])
    expect([status, failureReasons(body)]).toEqual([409, [0x0122]])
  })
})

test('a matching study UID in the URL is taken; one that is no UID is 400', async () => {
  const { study, file } = testImage()
  expect((await store([file], study)).status).toBe(200)
  expect((await post(parts([dicom, file]), {}, '/studies/abc')).status).toBe(400)
})

test.each([
  ['a body without the boundary', () => ({ body: Buffer.from('hello') })],
  [
    'a boundary other than the header names',
    () => ({ body: parts([dicom, testImage().file]), type: type.replace('=b', '=other') }),
  ],
  ['a body that ends within a part', () => ({ body: parts([dicom, testImage().file]).subarray(0, -60) })],
  [
    'a body that ends before the closing boundary',
    () => ({ body: parts([dicom, testImage().file]).subarray(0, -8) }),
  ],
  ['a body that ends in a header', () => ({ body: Buffer.from('--b\r\nContent-Ty') })],
  [
    'no boundary in the Content-Type',
    () => ({ body: parts([dicom, testImage().file]), type: 'multipart/related; type="application/dicom"' }),
  ],
  ['no parts', () => ({ body: Buffer.from('--b--\r\n') })],
  ['an empty body', () => ({ body: Buffer.alloc(0) })],
] as [string, () => { body: Buffer; type?: string }][])('400, nothing half-stored: %s', async (_, make) => {
  await nothingStored(async () => {
    const { body, type: contentType } = make()
    const response = await post(body, contentType ? { 'Content-Type': contentType } : {})
    expect(response.status).toBe(400)
    expect(response.headers.get('Content-Type')).toBe('application/problem+json')
  })
})

test('a body that breaks off behind a stored instance says both', async () => {
  const whole = testImage()
  const body = parts([dicom, whole.file], [dicom, testImage().file])
  const response = await post(body.subarray(0, -200))
  expect(response.status).toBe(202)
  const answer = (await response.json()) as DicomJson
  expect(sequence(answer, '00081199').flatMap((item) => values(item, '00081155'))).toEqual([whole.instance])
  expect(failureReasons(answer)).toEqual([0xc000])
})

test.each([
  ['application/dicom'],
  ['application/json'],
  ['multipart/form-data; boundary=b'],
  ['multipart/related; type="image/jpeg"; boundary=b'],
  ['multipart/related; type="image/jpeg"; boundary=b'],
])('415: %s', async (contentType) => {
  const response = await post(parts([dicom, testImage().file]), { 'Content-Type': contentType })
  expect(response.status).toBe(415)
})

// PS3.18 Table 10.5.3-1
test('415 for a part of another type, nothing stored', async () => {
  await nothingStored(async () => {
    const response = await post(parts(['Content-Type: image/jpeg', Buffer.from('x')]))
    expect(response.status).toBe(415)
  })
})

// PS3.18 §8.7.5
test('406 for a client that takes no DICOM JSON; anything and nothing said are taken', async () => {
  const body = () => parts([dicom, testImage().file])
  expect((await post(body(), { Accept: 'text/html' })).status).toBe(406)
  for (const Accept of ['*/*', 'application/json', 'application/dicom+json;q=0.5, text/html', '']) {
    expect((await post(body(), { Accept })).status).toBe(200)
  }
})

// PS3.18 Table 8.5-1
test('413 past the size of a body, declared or found out, and past that of an instance', async () => {
  const large = testImage({ side: 500 }).file // 250,000 bytes
  await nothingStored(async () => {
    expect((await post(parts([dicom, large], [dicom, large]))).status).toBe(413)
    expect((await post(parts([dicom, large]), { 'Content-Length': '9000000' })).status).toBe(413)
    expect((await post(parts([dicom, large]))).status).toBe(413)
  })
})

test.each([
  ['a line break before the first boundary', (body: Buffer) => body, type],
  ['no line break before it', (body: Buffer) => body.subarray(2), type],
  ['a preamble', (body: Buffer) => Buffer.concat([Buffer.from('This is multipart.'), body]), type],
  ['an epilogue', (body: Buffer) => Buffer.concat([body, Buffer.from('bye')]), type],
  [
    'spaces behind the boundary',
    (body: Buffer) => Buffer.from(body.toString('latin1').replace('--b\r\n', '--b \t \r\n'), 'latin1'),
    type,
  ],
  [
    'no quotes round the type',
    (body: Buffer) => body,
    'multipart/related; type=application/dicom; boundary=b',
  ],
  [
    'quotes round the boundary',
    (body: Buffer) => body,
    'multipart/related; boundary="b"; type="application/dicom"',
  ],
  ['no type', (body: Buffer) => body, 'multipart/related; boundary=b'],
  ['capitals', (body: Buffer) => body, 'Multipart/Related; Type="application/DICOM"; Boundary=b'],
])('taken as clients send it: %s', async (_, change, contentType) => {
  const response = await post(change(parts([dicom, testImage().file])), { 'Content-Type': contentType })
  expect(response.status, await response.text()).toBe(200)
})

test('parts without a Content-Type, or with a transfer syntax in it, are taken', async () => {
  const headers = [
    'Content-Length: 5\r\nX-Other: 1',
    'content-type: application/dicom; transfer-syntax=1.2.840.10008.1.2.1',
  ]
  for (const header of headers) expect((await post(parts([header, testImage().file]))).status).toBe(200)
})

// Text that Postgres or an index cannot hold must be the file's problem, never the gateway's.
test.each([
  ['a NUL in the patient name', { '00100010': ['PN', 'A\0B^C'] }],
  ['a NUL in the patient id', { '00100020': ['LO', 'A\0B'] }],
  ['a NUL in a description', { '00081030': ['LO', 'A\0B'], '0008103E': ['LO', 'A\0B'] }],
  ['bytes that are no UTF-8', { '00100010': ['PN', Buffer.from([0xff, 0xfe, 0xc3, 0x28])] }],
  ['a patient id of 20,000 characters', { '00100020': ['LO', 'x1é'.repeat(6667)] }],
  ['a name of 20,000 characters', { '00100010': ['PN', noise(20_000)] }],
  ['an accession number of 20,000 characters', { '00080050': ['SH', noise(20_000)] }],
  ['a modality of 20,000 characters', { '00080060': ['CS', noise(20_000)] }],
  ['an issuer of 20,000 characters', { '00100021': ['LO', noise(20_000)] }],
  [
    'dates that are none',
    { '00080020': ['DA', '20241399'], '00080030': ['TM', '99'], '00100030': ['DA', 'ABCDEFGH'] },
  ],
  ['numbers that are none', { '00200013': ['IS', '99999999999'], '00280008': ['IS', '-4'] }],
] as [string, Record<string, [string, string | Uint8Array]>][])('no 5xx for %s', async (_, attributes) => {
  const image = testImage({ attributes })
  const { status } = await store([image.file])
  expect([200, 409]).toContain(status)
  if (status === 200) {
    const search = await gateway.request(`/dicom-web/studies?StudyInstanceUID=${image.study}`, { as: token })
    expect(await search.json()).toHaveLength(1)
    const metadata = await gateway.request(`/dicom-web${image.path}/metadata`, { as: token })
    expect(metadata.status).toBe(200)
  }
})

function noise(length: number): string {
  let text = ''
  for (let state = 12345; text.length < length;) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    text += state.toString(36)
  }
  return text.slice(0, length)
}

test('on a real port: a client that breaks off leaves nothing; a refusal reaches a client that is still sending', async () => {
  const { hostname, port } = new URL(await gateway.serve())
  const url = `http://${hostname}:${port}/dicom-web/studies`
  const authorization = `Bearer ${token}`
  await nothingStored(async () => {
    const body = parts([dicom, testImage({ side: 400 }).file])
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    socket.write(
      `POST /dicom-web/studies HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n` +
        `Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`,
    )
    socket.write(body.subarray(0, 85_000))
    const spooled = async () => (await readdir(gateway.system.spoolDir)).length
    await expect.poll(spooled).toBe(1)
    socket.destroy()
    await expect.poll(spooled).toBe(0)
  })
  const tooLarge = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': type, Authorization: authorization },
    body: new Uint8Array(5_000_000),
  })
  expect(tooLarge.status).toBe(413)
  expect(await tooLarge.json()).toMatchObject({ type: 'urn:bitewing:problem:body-too-large' })
  const nobody = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': type },
    body: new Uint8Array(200_000),
  })
  expect(nobody.status).toBe(401)
})

test('nothing is left in the spool or half-written in the object store, and the archive gets what it takes', async () => {
  await gateway.fillArchive()
  const { spool, unfinished, rows, archive, originals } = await heldThings(gateway)
  expect({ spool, unfinished }).toEqual({ spool: 0, unfinished: 0 })
  expect(originals).toBe(rows?.instances)
  expect(archive).toBe((rows?.instances ?? 0) - 1) // a patient id of 20,000 characters it does not take
})
