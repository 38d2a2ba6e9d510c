import { readFile } from 'node:fs/promises'
import { corpusPath } from '@bitewing/testbed'
import { api } from 'dicomweb-client'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bufferSource } from '../dicom/byte-source.ts'
import { parseInstance } from '../dicom/parse-instance.ts'
import { FetchXhr } from '../testing/fetch-xhr.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { newUid, testImage } from '../testing/test-image.ts'

/*
 * The client that browsers' viewers are built on, every call of its API that talks to a server.
 */

type Answer = ArrayBuffer | ArrayBuffer[]
type Client = Record<string, (options: Record<string, unknown>) => Promise<unknown>> & {
  buildInstanceWadoURIUrl(options: Record<string, unknown>): string
}
// its own types, made from comments, ask for options that its code and its documentation call optional
const DicomwebClient = api.DICOMwebClient as unknown as new (options: Record<string, unknown>) => Client

let gateway: TestGateway
let client: Client
let url: string
let headers: Record<string, string>
const [study, series] = [newUid(), newUid()]
const images = [1, 2].map((grey) => testImage({ study, series, grey, side: 32 }))
const uids = {
  studyInstanceUID: study,
  seriesInstanceUID: series,
  sopInstanceUID: images[0]?.instance ?? '',
}
const buffer = (bytes: Uint8Array) => new Uint8Array(bytes).buffer
/** The same call by name: a method that a release renames fails the test, and not the type check alone. */
const call = (name: string, options: Record<string, unknown> = {}): Promise<unknown> => {
  const method = client[name]
  if (!method) throw new Error(`the client has no ${name}`)
  return method.call(client, options)
}
const firstOf = (answer: unknown) => {
  const [first] = Array.isArray(answer) ? (answer as ArrayBuffer[]) : [answer as ArrayBuffer]
  return Buffer.from(first ?? new ArrayBuffer(0))
}
const formatOf = async (answer: unknown) => (await sharp(firstOf(answer)).metadata()).format

/** Two frames as RLE, four bytes of JPEG-LS: what is in the corpus under its own UIDs. */
const corpus: Record<'rle' | 'jls' | 'jpeg', Record<string, string>> = { rle: {}, jls: {}, jpeg: {} }
const files = {
  rle: 'transfer-syntax/rle/OBXXXX1A_rle_2frame.dcm',
  jls: 'transfer-syntax/jpeg-ls-lossless/emri_small_jpeg_ls_lossless.dcm',
  jpeg: 'transfer-syntax/jpeg-lossless-sv1/JPGLosslessP14SV1_1s_1f_8b.dcm',
} as const

beforeAll(async () => {
  gateway = await startTestGateway()
  const token = await (await gateway.practice('north')).token(['read', 'write'])
  url = await gateway.serve()
  headers = { Authorization: `Bearer ${token}` }
  Object.assign(globalThis, { XMLHttpRequest: FetchXhr })
  client = new DicomwebClient({ url: `${url}/dicom-web`, headers, verbose: false })
  await call('storeInstances', { datasets: images.map(({ file }) => buffer(file)) })
  for (const name of ['rle', 'jls', 'jpeg'] as const) {
    const file = await readFile(corpusPath(files[name]))
    const { identifiers } = await parseInstance(bufferSource(file))
    await call('storeInstances', { datasets: [buffer(file)], studyInstanceUID: identifiers.studyInstanceUid })
    corpus[name] = {
      studyInstanceUID: identifiers.studyInstanceUid,
      seriesInstanceUID: identifiers.seriesInstanceUid,
      sopInstanceUID: identifiers.sopInstanceUid,
    }
  }
})
afterAll(() => gateway.stop())

test('searches at every level, with and without parameters', async () => {
  expect(await call('searchForStudies')).toHaveLength(4)
  expect(await call('searchForStudies', { queryParams: { StudyInstanceUID: study } })).toHaveLength(1)
  expect(await call('searchForSeries')).toHaveLength(4)
  expect(await call('searchForSeries', { studyInstanceUID: study })).toHaveLength(1)
  expect(await call('searchForInstances')).toHaveLength(5)
  expect(await call('searchForInstances', { studyInstanceUID: study })).toHaveLength(2)
  expect(await call('searchForInstances', { ...uids, queryParams: { limit: 1, offset: 1 } })).toHaveLength(1)
})

test('metadata of study, series and instance', async () => {
  expect(await call('retrieveStudyMetadata', uids)).toHaveLength(2)
  expect(await call('retrieveSeriesMetadata', uids)).toHaveLength(2)
  expect(await call('retrieveInstanceMetadata', uids)).toMatchObject([
    { '00080018': { Value: [uids.sopInstanceUID] } },
  ])
})

test('instance, series and study, whole', async () => {
  const stored = images.map(({ file }) => file.toString('base64'))
  expect(firstOf(await call('retrieveInstance', uids)).toString('base64')).toBe(stored[0])
  for (const name of ['retrieveSeries', 'retrieveStudy']) {
    const parts = (await call(name, uids)) as ArrayBuffer[]
    expect(parts.map((part) => Buffer.from(part).toString('base64')).sort()).toEqual([...stored].sort())
  }
  // its mediaTypes for an instance do not work with any server: it takes the common part `application/` for a type
})

test.each([
  ['rle', undefined],
  ['rle', [{ mediaType: 'application/octet-stream', transferSyntaxUID: '1.2.840.10008.1.2.1' }]],
  ['rle', [{ mediaType: 'image/x-dicom-rle', transferSyntaxUID: '1.2.840.10008.1.2.5' }]],
  ['jls', [{ mediaType: 'image/x-jls', transferSyntaxUID: '1.2.840.10008.1.2.4.80' }]],
  ['jpeg', [{ mediaType: 'image/jpeg', transferSyntaxUID: '1.2.840.10008.1.2.4.70' }]],
  [
    'jls',
    [
      { mediaType: 'image/x-jls', transferSyntaxUID: '1.2.840.10008.1.2.4.80' },
      { mediaType: 'application/octet-stream', transferSyntaxUID: '1.2.840.10008.1.2.1' },
    ],
  ],
] as const)('frames of %s as %j', async (name, mediaTypes) => {
  const frames = (await call('retrieveInstanceFrames', {
    ...corpus[name],
    frameNumbers: [1],
    ...(mediaTypes ? { mediaTypes } : {}),
  })) as Answer
  expect(firstOf(frames).length).toBeGreaterThan(100)
})

test('rendered instances and frames in every type the client knows', async () => {
  for (const [mediaType, format] of [
    ['image/jpeg', 'jpeg'],
    ['image/png', 'png'],
    ['image/gif', 'gif'],
  ]) {
    const mediaTypes = [{ mediaType }]
    const queryParams = { viewport: '64,64' }
    expect(await formatOf(await call('retrieveInstanceRendered', { ...uids, mediaTypes, queryParams }))).toBe(
      format,
    )
    expect(await formatOf(await call('retrieveInstanceThumbnail', { ...uids, mediaTypes }))).toBe(format)
    for (const name of ['retrieveInstanceFramesRendered', 'retrieveInstanceFramesThumbnail']) {
      expect(await formatOf(await call(name, { ...corpus.rle, frameNumbers: [2], mediaTypes })), name).toBe(
        format,
      )
    }
  }
  expect(await formatOf(await call('retrieveInstanceRendered', uids))).toBe('jpeg')
  expect(await formatOf(await call('retrieveInstanceThumbnail', uids))).toBe('jpeg')
})

test('bulk data by the address in the metadata, also in ranges', async () => {
  const BulkDataURI = `${url}/dicom-web${images[0]?.path ?? ''}/bulkdata/7FE00010`
  expect(firstOf(await call('retrieveBulkData', { BulkDataURI })).equals(Buffer.alloc(1024, 1))).toBe(true)
  const ranged = await call('retrieveBulkData', {
    BulkDataURI,
    mediaTypes: [{ mediaType: 'application/octet-stream' }],
    byteRange: [0, 99],
  })
  expect(firstOf(ranged).length).toBeGreaterThanOrEqual(100)
})

test('WADO-URI by the address that the client builds', async () => {
  const old = new DicomwebClient({ url, wadoURLPrefix: 'wado', headers, verbose: false })
  const response = await fetch(old.buildInstanceWadoURIUrl(uids), { headers })
  expect(Buffer.from(await response.arrayBuffer()).equals(images[0]?.file ?? Buffer.alloc(0))).toBe(true)
})

test('what is not there is an error with its status', async () => {
  await expect(call('retrieveSeriesMetadata', { ...uids, seriesInstanceUID: '1.2.3' })).rejects.toMatchObject(
    {
      status: 404,
    },
  )
})
