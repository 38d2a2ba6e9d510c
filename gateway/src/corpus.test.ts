import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { corpusPath, dcmtk, temporaryFolder } from '@bitewing/testbed'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { storageClasses } from './conformance/storage-classes.ts'
import { bufferSource } from './dicom/byte-source.ts'
import { toDicomJson } from './dicom/dicom-json.ts'
import { parseDataSet } from './dicom/parse-instance.ts'
import { resolveBulkDataUris } from './dicom/resolve-bulk-data-uris.ts'
import { corpusFiles, element, encapsulated, inTurns, isRepetition, part10 } from './dicom/testing.ts'
import { transferSyntaxes } from './dicom/transfer-syntax.ts'
import { sequence, values, type DicomJson } from './testing/dicom-json.ts'
import { heldThings } from './testing/held-things.ts'
import { startTestGateway, type TestGateway } from './testing/start-test-gateway.ts'
import { readParts } from './testing/read-parts.ts'
import { storeBody } from './testing/store-body.ts'
import { newUid, testImage } from './testing/test-image.ts'

let gateway: TestGateway
/** Of several practices: much of the corpus is one image in many encodings, under the same UIDs. */
let tokens: string[]
/** Where an instance is, by the corpus file it was stored from. */
const stored = new Map<string, { path: string; token: string }>()

beforeAll(async () => {
  gateway = await startTestGateway({ PIXEL_PROCESSES: '2' })
  tokens = []
  for (let i = 0; i < 16; i++) tokens.push(await (await gateway.practice(`p${i}`)).token(['read', 'write']))
})
afterAll(() => gateway.stop())

async function store(names: readonly string[], token = tokens[0] ?? '') {
  const { path, init } = storeBody(await Promise.all(names.map((name) => readFile(corpusPath(name)))))
  const response = await gateway.request(path, { ...init, as: token })
  return { status: response.status, body: (await response.json()) as DicomJson }
}

/** Made without a study or series UID, or no image of a patient at all. */
const withoutIdentifiers =
  /(HTJ2KLossless|JLSL_|JPEGLSNearLossless|SC_rgb_jls|chrSQEncoding|empty_charset_LEI|NeurosurgeryPlan|hotiron|sr-ruler)/

test('every file of the corpus is stored or refused with a reason, never a server error', async () => {
  const files = corpusFiles()
  const single = files.filter((name) => !isRepetition(name))
  const answers: Record<string, string> = {}
  /** The first practice that holds nothing under a SOP Instance UID, by its index; those before it were tried by another file. */
  const free = new Map<string, number>()
  await inTurns(single, async (name) => {
    for (let index = 0; index < tokens.length;) {
      const token = tokens[index] ?? ''
      const { status, body } = await store([name], token)
      const [url] = sequence(body, '00081199').flatMap((item) => values(item, '00081190'))
      const reasons = [...sequence(body, '00081198'), ...sequence(body, '0008119A')].flatMap((item) =>
        values(item, '00081197'),
      )
      answers[name] = `${status} ${reasons.map((reason) => Number(reason).toString(16)).join()}`
      const path = typeof url === 'string' ? url.replace('http://gateway.test/dicom-web', '') : null
      if (path !== null) stored.set(name, { path, token })
      if (answers[name] !== '409 111') break
      const uid = sequence(body, '00081198').flatMap((item) => values(item, '00081155'))[0]
      index = Math.max(index + 1, free.get(String(uid)) ?? 0)
      free.set(String(uid), index + 1)
    }
  })
  const unexpected = Object.entries(answers).filter(
    ([, answer]) => !['200 ', '409 110', '409 122', '409 a900', '409 c000'].includes(answer),
  )
  expect(unexpected).toEqual([])
  // what is not made to be broken is taken
  const refused = Object.entries(answers).filter(
    ([name, answer]) => answer !== '200 ' && !/^(malformed|worklist|media)\//.test(name),
  )
  expect(refused.filter(([name, answer]) => answer !== '409 a900' || !withoutIdentifiers.test(name))).toEqual(
    [],
  )
  expect(stored.size).toBeGreaterThan(150)

  const repetitions = files.filter(isRepetition)
  const { status, body } = await store(repetitions)
  expect([200, 202]).toContain(status)
  expect(
    sequence(body, '00081199').length + sequence(body, '00081198').length + sequence(body, '0008119A').length,
  ).toBe(repetitions.length)
  expect(await heldThings(gateway)).toMatchObject({ spool: 0, unfinished: 0 })
}, 600_000)

const ask = (name: string, path: string, accept = '*/*') =>
  gateway.request(path, { as: stored.get(name)?.token ?? '', headers: { Accept: accept } })
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

/** Stored by the first test; each tells something the others do not. Of equal content in two files one is held. */
const asked = () => {
  const times = Map.groupBy(stored.values(), ({ path, token }) => `${token} ${path}`)
  return [...stored].filter(
    ([name, { path, token }], index) =>
      !name.startsWith('large/') &&
      (!name.includes('/fuzz/') || index % 5 === 0) &&
      times.get(`${token} ${path}`)?.length === 1,
  )
}
const cannotLeaveAsStored = new Set(['1.2.840.10008.1.2', '1.2.840.10008.1.2.2'])

// PS3.18 §8.7.3: but for the two transfer syntaxes that may not leave, in every one of the corpus.
test('every file comes back byte for byte, is found, and its metadata is what DCMTK reads in it', async () => {
  const faults: string[] = []
  const syntaxes = new Set<string>()
  await inTurns(asked(), async ([name, { path }]) => {
    const file = await readFile(corpusPath(name))
    const original = await ask(name, `/api${path}/original`)
    if (!(await bytesOf(original)).equals(file)) faults.push(`${name} original`)
    const transferSyntax = /transfer-syntax=([\d.]+)/.exec(original.headers.get('Content-Type') ?? '')?.[1]
    syntaxes.add(transferSyntax ?? '')
    const whole = await ask(name, `/dicom-web${path}`, 'application/dicom; transfer-syntax=*')
    const same = (await bytesOf(whole)).equals(file)
    if (same === cannotLeaveAsStored.has(transferSyntax ?? '')) faults.push(`${name} as stored`)

    // the JSON of each file is compared with dcm2json's in dicom/dicom-json.test.ts, attribute by attribute
    const expected = await toJson(file)
    const root = `http://gateway.test/dicom-web${path}/bulkdata/`
    const metadata = await ask(name, `/dicom-web${path}/metadata`, 'application/dicom+json')
    if ((await metadata.text()) !== `[${resolveBulkDataUris(expected, root)}]`)
      faults.push(`${name} metadata`)

    const instance = path.split('/').at(-1) ?? ''
    const search = await ask(name, `/dicom-web/instances?SOPInstanceUID=${instance}`)
    const [found, another] = (await search.json()) as DicomJson[]
    const own = JSON.parse(expected) as DicomJson
    const differs = ['00080016', '00080018', '0020000D', '0020000E'].filter(
      (tag) => String(values(found, tag)) !== String(values(own, tag)),
    )
    if (!found || another || differs.length > 0) faults.push(`${name} search ${differs.join()}`)
  })
  expect(faults).toEqual([])
  expect(syntaxes.size).toBeGreaterThan(15)
}, 600_000)

test('frames as stored are the pixel data that DCMTK takes out of the file', async () => {
  const folder = await temporaryFolder('frames')
  const faults: string[] = []
  let compared = 0
  const files = asked().filter(([name]) => /^(transfer-syntax|pixel-format|charset|dental)\//.test(name))
  await inTurns(files, async ([name, { path }], index) => {
    const [attributes = {}] = (await (await ask(name, `/dicom-web${path}/metadata`)).json()) as DicomJson[]
    const frames = Number(values(attributes, '00280008')[0] ?? 1)
    if (!attributes['00280010'] || frames > 1 || values(attributes, '00280100')[0] === 1) return
    const own = join(folder.path, String(index))
    await mkdir(own)
    await dcmtk('dcmdump', ['-q', '+W', own, corpusPath(name)])
    const raw = (await readdir(own)).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    const judged = Buffer.concat(await Promise.all(raw.map((each) => readFile(join(own, each)))))
    if (judged.length === 0) return // floating point, or a length that DCMTK does not take
    const accept = 'application/octet-stream; transfer-syntax=*'
    const frame = await bytesOf(await ask(name, `/dicom-web${path}/frames/1`, accept))
    // among an offset table, a pad byte, or an overlay
    if (frame.length < judged.length * 0.9 || !judged.includes(frame)) {
      faults.push(`${name} ${frame.length} of ${judged.length}`)
    }
    compared++
  })
  await folder.remove()
  expect(faults).toEqual([])
  expect(compared).toBeGreaterThan(80)
}, 600_000)

/** What is no picture, or one that nobody here decodes; all others are shown. */
const withoutPicture =
  /^(documents\/(sr|encapsulated|presentation-state|other)|transfer-syntax\/video)\/|chrJapMulti|Issue1097|report_dfl|rtplan/

const larger = ['200.png', '512.jpg', '1024.webp', '2048.png', 'full.jpg', '200.avif', 'full.webp']
const formats: Record<string, string> = { jpg: 'jpeg', webp: 'webp', png: 'png', avif: 'heif' }

/** What is wrong with one of the pages' pictures of an instance; where it is not shown, its reason counts. */
async function renditionFault(name: string, path: string, file: string, isShown: boolean) {
  const address = path.replace(/\/(studies|series|instances)/g, '')
  const response = await ask(name, `/renditions${address}/1/${file}`)
  const body = await bytesOf(response)
  if (response.status !== 200) {
    const { title = '' } = JSON.parse(body.toString()) as { title?: string }
    const isRight = [404, 406].includes(response.status) && title.length > 12 && !isShown
    return isRight ? null : `${response.status} ${title}`
  }
  const [size = '', type = ''] = file.split('.')
  const { format, width = 0, height = 0 } = await sharp(body).metadata()
  if (format !== formats[type]) return `is ${format}`
  if (size === '50' || size === '200')
    return width === Number(size) && height === width ? null : `is ${width} wide`
  return size === 'full' || width <= Number(size) ? null : `is ${width} wide`
}

test('whatever was stored can be asked for in every way; a picture is shown or refused with a reason, never black', async () => {
  const faults: string[] = []
  const statusOf = async (name: string, path: string, accept: string) => {
    const response = await ask(name, `/dicom-web${path}`, accept)
    const body = await bytesOf(response)
    if (![200, 404, 406].includes(response.status)) {
      faults.push(
        `${name} ${path.replace(/.*instances.[\d.]+/, '')} ${response.status} ${body.toString().slice(0, 200)}`,
      )
    }
    return { status: response.status, body }
  }
  await inTurns(asked(), async ([name, { path }], index) => {
    const metadata = await statusOf(name, `${path}/metadata`, 'application/dicom+json')
    const [attributes] = JSON.parse(metadata.body.toString()) as DicomJson[]
    await statusOf(name, path, 'application/dicom')
    await statusOf(
      name,
      `${path}/frames/1`,
      'multipart/related; type="application/octet-stream"; transfer-syntax=*',
    )
    const rendered = await statusOf(name, `${path}/rendered?viewport=64,64`, 'image/jpeg')
    if (rendered.status === 200) {
      const { channels } = await sharp(rendered.body).stats()
      const isBlack = channels.every(({ max }) => max < 8)
      const frame = isBlack && (await statusOf(name, `${path}/frames/1`, 'application/octet-stream')).body
      // but where every pixel has the same value
      if (frame && new Set(frame).size > 1) faults.push(`${name} is shown black`)
    } else {
      const { title = '' } = JSON.parse(rendered.body.toString()) as { title?: string }
      if (title.length < 12) faults.push(`${name} refused without a reason`)
      const isBroken = /^(malformed|worklist|media)\//.test(name)
      if (!isBroken && !withoutPicture.test(name)) faults.push(`${name} ${rendered.status} ${title}`)
    }
    // a presentation state is rendered as the image that it is for, and has no frame of its own
    const isShown = rendered.status === 200 && attributes?.['00280010'] !== undefined
    // the pages' pictures: the smallest of each, and of every tenth one of the other sizes and formats
    const others = index % 10 === 0 ? [larger[(index / 10) % larger.length] ?? '200.png'] : []
    for (const size of ['50.webp', ...others]) {
      const fault = await renditionFault(name, path, size, isShown)
      if (fault !== null) faults.push(`${name} ${size} ${fault}`)
    }
    const [uri] = Object.values(attributes ?? {}).flatMap(({ BulkDataURI }) => BulkDataURI ?? [])
    if (uri !== undefined) {
      const { status } = await statusOf(name, uri.replace('http://gateway.test/dicom-web', ''), '*/*')
      if (status !== 200) faults.push(`${name} BulkDataURI ${status}`)
    }
  })
  expect(faults).toEqual([])
}, 600_000)

test('every storage SOP class is kept and given back: those of the standard, private and unknown ones', async () => {
  const classes = [
    ...storageClasses.keys(),
    '1.2.840.999.1.1.77',
    '2.25.329800735698586629295641978511506172918',
  ]
  const study = newUid()
  const images = classes.map((uid) =>
    testImage({ study, attributes: { '00080016': ['UI', uid], '00080060': ['CS', 'OT'], '7FE00010': null } }),
  )
  const { path, init } = storeBody(images.map(({ file }) => file))
  const response = await gateway.request(path, { ...init, as: tokens[0] ?? '' })
  expect(response.status).toBe(200)
  const answer = (await response.json()) as DicomJson
  expect(sequence(answer, '00081199').map((item) => values(item, '00081150')[0])).toEqual(classes)

  const search = `/dicom-web/studies/${study}/instances?limit=1000`
  const found = (await (await gateway.request(search, { as: tokens[0] ?? '' })).json()) as DicomJson[]
  expect(found.map((one) => values(one, '00080016')[0]).sort()).toEqual([...classes].sort())
  const series = await gateway.request(`/dicom-web/studies/${study}`, {
    as: tokens[0] ?? '',
    headers: { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' },
  })
  const files = new Set((await readParts(series)).map(({ bytes }) => bytes.toString('latin1')))
  expect(images.filter(({ file }) => !files.has(file.toString('latin1')))).toEqual([])
})

test('every encapsulated transfer syntax is kept and given back byte for byte, decoded here or not', async () => {
  const [study, series] = [newUid(), newUid()]
  const syntaxes = [...transferSyntaxes].filter(([, { encapsulated }]) => encapsulated).map(([uid]) => uid)
  const files = syntaxes.map((uid) =>
    part10(
      [
        element('00080016', 'UI', '1.2.840.10008.5.1.4.1.1.7.4'),
        element('00080018', 'UI', newUid()),
        element('0020000D', 'UI', study),
        element('0020000E', 'UI', series),
        encapsulated([Buffer.from('nothing that a decoder would take')]),
      ],
      uid,
    ),
  )
  const { path, init } = storeBody(files)
  expect((await gateway.request(path, { ...init, as: tokens[0] ?? '' })).status).toBe(200)
  const whole = await gateway.request(`/dicom-web/studies/${study}/series/${series}`, {
    as: tokens[0] ?? '',
    headers: { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' },
  })
  const parts = await readParts(whole)
  expect(
    parts
      .map(({ headers }) => /transfer-syntax=([\d.]+)/.exec(headers.get('content-type') ?? '')?.[1])
      .sort(),
  ).toEqual([...syntaxes].sort())
  const kept = new Set(parts.map(({ bytes }) => bytes.toString('latin1')))
  expect(files.filter((file) => !kept.has(file.toString('latin1')))).toEqual([])
})

async function toJson(file: Buffer): Promise<string> {
  return toDicomJson(await parseDataSet(bufferSource(file))).json
}
