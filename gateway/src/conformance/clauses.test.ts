import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { newUid, testImage } from '../testing/test-image.ts'

/*
 * Each status that PS3.18, 2024e, asks for, under the clause that asks for it. What lies behind them is tested with
 * each feature; where we deviate is in the conformance statement.
 */

let gateway: TestGateway
let token: string
let readOnly: string
const image = testImage()
const deleted = testImage()
const { study, series, instance, path } = image

beforeAll(async () => {
  gateway = await startTestGateway({ STOW_BODY_BYTES_MAX: '100000' })
  const practice = await gateway.practice('north')
  token = await practice.token(['read', 'write', 'delete'])
  readOnly = await practice.token(['read'])
  const { path, init } = storeBody([image.file, deleted.file])
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
  const gone = await gateway.request(`/dicom-web${deleted.path}`, { as: token, method: 'DELETE' })
  expect(gone.status).toBe(204)
})
afterAll(() => gateway.stop())

type Ask = { path: string; status: number; headers?: Record<string, string>; method?: string }
const get = (path: string, status: number, headers: Record<string, string> = {}): Ask => ({
  path: `/dicom-web${path}`,
  status,
  headers,
})
const rendered = (query: string, status: number, type = 'image/jpeg') =>
  get(`${path}/rendered?${query}`, status, { Accept: type })
const uri = (query: string, status: number, headers: Record<string, string> = {}): Ask => ({
  path: `/wado?requestType=WADO&studyUID=${study}&seriesUID=${series}&objectUID=${instance}${query}`,
  status,
  headers,
})
const [dicom, octets] = ['application/dicom; transfer-syntax=*', 'application/octet-stream']

const asked: [clause: string, what: string, ask: Ask][] = [
  ['Table 10.4.3-1', 'an instance', get(path, 200, { Accept: dicom })],
  ['§8.6.1.1', 'a range of a single part', get(path, 206, { Accept: dicom, Range: 'bytes=0-9' })],
  ['Table 8.5-1', 'a range behind the end', get(path, 416, { Accept: dicom, Range: 'bytes=99999999-' })],
  ['Table 10.4.3-1', 'what does not exist', get(`/studies/${newUid()}`, 404)],
  ['Table 10.4.3-1', 'what was deleted', get(deleted.path, 410)],
  ['Table 10.4.3-1', 'a media type that is not supported', get(path, 406, { Accept: 'video/mp4' })],
  ['Table 10.4.3-1', 'a list of frames that is none', get(`${path}/frames/0`, 400)],
  ['§8.7.5', 'DICOM and rendered types in one Accept', get(path, 400, { Accept: `${dicom}, image/png` })],
  ['§8.3.3.1', 'a wildcard in accept=', get(`${path}?accept=*/*`, 400)],
  [
    '§8.7.8.1',
    'nothing of accept= is supported: the header',
    get(`${path}?accept=video/mp4`, 200, { Accept: dicom }),
  ],
  [
    '§8.7.3',
    'a transfer syntax that may not be used',
    get(path, 406, { Accept: 'application/dicom; transfer-syntax=1.2.840.10008.1.2' }),
  ],
  [
    '§8.7.3.5.2',
    'any transfer syntax',
    get(`${path}/frames/1`, 200, { Accept: `${octets}; transfer-syntax=*` }),
  ],
  ['§8.7.4', 'PNG', rendered('', 200, 'image/png')],
  ['§8.7.4', 'GIF', rendered('', 200, 'image/gif')],
  ['§8.7.7', 'image/* is the default of the category', rendered('', 200, 'image/*')],
  [
    '§10.4.4 note 3',
    'a rendered study as a single part',
    get(`/studies/${study}/rendered`, 406, { Accept: 'image/jpeg' }),
  ],
  ['§8.3.5.1.1', 'annotation without a keyword', rendered('annotation=', 400)],
  ['§8.3.5.1.2', 'quality below 1', rendered('quality=0', 400)],
  ['§8.3.5.1.2', 'quality above 100', rendered('quality=101', 400)],
  ['§8.3.5.1.2', 'quality that is no integer', rendered('quality=fine', 400)],
  ['§8.3.5.1.3', 'half a viewport', rendered('viewport=100', 400)],
  ['§8.3.5.1.3', 'an empty viewport', rendered('viewport=0,0', 400)],
  ['§8.3.5.1.3', 'parts of a viewport left out', rendered('viewport=8,8,,,8,8', 200)],
  [
    '§8.3.5.1.3',
    'a region of a thumbnail',
    get(`${path}/thumbnail?viewport=8,8,0,0,4,4`, 400, { Accept: 'image/jpeg' }),
  ],
  ['§8.3.5.1.4', 'a window without its function', rendered('window=40,400', 400)],
  ['§8.3.5.1.4', 'a window of an unknown function', rendered('window=40,400,cubic', 400)],
  ['§8.3.5.1.4', 'a window', rendered('window=40,400,linear-exact', 200)],
  ['§8.3.5.1.5', 'a profile in a format that has none', rendered('iccprofile=srgb', 400, 'image/gif')],
  ['§8.3.5.1.5', 'no profile in a format that has none', rendered('iccprofile=no', 200, 'image/gif')],
  ['§8.3', 'a parameter that is not supported', get('/studies?nonsense=1', 200)],
  ['§8.3', 'a parameter with an invalid value', get('/studies?limit=many', 400)],
  ['Table 10.6.3-1', 'a search', get('/studies?PatientID=T-1', 200)],
  [
    'Table 10.6.3-1',
    'a search that finds nothing, as XML',
    get('/studies?PatientID=nobody', 204, { Accept: 'multipart/related; type="application/dicom+xml"' }),
  ],
  ['Table 10.6.3-1', 'a key that cannot be searched by', get('/studies?RescaleSlope=1', 400)],
  ['§8.9.3.1', 'capabilities', { path: '/dicom-web/', status: 200, method: 'OPTIONS' }],
  [
    'Table 8.5-1',
    'a method that is not supported',
    { path: '/dicom-web/studies', status: 405, method: 'PUT' },
  ],
  ['§9.3', 'the default is rendered', uri('', 200)],
  ['§9.4.3.1', 'the file', uri('&contentType=application/dicom', 200)],
  ['§9.1.2.1.1', 'another request type', { path: '/wado?requestType=OTHER', status: 400 }],
  ['§9.4.2.2', 'without UIDs', { path: '/wado?requestType=WADO', status: 400 }],
  [
    '§9.1.2.2.1',
    'a parameter of the media type',
    uri(`&contentType=${encodeURIComponent('application/dicom;transfer-syntax=1.2.840.10008.1.2.1')}`, 400),
  ],
  ['§9.4.2.3', 'anonymize, which is not supported', uri('&contentType=application/dicom&anonymize=yes', 400)],
  [
    '§9.4.2.4',
    'a transfer syntax that is none',
    uri('&contentType=application/dicom&transferSyntax=abc', 400),
  ],
  [
    '§9.4.2.4',
    'a transfer syntax that cannot be given',
    uri('&contentType=application/dicom&transferSyntax=1.2.840.10008.1.2', 406),
  ],
  ['§9.5.2.1', 'a frame behind the last', uri('&frameNumber=2', 400)],
  ['§9.5.2.1', 'a frame that is none', uri('&frameNumber=0', 400)],
  ['§9.5.2.2', 'half a window', uri('&windowCenter=40', 400)],
  ['§9.5.2.4', 'three sides of a region', uri('&region=0,0,1', 400)],
  ['§9.5.2.4', 'a region the wrong way round', uri('&region=1,1,0,0', 400)],
]

test.each(asked)('%s: %s', async (_, __, { path, status, headers = {}, method = 'GET' }) => {
  const response = await gateway.request(path, { as: token, method, headers })
  expect(response.status, await response.clone().text()).toBe(status)
  if (status === 405) expect(response.headers.get('Allow')).toContain('GET')
  if (status >= 400) expect(response.headers.get('Content-Type')).toBe('application/problem+json')
  await response.body?.cancel()
})

const part = (type: string, body: string) => `--b\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`
const related = 'multipart/related; type="application/dicom"; boundary=b'
const file = testImage().file.toString('latin1')
const text = 'this is no DICOM file'
test.each([
  [200, 'all instances', related, `${part('application/dicom', file)}--b--`],
  [
    202,
    'some of the instances',
    related,
    `${part('application/dicom', file)}${part('application/dicom', text)}--b--`,
  ],
  [400, 'bad syntax', related, 'no boundary at all'],
  [409, 'none, for reasons of their own', related, `${part('application/dicom', text)}--b--`],
  [415, 'a media type that is not supported', 'text/plain', text],
  [
    415,
    'parts of a type that is not supported',
    'multipart/related; type="text/plain"; boundary=b',
    `${part('text/plain', text)}--b--`,
  ],
])('Table 10.5.3-1: %d, %s', async (status, _, contentType, body) => {
  const response = await gateway.request('/dicom-web/studies', {
    as: token,
    method: 'POST',
    headers: { 'Content-Type': contentType, Accept: 'application/dicom+json' },
    body: Buffer.from(body, 'latin1'),
  })
  expect(response.status, await response.text()).toBe(status)
})

test('Table 8.5-1: 304, 401, 403 and 413', async () => {
  const etag = (await gateway.request(`/dicom-web${path}/metadata`, { as: token })).headers.get('ETag') ?? ''
  const same = { as: token, headers: { 'If-None-Match': etag } }
  expect((await gateway.request(`/dicom-web${path}/metadata`, same)).status).toBe(304)
  const nobody = await gateway.request('/dicom-web/studies')
  expect([nobody.status, nobody.headers.has('WWW-Authenticate')]).toEqual([401, true])
  const { path: studies, init } = storeBody([testImage().file])
  expect((await gateway.request(studies, { ...init, as: readOnly })).status).toBe(403)
  const large = storeBody([testImage({ side: 512 }).file])
  expect((await gateway.request(studies, { ...large.init, as: token })).status).toBe(413)
})
