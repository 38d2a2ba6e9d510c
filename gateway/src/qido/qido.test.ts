import {
  closeDatabase,
  connectDatabase,
  createPatient,
  mergePatients,
  mergePreview,
  withTenant,
} from '@bitewing/db'
import { studies } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { element, item } from '../dicom/testing.ts'
import { values, type DicomJson } from '../testing/dicom-json.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { newUid, testImage, type TestImage } from '../testing/test-image.ts'

let gateway: TestGateway
let token: string

type Elements = Record<string, readonly [string, string | Uint8Array]>
const image = (attributes: Elements, uids: { study?: string; series?: string } = {}) =>
  testImage({ attributes, ...uids })

/* Four studies, newest first: tremblay, cote, percent, empty (without a date). */
const tremblay = { study: newUid(), series: newUid() }
const tremblay1 = image(
  {
    '00080020': ['DA', '20250310'],
    '00080030': ['TM', '143000.5'],
    '00080050': ['SH', 'ACC-1'],
    '00080090': ['PN', 'Lévesque^Marc'],
    '0008103E': ['LO', 'Bitewing left'],
    '00081030': ['LO', 'Annual check'],
    '00100010': ['PN', 'Tremblay^Éloïse'],
    '00100020': ['LO', 'P-100'],
    '00100030': ['DA', '19800229'],
    '00100040': ['CS', 'F'],
    '00200011': ['IS', '1'],
    '00200013': ['IS', '1'],
  },
  tremblay,
)
const tremblay2 = image(
  {
    '00080020': ['DA', '20250310'],
    '00100010': ['PN', 'Tremblay^Éloïse'],
    '00100020': ['LO', 'P-100'],
    '00200011': ['IS', '1'],
    '00200013': ['IS', '2'],
  },
  tremblay,
)
const tremblayPan = image(
  {
    '00080020': ['DA', '20250310'],
    '00080060': ['CS', 'PX'],
    '00100010': ['PN', 'Tremblay^Éloïse'],
    '00100020': ['LO', 'P-100'],
    '00200011': ['IS', '2'],
    '0008103E': ['LO', 'Panoramic'],
    '00080201': ['SH', '-0500'],
    '00400244': ['DA', '20250310'],
    '00400245': ['TM', '142500'],
    '00400275': [
      'SQ',
      Buffer.concat([
        item(element('00400009', 'SH', 'SPS-1'), element('00401001', 'SH', 'RP-9')),
        item(element('00400009', 'SH', 'SPS-2')),
      ]),
    ],
  },
  { study: tremblay.study },
)
const cote = image({
  '00080020': ['DA', '20240131'],
  '00080030': ['TM', '101530'],
  '00080050': ['SH', 'ACC-2'],
  '00100010': ['PN', 'Côté^Geneviève=山田^太郎'],
  '00100020': ['LO', 'P-200'],
  '00100030': ['DA', '20010101'],
  '00100040': ['CS', 'M'],
  '00101002': ['SQ', item(element('00100020', 'LO', 'OLD-7'))],
})
const percent = image({
  '00080020': ['DA', '20230601'],
  '00081030': ['LO', '100% done_now'],
  '00100010': ['PN', "O'Brien"],
  '00100020': ['LO', 'P_300'],
  '00282000': ['OB', Buffer.alloc(2000)],
  '00880200': ['SQ', item(element('20500020', 'CS', 'IDENTITY'), element('7FE00010', 'OB', 'icon'))],
  '20500020': ['CS', 'IDENTITY'],
})
const empty = image({
  '00080020': ['DA', ''],
  '00080030': ['TM', ''],
  '00100010': ['PN', ''],
  '00100020': ['LO', ''],
})

const names = new Map<string, string>([
  [tremblay.study, 'tremblay'],
  [cote.study, 'cote'],
  [percent.study, 'percent'],
  [empty.study, 'empty'],
])

beforeAll(async () => {
  gateway = await startTestGateway({ SEARCH_RESULTS_MAX: '3' })
  token = await (await gateway.practice('north')).token(['read', 'write'])
  const all: TestImage[] = [tremblay1, tremblay2, tremblayPan, cote, percent, empty]
  const { path, init } = storeBody(all.map(({ file }) => file))
  expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
})
afterAll(() => gateway.stop())

async function search(path: string) {
  const response = await gateway.request(`/dicom-web${path}`, {
    as: token,
    headers: { Accept: 'application/dicom+json' },
  })
  expect(response.status, await response.clone().text()).toBe(200)
  expect(response.headers.get('Content-Type')).toBe('application/dicom+json')
  return { results: (await response.json()) as DicomJson[], warning: response.headers.get('Warning') }
}
/** Which studies a query finds, in the order of the answer. */
async function found(query: string) {
  const { results } = await search(`/studies?limit=10&${query}`)
  return results.map((study) => names.get(String(values(study, '0020000D')[0]))).join(' ')
}

test.each([
  // single value, wildcard, case (PS3.4 §C.2.2.2.1 and 4)
  ['PatientID=P-100', 'tremblay'],
  ['00100020=P-100', 'tremblay'],
  ['PatientID=P-1', ''],
  ['PatientID=P-*', 'tremblay cote'],
  ['PatientID=P-?00', 'tremblay cote'],
  ['PatientID=*00', 'tremblay cote percent'],
  ['PatientID=P_300', 'percent'],
  ['PatientID=P_*', 'percent'], // not SQL's wildcard
  ['StudyDescription=*%25*', 'percent'],
  ['StudyDescription=annual*', 'tremblay'],
  ['AccessionNumber=ACC-2', 'cote'],
  ['PatientSex=F', 'tremblay'],
  ['PatientID=', 'tremblay cote percent'], // empty matches all; capped at three
  // person names: folded, whatever the case and the diacritics
  ['PatientName=Tremblay%5E%C3%89lo%C3%AFse', 'tremblay'],
  ['PatientName=tremblay%5Eeloise', 'tremblay'],
  ['PatientName=TREMBLAY*', 'tremblay'],
  ['PatientName=Tremblay', ''],
  ['PatientName=cote*', 'cote'],
  ['PatientName=*genevieve*', 'cote'],
  ['PatientName=C%C3%B4t%C3%A9%5E*', 'cote'],
  ['PatientName=*%E5%B1%B1%E7%94%B0*', 'cote'],
  ['PatientName=o%27brien', 'percent'],
  ['PatientName=gen&fuzzymatching=true', 'cote'],
  ['PatientName=eloise%20tremb&fuzzymatching=true', 'tremblay'],
  ['PatientName=blay&fuzzymatching=true', ''],
  ['ReferringPhysicianName=levesque*', 'tremblay'],
  ['PatientID=P-100&fuzzymatching=true', 'tremblay'], // fuzzy is of names alone
  // dates and times
  ['StudyDate=20240131', 'cote'],
  ['StudyDate=20240131-', 'tremblay cote'],
  ['StudyDate=-20240131', 'cote percent'],
  ['StudyDate=20230101-20241231', 'cote percent'],
  ['StudyDate=20240201-20240229', ''],
  ['StudyTime=1430', 'tremblay'],
  ['StudyTime=10-11', 'cote percent'],
  ['StudyTime=143000.5', 'tremblay'],
  ['PatientBirthDate=19800229', 'tremblay'],
  // lists
  ['ModalitiesInStudy=PX', 'tremblay'],
  ['ModalitiesInStudy=P*', 'tremblay'],
  ['ModalitiesInStudy=CT', ''],
  ['ModalitiesInStudy=PX%5CCT&multiplevaluematching=true', 'tremblay'],
  ['PatientID=P-100%5CP-200&multiplevaluematching=true', 'tremblay cote'],
  ['PatientID=P-100%5CP-200', ''],
  ['NumberOfStudyRelatedInstances=3', 'tremblay'],
  ['NumberOfStudyRelatedSeries=2', 'tremblay'],
  // several keys are all to be met
  ['PatientID=P-*&StudyDate=20240131', 'cote'],
  // a date and a time, both as ranges, are one range of moments (PS3.18 §8.3.4.1.1)
  ['StudyDate=20240131-20250310&StudyTime=1100-1400', ''],
  ['StudyDate=20240131-20250310&StudyTime=1000-1400', 'cote'],
  ['StudyDate=20240131-20250310&StudyTime=1100-1500', 'tremblay'],
  ['StudyDate=20240130-20250311&StudyTime=1100-1000', 'tremblay cote'],
  ['StudyDate=20240131-&StudyTime=1030-', 'tremblay'],
  ['StudyDate=-20250310&StudyTime=-1400', 'cote percent'],
  ['StudyDate=20240131&StudyTime=1000-1100', 'cote'],
  ['StudyDate=20240131-&StudyTime=1400-1500', 'tremblay'], // no day that the end belongs to: by themselves
  // in a sequence (PS3.4 §C.2.2.2.6)
  ['OtherPatientIDsSequence.PatientID=OLD-7', 'cote'],
  ['00101002.00100020=old-*', 'cote'],
  ['OtherPatientIDsSequence.00100020=OLD-1', ''],
  ['00101002.00100020=&emptyvaluematching=true&PatientID=P-*', 'tremblay'],
  // empty value matching (PS3.18 §8.3.4.5)
  ['StudyDate=&emptyvaluematching=true', 'empty'],
  ['PatientID=&emptyvaluematching=true', 'empty'],
  ['PatientName=%22%22', 'empty'],
])('studies?%s finds: %s', async (query, expected) => {
  expect(await found(query)).toBe(expected)
})

test('lists of UIDs, by backslash and by comma', async () => {
  for (const separator of ['%5C', ',']) {
    expect(await found(`StudyInstanceUID=${cote.study}${separator}${percent.study}`)).toBe('cote percent')
  }
  expect(await found(`StudyInstanceUID=${newUid()}`)).toBe('')
})

test('what a viewer sends as its study list is answered with all it shows', async () => {
  const { results } = await search(
    '/studies?limit=101&offset=0&fuzzymatching=true&includefield=00081030%2C00080060%2C00080090%2C00100030&00100020=P-100',
  )
  expect(results).toHaveLength(1)
  const [study] = results
  expect(Object.fromEntries(Object.entries(study ?? {}).map(([tag, { Value }]) => [tag, Value]))).toEqual({
    '00080005': ['ISO_IR 192'],
    '00080020': ['20250310'],
    '00080030': ['143000.5'],
    '00080050': ['ACC-1'],
    '00080056': ['ONLINE'],
    '00080061': ['IO', 'PX'],
    '00080090': [{ Alphabetic: 'Lévesque^Marc' }],
    '00081030': ['Annual check'],
    '00081190': [`http://gateway.test/dicom-web/studies/${tremblay.study}`],
    '00100010': [{ Alphabetic: 'Tremblay^Éloïse' }],
    '00100020': ['P-100'],
    '00100030': ['19800229'],
    '00100040': ['F'],
    '0020000D': [tremblay.study],
    '00200010': undefined,
    '00201206': [2],
    '00201208': [3],
  })
  expect(Object.keys(study ?? {})).toEqual(Object.keys(study ?? {}).sort())
})

// JavaScript makes ας and i̇ of these, Postgres ασ and i
test.each([
  ['greek', 'ΑΣ-7'],
  ['turkish', 'İ-7'],
  ['french', 'É-7'],
])('an id is found as it was sent, whatever its letters: %s', async (practice, id) => {
  const as = await (await gateway.practice(practice)).token(['read', 'write'])
  const { path, init } = storeBody([
    image({
      '00100020': ['LO', id],
      '00080050': ['SH', id],
      '00081030': ['LO', id],
      '00101002': ['SQ', item(element('00100020', 'LO', Buffer.from(id)))],
    }).file,
  ])
  expect((await gateway.request(path, { ...init, as })).status).toBe(200)
  for (const name of [
    'PatientID',
    'AccessionNumber',
    'StudyDescription',
    'OtherPatientIDsSequence.PatientID',
  ]) {
    for (const value of [id, `${id.slice(0, 2)}*`, `*${id.slice(1)}`]) {
      const response = await gateway.request(`/dicom-web/studies?${name}=${encodeURIComponent(value)}`, {
        as,
      })
      expect(await response.json(), `${name}=${value}`).toHaveLength(1)
    }
  }
})

test('nothing found is 200 with an empty list', async () => {
  expect(await search('/studies?PatientID=nobody')).toEqual({ results: [], warning: null })
})

test('pages: order, limit, offset, and a Warning for what remains; the limit is capped', async () => {
  const page = async (query: string) => {
    const { results, warning } = await search(`/studies?${query}`)
    return [
      results.map((one) => names.get(String(values(one, '0020000D')[0]))).join(' '),
      warning && /There are (\d+) additional/.exec(warning)?.[1],
    ]
  }
  expect(await page('limit=2')).toEqual(['tremblay cote', '2'])
  expect(await page('limit=2&offset=1')).toEqual(['cote percent', '1'])
  expect(await page('limit=2&offset=2')).toEqual(['percent empty', null])
  expect(await page('limit=2&offset=50')).toEqual(['', null])
  expect(await page('limit=100000')).toEqual(['tremblay cote percent', '1'])
  expect(await page('limit=0')).toEqual(['', '4'])
  const { warning } = await search('/studies?limit=1')
  expect(warning).toBe(
    '299 http://gateway.test/dicom-web: There are 3 additional results that can be requested',
  )
})

test.each([
  ['RescaleSlope=1', 'RescaleSlope'],
  ['00281053=1', '00281053'],
  ['Modality=IO', 'Modality'], // a series' attribute, at study level
  ['00400275.00400009=x', '00400275.00400009'], // a series' attribute, at study level
  ['00101002.00100024=x', '00101002.00100024'],
  ['OtherPatientIDsSequence.Nonsense=x', 'OtherPatientIDsSequence.Nonsense'],
  ['00101002.00100024.00400032=x', '00101002.00100024.00400032'],
  ['StudyDate=2024', 'StudyDate'],
  ['StudyDate=20240230', 'StudyDate'],
  ['StudyDate=20240101-20240102-20240103', 'StudyDate'],
  ['StudyDate=-', 'StudyDate'],
  ['StudyTime=2500', 'StudyTime'],
  ['StudyInstanceUID=abc', 'StudyInstanceUID'],
  ['NumberOfStudyRelatedInstances=many', 'NumberOfStudyRelatedInstances'],
  ['PatientName=a%00b', 'PatientName'],
  ['limit=-1', 'limit'],
  ['limit=x', 'limit'],
  ['offset=1e9', 'offset'],
  ['fuzzymatching=maybe', 'fuzzymatching'],
])('400 that names the parameter: %s', async (query, name) => {
  const response = await gateway.request(`/dicom-web/studies?${query}`, { as: token })
  expect(response.status).toBe(400)
  expect(((await response.json()) as { title: string }).title).toContain(name)
})

test('parameters that are neither keyword nor tag are ignored, and unknown includefields too', async () => {
  expect(await found('foo=bar&_=123&PatientID=P-200&includefield=Nonsense,99999999')).toBe('cote')
})

test('includefield: by tag, keyword, comma, repeated, all', async () => {
  const has = async (path: string, tag: string) => values((await search(path)).results[0], tag).length > 0
  const instances = `/studies/${tremblay.study}/series/${tremblay.series}/instances`
  expect(await has(instances, '00280101')).toBe(false)
  for (const field of ['BitsStored', '00280101', 'Rows,BitsStored', 'Rows&includefield=BitsStored', 'all']) {
    expect(await has(`${instances}?includefield=${field}`, '00280101'), field).toBe(true)
  }
  expect(await has(`${instances}?includefield=all`, '7FE00010')).toBe(false)
  expect(await has('/studies?PatientID=P-100&includefield=SOPClassesInStudy', '00080062')).toBe(true)
})

// PS3.18 §F.2.2 and §F.2.6: names that look like array indices too, and every BulkDataURI one that gives its value.
test('what a search includes has its tags ascending, and whole addresses of what is bulk', async () => {
  for (const fields of ['all', 'ICCProfile,IconImageSequence,PresentationLUTShape']) {
    const query = `/dicom-web/instances?SOPInstanceUID=${percent.instance}&includefield=${fields}`
    const text = await (await gateway.request(query, { as: token })).text()
    const [own] = JSON.parse(text) as DicomJson[]
    const tags = [...text.matchAll(/"([0-9A-F]{8})":\{/g)].map(([, tag]) => tag)
    const nested = tags.indexOf('00880200') + 1
    expect(tags.slice(nested, nested + 2)).toEqual(['20500020', '7FE00010'])
    tags.splice(nested, 2)
    expect(tags).toEqual(Object.keys(own ?? {}).sort())
    const uris = [...text.matchAll(/"BulkDataURI":"([^"]*)"/g)].map(([, uri = '']) => uri)
    expect(uris).toHaveLength(fields === 'all' ? 1 : 2)
    for (const uri of uris) {
      expect(uri).toContain(`http://gateway.test/dicom-web${percent.path}/bulkdata/`)
      const value = await gateway.request(uri.replace('http://gateway.test', ''), { as: token })
      expect(value.status).toBe(200)
      await value.body?.cancel()
    }
  }
})

test('series and instances of a study, of a series and of all, with the levels above where the path names none', async () => {
  const series = (await search(`/studies/${tremblay.study}/series`)).results
  expect(
    series.map((one) => [
      values(one, '00080060')[0],
      values(one, '00200011')[0],
      values(one, '00201209')[0],
      values(one, '0008103E')[0],
    ]),
  ).toEqual([
    ['IO', 1, 2, 'Bitewing left'],
    ['PX', 2, 1, 'Panoramic'],
  ])
  expect(values(series[0], '00100010')).toEqual([])

  const all = (await search('/series?Modality=PX')).results
  expect(all.map((one) => [values(one, '0020000E')[0], values(one, '00100020')[0]])).toEqual([
    [tremblayPan.series, 'P-100'],
  ])

  const instances = (await search(`/studies/${tremblay.study}/series/${tremblay.series}/instances`)).results
  expect(
    instances.map((one) => [
      values(one, '00080018')[0],
      values(one, '00200013')[0],
      values(one, '00280010')[0],
    ]),
  ).toEqual([
    [tremblay1.instance, 1, 16],
    [tremblay2.instance, 2, 16],
  ])
  expect((await search(`/studies/${tremblay.study}/instances`)).results).toHaveLength(3)
  expect(
    (await search(`/instances?SOPInstanceUID=${cote.instance}`)).results.map(
      (one) => values(one, '00100020')[0],
    ),
  ).toEqual(['P-200'])
  expect((await search('/instances?PatientID=P-100&InstanceNumber=2')).results).toHaveLength(1)
  expect((await gateway.request(`/dicom-web/studies/${newUid()}/series`, { as: token })).status).toBe(404)
})

// PS3.18 Tables 10.6.1-5 and 10.6.3-4: in every item, by the levels that have the series' attributes.
test('a series is found by its order, which is part of the answer', async () => {
  const found = async (query: string) =>
    (await search(query)).results.map((one) => values(one, '0020000E')[0])
  for (const key of [
    'RequestAttributesSequence.ScheduledProcedureStepID=SPS-2',
    '00400275.00400009=sps-?',
    'RequestAttributesSequence.RequestedProcedureID=RP-9',
    'PerformedProcedureStepStartDate=20250310-20250311&PerformedProcedureStepStartTime=142500-1426',
  ]) {
    expect(await found(`/series?${key}`), key).toEqual([tremblayPan.series])
    expect(await found(`/studies/${tremblay.study}/series?${key}`), key).toEqual([tremblayPan.series])
    expect(await found(`/instances?${key}`), key).toEqual([tremblayPan.series])
  }
  expect(await found('/series?00400275.00401001=SPS-1')).toEqual([])
  const [series] = (await search('/series?Modality=PX')).results
  expect(values(series, '00400275')).toHaveLength(2)
  expect(values(series, '00080201')).toEqual(['-0500'])
})

// PS3.18 §8.3.3.2 and §8.8.5: whatever else is asked for is ignored, and the answer is UTF-8.
test.each([
  ['charset=utf-8', 'utf-8'],
  ['charset=ISO-8859-1', 'ISO-8859-1'],
  ['charset=%22ISO%202022%20IR%2087%22', '*'],
  ['charset=nonsense', 'nonsense;q=0.5, utf-8;q=0.1'],
])('character sets: %s, Accept-Charset: %s', async (query, charsets) => {
  const response = await gateway.request(`/dicom-web/studies?PatientID=P-200&${query}`, {
    as: token,
    headers: { Accept: 'application/dicom+json; charset=ISO-8859-1', 'Accept-Charset': charsets },
  })
  const [study] = (await response.json()) as DicomJson[]
  expect(values(study, '00080005')).toEqual(['ISO_IR 192'])
  expect(values(study, '00100010')).toEqual([{ Alphabetic: 'Côté^Geneviève', Ideographic: '山田^太郎' }])
})

test('XML that is not multipart is 406; nothing said, anything and accept= are taken', async () => {
  const status = async (query: string, Accept: string) =>
    (await gateway.request(`/dicom-web/studies${query}`, { as: token, headers: { Accept } })).status
  expect(await status('', 'application/dicom+xml')).toBe(406)
  expect(await status('', 'multipart/related; type="application/dicom+xml"')).toBe(200)
  expect(await status('', '')).toBe(200)
  expect(await status('', 'application/dicom+json, multipart/related; type="application/octet-stream"')).toBe(
    200,
  )
  expect(await status('?accept=application/dicom%2Bjson', 'text/html')).toBe(200)
})

// answers are kept in memory by practice and question alone: the right to one is asked for each time
test('what is kept for one is for nobody else: another practice, who may not see images, a token that is over', async () => {
  const ask = async (init: { as?: string; headers?: Record<string, string> }) => {
    const response = await gateway.request('/dicom-web/studies?PatientID=P-100', init)
    return { status: response.status, found: response.ok ? ((await response.json()) as unknown[]).length : 0 }
  }
  const [north, south] = [await gateway.practice('kept-north'), await gateway.practice('kept-south')]
  const own = await north.token(['read', 'write'])
  const { path, init } = storeBody([image({ '00100020': ['LO', 'P-100'] }).file])
  expect((await gateway.request(path, { ...init, as: own })).status).toBe(200)
  const warm = async () => {
    for (const _ of [1, 2]) expect(await ask({ as: own })).toEqual({ status: 200, found: 1 })
  }
  await warm()
  expect(await ask({ as: await south.token(['read']) })).toEqual({ status: 200, found: 0 })
  await warm()
  expect((await ask({ as: await north.token(['write']) })).status).toBe(403)
  for (const role of ['front-desk', 'auditor'] as const) {
    await warm()
    expect((await ask({ headers: { Cookie: await north.cookie(role) } })).status).toBe(403)
  }
  expect(await ask({ headers: { Cookie: await south.cookie('owner') } })).toEqual({ status: 200, found: 0 })
  await warm()
  expect((await ask({})).status).toBe(401)
  const superuser = connectDatabase(gateway.database.superuserUrl, 1)
  await superuser.client.query('UPDATE api_tokens SET revoked_at = now() WHERE tenant_id = $1', [north.id])
  await closeDatabase(superuser)
  // a credential is remembered for half a second
  await expect.poll(async () => (await ask({ as: own })).status).toBe(401)
})

test('a study that has grown is found so at once, by whoever asked before', async () => {
  const study = newUid()
  const grow = async (modality: string) => {
    const { file } = image({ '00080060': ['CS', modality], '00100020': ['LO', 'P-GROWS'] }, { study })
    const { path, init } = storeBody([file])
    expect((await gateway.request(path, { ...init, as: token })).status).toBe(200)
    for (const _ of [1, 2]) {
      const response = await gateway.request('/dicom-web/studies?PatientID=P-GROWS', { as: token })
      const [found] = (await response.json()) as DicomJson[]
      counts.push([values(found, '00201208'), values(found, '00080061')])
    }
  }
  const counts: unknown[] = []
  await grow('IO')
  await grow('PX')
  const [one, two] = [
    [[1], ['IO']],
    [[2], ['IO', 'PX']],
  ]
  expect(counts).toEqual([one, one, two, two])
})

// what a search says must be what the file says: a record of the practice is corrected and merged beside both
test('after two records are merged searches say what the images say, and what comes under the old number is filed in the record that stays', async () => {
  const clinic = await gateway.practice('merged')
  const [as, { id: userId }] = [await clinic.token(['read', 'write']), await clinic.user('dentist')]
  const staff = { tenantId: clinic.id, userId, sessionId: null, address: null }
  const person = { '00100010': ['PN', 'TREMBLEY^ZOE'], '00100020': ['LO', 'M-7'] } as const
  const store = async () => {
    const stored = testImage({ attributes: person })
    const { path, init } = storeBody([stored.file])
    expect((await gateway.request(path, { ...init, as })).status).toBe(200)
    return withTenant(gateway.system.db, clinic.id, async (tx) => {
      const [study] = await tx.select().from(studies).where(eq(studies.studyInstanceUid, stored.study))
      return study
    })
  }
  const ofMachine = (await store())?.patientId ?? ''
  const desk = await createPatient(gateway.system.db, staff, {
    ...{ familyName: 'Tremblay', givenName: 'Zoé', birthDate: '1990-01-02', number: null },
    ...{ sex: null, phone: null, email: null },
  })
  const keptId = desk.outcome === 'created' ? desk.id : ''
  const preview = await withTenant(gateway.system.db, clinic.id, (tx) =>
    mergePreview(tx, { keptId, mergedId: ofMachine }),
  )
  const choice = { name: 'kept', birthDate: 'kept', sex: 'kept', phone: 'kept', email: 'kept' } as const
  const merged = { keptId, mergedId: ofMachine, choice, seen: preview?.seen ?? '' }
  expect(await mergePatients(gateway.system.db, staff, merged)).toMatchObject({ outcome: 'merged' })

  // as the machine says it always did: no doubt whose it is
  expect(await store()).toMatchObject({ patientId: keptId, matchState: 'matched' })
  const search = async (query: string) =>
    (await (await gateway.request(`/dicom-web/studies?${query}`, { as })).json()) as DicomJson[]
  const found = await search('PatientID=M-7')
  expect(found.map((study) => [values(study, '00100010'), values(study, '00100020')])).toEqual([
    [[{ Alphabetic: 'TREMBLEY^ZOE' }], ['M-7']],
    [[{ Alphabetic: 'TREMBLEY^ZOE' }], ['M-7']],
  ])
  expect(await search('PatientName=Tremblay*')).toEqual([])
})
