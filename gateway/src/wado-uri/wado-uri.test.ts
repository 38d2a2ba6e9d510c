import { readFile } from 'node:fs/promises'
import { corpusPath } from '@bitewing/testbed'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sequence, values, type DicomJson } from '../testing/dicom-json.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { testImage } from '../testing/test-image.ts'

let gateway: TestGateway
let token: string
const queries: Record<string, string> = {}
const paths: Record<string, string> = {}
const xray = testImage({ side: 64, grey: 100 })

beforeAll(async () => {
  gateway = await startTestGateway()
  token = await (await gateway.practice('north')).token(['read', 'write'])
  const corpus = async (file: string) => readFile(corpusPath(file))
  for (const [name, file] of Object.entries({
    xray: xray.file,
    rle: await corpus('transfer-syntax/rle/OBXXXX1A_rle_2frame.dcm'),
    report: await corpus('documents/sr/sr_document.dcm'),
    pdf: await corpus('documents/encapsulated/referral_letter_pdf.dcm'),
    video: await corpus('transfer-syntax/video/mpeg4_hp41.dcm'),
  })) {
    const { path, init } = storeBody([file])
    const response = await gateway.request(path, { ...init, as: token })
    const [stored] = sequence((await response.json()) as DicomJson, '00081199')
    const stable = String(values(stored, '00081190')[0]).replace('http://gateway.test/dicom-web', '')
    const [, , study, , series, , instance] = stable.split('/')
    paths[name] = stable
    queries[name] = `requestType=WADO&studyUID=${study}&seriesUID=${series}&objectUID=${instance}`
  }
})
afterAll(() => gateway.stop())

const get = (name: string, more = '', headers: Record<string, string> = {}) =>
  gateway.request(`/wado?${queries[name] ?? ''}${more}`, { as: token, headers })
const rs = (name: string, rest: string, Accept: string) =>
  gateway.request(`/dicom-web${paths[name] ?? ''}${rest}`, { as: token, headers: { Accept } })
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

// PS3.18 §9.3: what is given when nothing is asked for.
test.each([
  ['xray', 'image/jpeg'],
  ['rle', 'application/dicom; transfer-syntax=1.2.840.10008.1.2.1'],
  ['report', 'text/html; charset=utf-8'],
  ['pdf', 'application/pdf'],
  ['video', 'application/dicom; transfer-syntax=1.2.840.10008.1.2.4.102'],
])('the default of %s is %s', async (name, type) => {
  const response = await get(name)
  expect([response.status, response.headers.get('Content-Type')]).toEqual([200, type])
  expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff')
  expect(response.headers.get('Content-Security-Policy')).toContain('sandbox')
  await response.body?.cancel()
})

test('contentType chooses among what is possible, first come first served; Accept must take it', async () => {
  const typeOf = async (more: string, Accept?: string) => {
    const response = await get('xray', more, Accept === undefined ? {} : { Accept })
    return response.status === 200 ? response.headers.get('Content-Type')?.split(';')[0] : response.status
  }
  expect(await typeOf('&contentType=image/png')).toBe('image/png')
  expect(await typeOf('&contentType=image/jpg')).toBe('image/jpeg')
  expect(await typeOf('&contentType=video/mpeg,image/webp')).toBe('image/webp')
  expect(await typeOf('&contentType=application/dicom')).toBe('application/dicom')
  expect(await typeOf('&contentType=application%2Fdicom', 'image/png, */*;q=0.1')).toBe('application/dicom')
  expect(await typeOf('', 'image/png')).toBe('image/png')
  expect(await typeOf('&contentType=application/dicom', 'image/png')).toBe(406)
  expect(await typeOf('&contentType=text/html')).toBe(406)
  expect(await typeOf('&contentType=video/mpeg')).toBe(406)
})

test('the file is the one of WADO-RS, in the transfer syntax asked for, with ranges', async () => {
  const file = await bytesOf(await get('xray', '&contentType=application/dicom'))
  expect(file.equals(xray.file)).toBe(true)
  const rle = await get('rle', '&contentType=application/dicom&transferSyntax=1.2.840.10008.1.2.5')
  expect(rle.headers.get('Content-Type')).toBe('application/dicom; transfer-syntax=1.2.840.10008.1.2.5')
  expect(
    (await bytesOf(rle)).equals(await readFile(corpusPath('transfer-syntax/rle/OBXXXX1A_rle_2frame.dcm'))),
  ).toBe(true)
  for (const uid of ['1.2.840.10008.1.2', '1.2.840.10008.1.2.4.50'])
    expect((await get('rle', `&contentType=application/dicom&transferSyntax=${uid}`)).status).toBe(406)
  const part = await get('xray', '&contentType=application/dicom', { Range: 'bytes=128-131' })
  expect([part.status, await part.text()]).toEqual([206, 'DICM'])
})

// PS3.18 §9.5.1.2: rows, columns, region, window, frame, quality.
test('rendering parameters are those of rendered resources in other words', async () => {
  const sizeOf = async (name: string, more: string) => {
    const response = await get(name, `&contentType=image/png${more}`)
    expect(response.status, more).toBe(200)
    const { width, height } = await sharp(await bytesOf(response)).metadata()
    return [width, height]
  }
  expect(await sizeOf('xray', '')).toEqual([64, 64])
  expect(await sizeOf('xray', '&rows=32')).toEqual([32, 32])
  expect(await sizeOf('xray', '&columns=128')).toEqual([128, 128])
  expect(await sizeOf('xray', '&rows=100&columns=50')).toEqual([50, 50])
  expect(await sizeOf('xray', '&region=0.25,0.5,0.75,1.0')).toEqual([32, 32])
  expect(await sizeOf('xray', '&region=0,0,1,0.5&columns=20')).toEqual([20, 10])

  const windowed = await bytesOf(await get('xray', '&contentType=image/png&windowCenter=100&windowWidth=20'))
  const same = await bytesOf(await rs('xray', '/rendered?window=100,20,linear', 'image/png'))
  expect(windowed.equals(same)).toBe(true)

  const second = await bytesOf(await get('rle', '&contentType=image/png&frameNumber=2'))
  expect(second.equals(await bytesOf(await rs('rle', '/frames/2/rendered', 'image/png')))).toBe(true)
  expect((await get('rle', '&frameNumber=2')).headers.get('Content-Type')).toBe('image/jpeg')
  expect((await get('rle', '&contentType=image/png&frameNumber=3')).status).toBe(400)

  const low = await bytesOf(await get('rle', '&contentType=image/jpeg&imageQuality=10'))
  const high = await bytesOf(await get('rle', '&contentType=image/jpeg&imageQuality=95'))
  expect(low.length).toBeLessThan(high.length)
})

test.each([
  // §9.4.2.3: never ignored, since who asks for it relies on it
  'anonymize=yes',
  'anonymize=no',
  'presentationUID=1.2.3',
  'presentationUID=1.2.3&presentationSeriesUID=1.2.3&windowCenter=1&windowWidth=2',
  'presentationUID=1.2.3&presentationSeriesUID=1.2.3&region=0,0,1,1',
  'rows=0',
  'columns=x',
  'rows=99999',
  'region=0,0,1',
  'region=0.5,0,0.5,1',
  'region=0,0,2,1',
  'windowCenter=100',
  'windowCenter=100&windowWidth=0',
  'frameNumber=0',
  'imageQuality=101',
  'annotation=name',
  'contentType=application/dicom&frameNumber=1',
  'contentType=application/dicom&rows=10',
])('400 for %s', async (more) => {
  const response = await get('xray', `&${more}`)
  expect(response.status).toBe(400)
  expect(response.headers.get('Content-Type')).toBe('application/problem+json')
})

test('400 without a request type or a UID, 404 for what is not there, 405 for another method', async () => {
  const status = async (query: string) => (await gateway.request(`/wado${query}`, { as: token })).status
  expect(await status('')).toBe(400)
  expect(await status(`?${queries['xray']?.replace('WADO', 'OTHER') ?? ''}`)).toBe(400)
  expect(await status('?requestType=WADO&studyUID=1.2&seriesUID=1.3')).toBe(400)
  expect(await status('?requestType=WADO&studyUID=1.2&seriesUID=1.3&objectUID=x')).toBe(400)
  expect(await status('?requestType=WADO&studyUID=1.2&seriesUID=1.3&objectUID=1.4')).toBe(404)
  const post = await gateway.request('/wado', { method: 'POST', as: token })
  expect([post.status, post.headers.get('Allow')]).toEqual([405, 'GET, HEAD'])
})
