import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { corpusPath, dcmtk, temporaryFolder } from '@bitewing/testbed'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { element, item } from '../dicom/testing.ts'
import { readPnm } from '../pixels/testing/dcmtk-picture.ts'
import { sequence, values, type DicomJson } from '../testing/dicom-json.ts'
import { readParts } from '../testing/read-parts.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { newUid, testImage } from '../testing/test-image.ts'

let gateway: TestGateway
let token: string
const study = newUid()
const series = newUid()
const slices = [50, 100, 150].map((grey, at) =>
  testImage({ study, series, grey, attributes: { '00200013': ['IS', String(at + 1)] } }),
)
const paths: Record<string, string> = {}

beforeAll(async () => {
  gateway = await startTestGateway()
  token = await (await gateway.practice('north')).token(['read', 'write'])
  for (const { file } of slices) await store(file)
  for (const [name, file] of Object.entries({
    report: 'documents/sr/sr_document.dcm',
    otherReport: 'documents/sr/reportsi.dcm',
    pdf: 'documents/encapsulated/referral_letter_pdf.dcm',
    model: 'documents/encapsulated/dental_surface_stl.dcm',
    presentation: 'documents/presentation-state/PR000000.dcm', // whose image is not here
    luts: 'documents/presentation-state/prLUTs.dcm',
    lutsImage: 'pixel-format/imageForPrLUTs.dcm',
    video: 'transfer-syntax/video/mpeg4_hp41.dcm',
    twoFrames: 'transfer-syntax/rle/OBXXXX1A_rle_2frame.dcm',
  })) {
    paths[name] = await store(await readFile(corpusPath(file)))
  }
})
afterAll(() => gateway.stop())

async function store(file: Uint8Array): Promise<string> {
  const { path, init } = storeBody([file])
  const response = await gateway.request(path, { ...init, as: token })
  const [stored] = sequence((await response.json()) as DicomJson, '00081199')
  return String(values(stored, '00081190')[0]).replace('http://gateway.test/dicom-web', '')
}
const ask = (path: string, Accept?: string, headers: Record<string, string> = {}) =>
  gateway.request(`/dicom-web${path}`, {
    as: token,
    headers: Accept === undefined ? headers : { Accept, ...headers },
  })
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

// PS3.18 §10.4.1.1.3
test('a study and a series are rendered as one part for each instance, in their order, under its address', async () => {
  for (const path of [`/studies/${study}`, `/studies/${study}/series/${series}`]) {
    for (const Accept of [
      undefined,
      '*/*',
      'multipart/related; type="image/jpeg"',
      'multipart/related; type=image/png',
    ]) {
      const response = await ask(`${path}/rendered`, Accept)
      expect(response.status, Accept).toBe(200)
      const parts = await readParts(response)
      expect(parts.map(({ headers }) => headers.get('content-location'))).toEqual(
        slices.map((one) => `http://gateway.test/dicom-web${one.path}/rendered`),
      )
      const type = Accept?.includes('png') ? 'image/png' : 'image/jpeg'
      expect(parts.map(({ headers }) => headers.get('content-type'))).toEqual([type, type, type])
      const [alone] = slices
      expect(parts[0]?.bytes.equals(await bytesOf(await ask(`${alone?.path ?? ''}/rendered`, type)))).toBe(
        true,
      )
    }
    // one part cannot hold several
    for (const Accept of ['image/jpeg', 'image/png', 'text/html'])
      expect((await ask(`${path}/rendered`, Accept)).status).toBe(406)
    const { headers } = await ask(`${path}/rendered`)
    const again = await ask(`${path}/rendered`, '*/*', { 'If-None-Match': headers.get('ETag') ?? '' })
    expect(again.status).toBe(304)
  }
})

test('a list of frames is rendered as parts; a single one also alone; ranges of what is alone', async () => {
  const path = paths['twoFrames'] ?? ''
  const parts = await readParts(await ask(`${path}/frames/2,1/rendered`))
  const alone = await Promise.all(
    [2, 1].map(async (frame) => bytesOf(await ask(`${path}/frames/${frame}/rendered`))),
  )
  expect(parts.map(({ bytes }) => bytes.toString('base64'))).toEqual(
    alone.map((one) => one.toString('base64')),
  )
  expect((await ask(`${path}/frames/1,2/rendered`, 'image/jpeg')).status).toBe(406)
  const [one] = await readParts(
    await ask(`${path}/frames/1/rendered`, 'multipart/related; type="image/jpeg"'),
  )
  expect(one?.bytes.equals(alone[1] ?? Buffer.alloc(0))).toBe(true)
  const part = await ask(`${path}/frames/1/rendered`, 'image/jpeg', { Range: 'bytes=0-9' })
  expect([part.status, (await bytesOf(part)).length]).toEqual([206, 10])
})

// PS3.18 §8.7.4: text and documents.
test('a structured report is rendered as HTML by default, as text and as PDF', async () => {
  for (const name of ['report', 'otherReport']) {
    const path = paths[name] ?? ''
    const html = await ask(`${path}/rendered`)
    expect(html.headers.get('Content-Type')).toBe('text/html; charset=utf-8')
    expect(html.headers.get('Content-Security-Policy')).toContain('sandbox')
    const page = await html.text()
    expect(page).toContain('<li>')
    const plain = await (await ask(`${path}/rendered`, 'text/plain')).text()
    expect(plain.split('\n').length).toBeGreaterThan(5)
    const pdf = await ask(`${path}/rendered`, 'application/pdf')
    expect((await bytesOf(pdf)).subarray(0, 5).toString()).toBe('%PDF-')
    expect(pdf.headers.get('Content-Disposition')).toContain('attachment')
  }
})

test('what a report holds is text in its rendering, never markup', async () => {
  const code = (meaning: string) =>
    item(element('00080100', 'SH', '1'), element('00080102', 'SH', 'X'), element('00080104', 'LO', meaning))
  const content = item(
    element('0040A010', 'CS', 'CONTAINS'),
    element('0040A040', 'CS', 'TEXT'),
    element('0040A043', 'SQ', code('Finding')),
    element('0040A160', 'UT', Buffer.from('<script>alert(1)</script> Côté (mésial)', 'utf8')),
  )
  const path = await store(
    testImage({
      attributes: {
        '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.88.11'],
        '00080060': ['CS', 'SR'],
        '00100010': ['PN', '<b>Gagné</b>'],
        '0040A043': ['SQ', code('Report')],
        '0040A730': ['SQ', content],
        '7FE00010': null,
      },
    }).file,
  )
  const page = await (await ask(`${path}/rendered`, 'text/html')).text()
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt; Côté (mésial)')
  expect(page).not.toMatch(/<script|<b>Gagn/)
  expect(await (await ask(`${path}/rendered`, 'text/plain')).text()).toContain(
    'Finding: <script>alert(1)</script> Côté (mésial)',
  )
  expect((await bytesOf(await ask(`${path}/rendered`, 'application/pdf'))).toString('latin1')).toContain(
    'Côté \\(mésial\\)) Tj',
  )
})

test('an encapsulated PDF is rendered as the document inside, without padding, as an attachment', async () => {
  const path = paths['pdf'] ?? ''
  const rendered = await ask(`${path}/rendered`)
  expect([rendered.status, rendered.headers.get('Content-Type')]).toEqual([200, 'application/pdf'])
  expect(rendered.headers.get('Content-Disposition')).toContain('attachment')
  const bytes = await bytesOf(rendered)
  expect(bytes.subarray(0, 5).toString()).toBe('%PDF-')
  const raw = await bytesOf(await ask(`${path}/bulkdata/00420011`, 'application/octet-stream'))
  expect(raw.subarray(0, bytes.length).equals(bytes)).toBe(true)
  expect((await ask(`${path}/rendered`, 'image/jpeg')).status).toBe(406)
  expect((await ask(`${path}/rendered`, 'text/html')).status).toBe(406)
})

test('what has no rendering says why: 406 for states of images that are not here, 404 for a surface', async () => {
  for (const [name, status] of [
    ['presentation', 406],
    ['model', 404],
  ] as const) {
    const response = await ask(`${paths[name] ?? ''}/rendered`)
    expect(response.status, name).toBe(status)
    expect(await response.json()).toMatchObject({ status, title: expect.stringMatching(/\w+ \w+/) as string })
  }
  expect((await ask(`${paths['presentation'] ?? ''}/rendered?window=100,20,linear`)).status).toBe(400)
})

// PS3.18 §8.3.5.1.5
test('a colour profile is put into the picture when asked for, and 400 where the format has none', async () => {
  const path = `${slices[0]?.path ?? ''}/rendered`
  const profileOf = async (query: string, Accept: string) =>
    (await sharp(await bytesOf(await ask(path + query, Accept))).metadata()).icc
  for (const Accept of ['image/jpeg', 'image/png']) {
    expect(await profileOf('', Accept)).toBeUndefined()
    expect(await profileOf('?iccprofile=no', Accept)).toBeUndefined()
    const srgb = await profileOf('?iccprofile=srgb', Accept)
    expect(srgb?.length).toBeGreaterThan(100)
    expect(await profileOf('?iccprofile=yes', Accept)).toEqual(srgb)
    expect(await profileOf('?iccprofile=displayp3', Accept)).not.toEqual(srgb)
  }
  expect((await ask(`${path}?iccprofile=srgb`, 'image/gif')).status).toBe(400)
  expect((await ask(`${path}?iccprofile=no`, 'image/gif')).status).toBe(200)
})

// PS3.18 §8.3.5.1.1
test('annotations are written into the picture: patient, technique or both, also on a picture smaller than they are', async () => {
  const path = await store(
    testImage({
      side: 256,
      grey: 128,
      attributes: { '00100010': ['PN', 'Côté^Zoé & <Fils>'], '00180060': ['DS', '70'] },
    }).file,
  )
  const lightIn = async (query: string) => {
    const { data } = await sharp(await bytesOf(await ask(`${path}/rendered?${query}`, 'image/png')))
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true })
    return data.filter((value) => value > 230).length
  }
  const none = await lightIn('window=128,256,linear')
  const [patient, technique, both] = [
    await lightIn('window=128,256,linear&annotation=patient'),
    await lightIn('window=128,256,linear&annotation=technique'),
    await lightIn('window=128,256,linear&annotation=patient,technique'),
  ]
  expect(none).toBe(0)
  expect(patient).toBeGreaterThan(20)
  expect(technique).toBeGreaterThan(20)
  expect(both).toBeGreaterThan(Math.max(patient, technique))
  const small = await sharp(
    await bytesOf(await ask(`${path}/rendered?viewport=20,20&annotation=patient`, 'image/png')),
  ).metadata()
  expect([small.width, small.height]).toEqual([20, 20])
})

// PS3.18 §8.3.5.1.3: a negative width mirrors left and right, a negative height top and bottom.
test('a negative width or height of the region flips the picture', async () => {
  const pixels = Buffer.alloc(256)
  for (let row = 0; row < 8; row++) pixels.fill(row < 4 ? 250 : 10, row * 16, row * 16 + 4)
  const path = await store(testImage({ attributes: { '7FE00010': ['OW', pixels] } }).file)
  const corners = async (region: string) => {
    const { data, info } = await sharp(
      await bytesOf(
        await ask(`${path}/rendered?viewport=16,16,${region}&window=128,256,linear`, 'image/png'),
      ),
    )
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true })
    const at = (x: number, y: number) => (data[(y * info.width + x) * info.channels] ?? 0) > 128
    return [at(0, 0), at(15, 0), at(0, 15), at(15, 15)]
  }
  expect(await corners('0,0,16,16')).toEqual([true, false, false, false])
  expect(await corners('0,0,-16,16')).toEqual([false, true, false, false])
  expect(await corners('0,0,16,-16')).toEqual([false, false, true, false])
  expect(await corners('0,0,-16,-16')).toEqual([false, false, false, true])
})

// PS3.18 §8.7.4 and §8.7.5
test('accept= comes before the header and takes no wildcards; DICOM and rendered types do not mix', async () => {
  const path = `${slices[0]?.path ?? ''}/rendered`
  const typeOf = async (query: string, Accept: string) =>
    (await ask(path + query, Accept)).headers.get('Content-Type')
  expect(await typeOf('?accept=image/png', '*/*')).toBe('image/png')
  expect(await typeOf('?accept=video/mpeg', 'image/webp')).toBe('image/webp')
  expect(await typeOf('', 'image/*')).toBe('image/jpeg')
  expect(await typeOf('', 'image/avif;q=0.1, image/png;q=0.5')).toBe('image/png')
  expect((await ask(`${path}?accept=image/*`)).status).toBe(400)
  expect((await ask(path, 'application/dicom, image/png')).status).toBe(400)
  expect((await ask(path, 'video/mpeg')).status).toBe(406)
})

// PS3.18 §10.4.3.3.4
test('a thumbnail has nothing written into it, whatever is asked for', async () => {
  const path = `${slices[0]?.path ?? ''}/thumbnail`
  const plain = await bytesOf(await ask(path))
  expect((await bytesOf(await ask(`${path}?annotation=patient`))).equals(plain)).toBe(true)
})

// PS3.18 §10.4.1.1.3: a presentation state is rendered as the images that it is for.
describe('a presentation state', () => {
  const state = () => paths['luts'] ?? ''
  const png = async (path: string) =>
    sharp(await bytesOf(await ask(path, 'image/png')))
      .toColourspace('b-w')
      .raw()
      .toBuffer()

  test('is rendered as DCMTK shows it, with an ETag of its own', async () => {
    const response = await ask(`${state()}/rendered`, 'image/png')
    expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'image/png'])
    const folder = await temporaryFolder('presented')
    const target = join(folder.path, 'judge.pgm')
    const files = ['documents/presentation-state/prLUTs.dcm', 'pixel-format/imageForPrLUTs.dcm'].map(
      corpusPath,
    )
    await dcmtk('dcmp2pgm', ['-p', ...files, target])
    const judge = await readPnm(target)
    await folder.remove()
    expect(Buffer.compare(await png(`${state()}/rendered`), judge?.data ?? Buffer.alloc(0))).toBe(0)

    const etag = response.headers.get('ETag') ?? ''
    expect(etag).not.toBe(
      (await ask(`${paths['lutsImage'] ?? ''}/rendered`, 'image/png')).headers.get('ETag'),
    )
    expect((await ask(`${state()}/rendered`, 'image/png', { 'If-None-Match': etag })).status).toBe(304)
  })

  test('is a part where parts are asked for, fits a viewport, and takes no window and no region', async () => {
    const [part, ...others] = await readParts(
      await ask(`${state()}/rendered?viewport=100,50`, 'multipart/related; type="image/jpeg"'),
    )
    const { width, height } = await sharp(part?.bytes).metadata()
    expect([width, height, others.length]).toEqual([50, 50, 0])
    for (const query of ['window=100,20,linear', 'viewport=10,10,0,0,5,5']) {
      expect((await ask(`${state()}/rendered?${query}`)).status, query).toBe(400)
    }
    expect((await ask(`${state()}/rendered`, 'text/html')).status).toBe(406)
    expect((await ask(`${state()}/frames/1/rendered`)).status).toBe(404)
  })

  // PS3.18 §9.1.2.2.9
  test('is applied to an image by WADO-URI', async () => {
    const uids = (path: string | undefined) =>
      (path ?? '')
        .split('/')
        .filter((_, index) => index % 2 === 0)
        .slice(1)
    const [study, series, instance] = uids(paths['lutsImage'])
    const [, stateSeries, stateInstance] = uids(paths['luts'])
    const image = `requestType=WADO&studyUID=${study}&seriesUID=${series}&objectUID=${instance}&contentType=image/png`
    const applied = `presentationSeriesUID=${stateSeries}&presentationUID=${stateInstance}`
    const get = async (more: string) => gateway.request(`/wado?${image}&${more}`, { as: token })
    const response = await get(applied)
    expect(response.status).toBe(200)
    expect(
      (await bytesOf(response)).equals(await bytesOf(await ask(`${state()}/rendered`, 'image/png'))),
    ).toBe(true)

    expect((await get(`${applied}&windowCenter=1&windowWidth=2`)).status).toBe(400)
    expect((await get(`presentationUID=${stateInstance}`)).status).toBe(400)
    expect((await get(`presentationSeriesUID=1.2&presentationUID=1.3`)).status).toBe(404)
    const itself = `presentationSeriesUID=${series}&presentationUID=${instance}`
    expect((await get(itself)).status).toBe(400)
  })
})

test('how the renditions of a frame came to look so is told beside them', async () => {
  const view = (name: string, frame = 1) =>
    gateway.request(
      `/renditions/${(paths[name] ?? '')
        .split('/')
        .filter((_, index) => index % 2 === 0)
        .slice(1)
        .join('/')}/${frame}/view.json`,
      { as: token },
    )
  const response = await view('lutsImage')
  expect(response.headers.get('Cache-Control')).toBe('private, no-cache')
  expect(await response.json()).toEqual({ window: null, source: 'as-stored', quirks: [], asSent: null })
  expect(await (await view('twoFrames', 2)).json()).toEqual({
    window: null,
    source: 'colour',
    quirks: [],
    asSent: null,
  })
  expect((await view('twoFrames', 3)).status).toBe(404)
  expect((await view('report')).status).toBe(404)
  expect(await (await view('video')).json()).toMatchObject({ source: 'colour' })
})
