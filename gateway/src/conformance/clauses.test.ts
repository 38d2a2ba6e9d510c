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

const seriesPath = `/studies/${study}/series/${series}`
const levels = [
  ['a study', `/studies/${study}`],
  ['a series', seriesPath],
  ['an instance', path],
] as const
const relatedTo = (type: string, more = '') => `multipart/related; type="${type}"${more}`
/** What each line of a viewer's needs is answered with; the media type of the answer begins so. */
type Given = [clause: string, what: string, path: string, accept: string, type: string]
const json = 'application/dicom+json'
const bulk = relatedTo('application/octet-stream')
const syntaxes = {
  'as stored': '*',
  'Explicit VR Little Endian': '1.2.840.10008.1.2.1',
  'RLE Lossless': '1.2.840.10008.1.2.5',
  'JPEG baseline': '1.2.840.10008.1.2.4.50',
  'JPEG Lossless': '1.2.840.10008.1.2.4.70',
  'JPEG-LS': '1.2.840.10008.1.2.4.80',
  'JPEG 2000 lossless': '1.2.840.10008.1.2.4.90',
  HTJ2K: '1.2.840.10008.1.2.4.201',
}
const given: Given[] = [
  ...levels.flatMap(([what, at]): Given[] => [
    [
      'Table 10.4.1-1',
      `${what} as parts`,
      at,
      relatedTo('application/dicom'),
      relatedTo('application/dicom', '; boundary='),
    ],
    ['Table 10.4.1-2', `metadata of ${what} as JSON`, `${at}/metadata`, json, json],
    [
      'Table 10.4.1-2',
      `metadata of ${what} as XML`,
      `${at}/metadata`,
      relatedTo('application/dicom+xml'),
      relatedTo('application/dicom+xml', '; boundary='),
    ],
    [
      'Table 10.4.1-3',
      `${what} rendered`,
      `${at}/rendered`,
      relatedTo('image/jpeg'),
      relatedTo('image/jpeg'),
    ],
    ['Table 10.4.1-4', `a thumbnail of ${what}`, `${at}/thumbnail`, 'image/jpeg', 'image/jpeg'],
    ['Table 10.4.1-5', `bulk data of ${what}`, `${at}/bulkdata`, bulk, bulk],
    ['Table 10.4.1-6', `pixel data of ${what}`, `${at}/pixeldata`, bulk, bulk],
  ]),
  ['Table 10.4.1-1', 'an instance alone', path, 'application/dicom', 'application/dicom; transfer-syntax='],
  ['Table 10.4.1-1', 'a frame alone', `${path}/frames/1`, octets, octets],
  ['Table 10.4.1-1', 'a list of frames', `${path}/frames/1,1`, bulk, bulk],
  ['Table 10.4.1-5', 'one bulk value', `${path}/bulkdata/7FE00010`, octets, octets],
  ['Table 10.4.1-3', 'a frame rendered', `${path}/frames/1/rendered`, 'image/png', 'image/png'],
  ['Table 10.4.1-4', 'a thumbnail of a frame', `${path}/frames/1/thumbnail`, 'image/jpeg', 'image/jpeg'],
  ...levels
    .slice(0, 2)
    .map(([what, at]): Given => ['extension', `${what} as zip`, at, 'application/zip', 'application/zip']),
  ...Object.entries(syntaxes).map(([what, uid]): Given => [
    'Table 8.7.3-2',
    `transfer syntax: ${what}`,
    path,
    `application/dicom; transfer-syntax=${uid}`,
    `application/dicom; transfer-syntax=${uid === '*' ? syntaxes['Explicit VR Little Endian'] : uid}`,
  ]),
  ['§8.3.3.1', 'accept= instead of the header', `${path}/metadata?accept=${json}`, '*/*', json],
  ['§8.3.3.2', 'charset=', `${path}/metadata?charset=utf-8`, json, json],
  ['§8.3.5.1.1', 'annotation', `${path}/rendered?annotation=patient,technique`, 'image/jpeg', 'image/jpeg'],
  ['§8.3.5.1.2', 'quality', `${path}/rendered?quality=60`, 'image/jpeg', 'image/jpeg'],
  ['§8.3.5.1.3', 'a viewport', `${path}/rendered?viewport=8,8`, 'image/jpeg', 'image/jpeg'],
  ['§8.3.5.1.3', 'a region, flipped', `${path}/rendered?viewport=8,8,0,0,-8,-8`, 'image/png', 'image/png'],
  ...['linear', 'linear-exact', 'sigmoid'].map((shape): Given => [
    '§8.3.5.1.4',
    `a window, ${shape}`,
    `${path}/rendered?window=40,400,${shape}`,
    'image/png',
    'image/png',
  ]),
  ['§8.3.5.1.5', 'iccprofile', `${path}/rendered?iccprofile=srgb`, 'image/png', 'image/png'],
  ...[
    '/studies',
    '/series',
    '/instances',
    `/studies/${study}/series`,
    `/studies/${study}/instances`,
    `${seriesPath}/instances`,
  ].map((at): Given => [
    'Table 10.6.1-1',
    `a search of ${at.replace(/\/2\.25\.\d+/g, '/…')}`,
    at,
    json,
    json,
  ]),
  ...Object.entries({
    '§8.3.4.1': `StudyInstanceUID=${study},2.25.1`, // a list of UIDs
    '§8.3.4.1.1': 'StudyDate=20240101-20240228&StudyTime=1000-1100',
    '§8.3.4.2': 'fuzzymatching=true&PatientName=testpers',
    '§8.3.4.3': 'includefield=StudyDescription,00081032&includefield=all',
    '§8.3.4.4': 'limit=1&offset=0',
    '§8.3.4.5': 'emptyvaluematching=true&AccessionNumber=',
    '§8.3.4.6': 'multiplevaluematching=true&PatientID=T-1%5CT-2',
    'PS3.4 §C.2.2.2.4': 'PatientID=T-?&PatientName=*ANNA',
  }).map(([clause, query]): Given => [clause, decodeURIComponent(query), `/studies?${query}`, json, json]),
]

test.each(given)('%s: %s', async (_, __, at, Accept, type) => {
  const response = await gateway.request(`/dicom-web${at}`, { as: token, headers: { Accept } })
  expect(response.status, await response.clone().text()).toBe(200)
  expect(response.headers.get('Content-Type')?.startsWith(type)).toBe(true)
  const body = Buffer.from(await response.arrayBuffer())
  expect(body.length).toBeGreaterThan(2) // more than an empty list
  const declared = response.headers.get('Content-Length')
  if (declared !== null) expect(Number(declared)).toBe(body.length)
  // RFC 9110 §13.1.2: whatever has an ETag is not sent again
  const ETag = response.headers.get('ETag')
  if (ETag === null) return
  const again = await gateway.request(`/dicom-web${at}`, {
    as: token,
    headers: { Accept, 'If-None-Match': ETag },
  })
  expect(again.status).toBe(304)
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
