import { readFile } from 'node:fs/promises'
import { readdir } from 'node:fs/promises'
import { corpusPath } from '@bitewing/testbed'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bufferSource } from '../dicom/byte-source.ts'
import { toDicomJson } from '../dicom/dicom-json.ts'
import { frameIndex } from '../dicom/frame-index.ts'
import { parseInstance } from '../dicom/parse-instance.ts'
import { readBulkData } from '../dicom/read-bulk-data.ts'
import { readFrame } from '../dicom/read-frame.ts'
import { resolveBulkDataUris } from '../dicom/resolve-bulk-data-uris.ts'
import { collect } from '../dicom/testing.ts'
import { fromNativeXml } from '../dicom/from-native-xml.ts'
import { toNativeXml, type JsonAttributes } from '../dicom/to-native-xml.ts'
import { sequence, values, type DicomJson } from '../testing/dicom-json.ts'
import { readParts } from '../testing/read-parts.ts'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import type { TestPractice } from '../testing/test-practice.ts'
import { newUid, testImage } from '../testing/test-image.ts'

let gateway: TestGateway
let practice: TestPractice
let token: string

beforeAll(async () => {
  gateway = await startTestGateway()
  practice = await gateway.practice('north')
  token = await practice.token(['read', 'write'])
})
afterAll(() => gateway.stop())

type Part = { type: string; location?: string; bytes: Uint8Array | string }

function post(
  kind: 'json' | 'xml',
  parts: readonly Part[],
  { study, end = true, ...headers }: Record<string, string> & { study?: string; end?: boolean } = {},
) {
  const boundary = 'meta-boundary'
  const body = Buffer.concat([
    ...parts.flatMap(({ type, location, bytes }) => [
      Buffer.from(
        `\r\n--${boundary}\r\nContent-Type: ${type}\r\n${location ? `Content-Location: ${location}\r\n` : ''}\r\n`,
      ),
      Buffer.from(bytes as string),
    ]),
    Buffer.from(end ? `\r\n--${boundary}--\r\n` : ''),
  ])
  return gateway.request(`/dicom-web/studies${study ? `/${study}` : ''}`, {
    method: 'POST',
    as: token,
    headers: {
      'Content-Type': `multipart/related; type="application/dicom+${kind}"; boundary=${boundary}`,
      ...headers,
    },
    body,
  })
}

const get = (path: string, Accept = '*/*') =>
  gateway.request(`/dicom-web${path}`, { as: token, headers: { Accept } })

/** A file of the corpus as a client sends it, its bulk data as parts, under a SOP Instance UID of its own. */
async function asParts(name: string, type = 'application/octet-stream') {
  const source = bufferSource(await readFile(corpusPath(name)))
  const parsed = await parseInstance(source)
  const { json, bulkData } = toDicomJson(parsed)
  const attributes = JSON.parse(resolveBulkDataUris(json, 'urn:test:')) as JsonAttributes
  const instance = newUid()
  attributes['00080018'] = { vr: 'UI', Value: [instance] }
  const parts: Part[] = []
  const index = parsed.pixelData ? await frameIndex(source, parsed) : null
  for (const path of Object.keys(bulkData.values)) {
    if (path === '7FE00010' && type !== 'application/octet-stream') {
      for (let frame = 1; index && frame <= index.frames; frame++) {
        const content = readFrame(source, index, frame)
        if (content)
          parts.push({ type, location: `urn:test:${path}`, bytes: await collect(content.stream()) })
      }
      continue
    }
    for (const part of readBulkData(source, bulkData, path)?.parts ?? [])
      parts.push({
        type: 'application/octet-stream',
        location: `urn:test:${path}`,
        bytes: await collect(part.stream()),
      })
  }
  const uid = (tag: string) => String(attributes[tag]?.Value?.[0])
  const path = `/studies/${uid('0020000D')}/series/${uid('0020000E')}/instances/${instance}`
  return { attributes, parts, path, frames: index?.frames ?? 0 }
}

const withoutBulk = (attributes: JsonAttributes) =>
  Object.fromEntries(
    Object.entries(attributes).filter(
      ([tag, { BulkDataURI }]) => BulkDataURI === undefined && tag !== '00080005',
    ),
  )

// PS3.18 §10.5.1.4: DICOM JSON in one part, XML in one part for each instance.
test.each([
  ['json', 'dental/wrapped/io_bitewing_8bit_jpegls.dcm', 'image/jls; transfer-syntax=1.2.840.10008.1.2.4.80'],
  ['json', 'transfer-syntax/rle/OBXXXX1A_rle_2frame.dcm', 'image/dicom-rle'],
  ['json', 'transfer-syntax/implicit-le/MR_small_implicit.dcm', undefined],
  ['json', 'transfer-syntax/explicit-be/SC_rgb_expb_16bit_2frame.dcm', undefined],
  ['json', 'documents/sr/sr_document.dcm', undefined],
  ['json', 'documents/encapsulated/referral_letter_pdf.dcm', undefined],
  ['xml', 'transfer-syntax/rle/OBXXXX1A_rle_2frame.dcm', 'image/dicom-rle'],
  ['xml', 'transfer-syntax/implicit-le/MR_small_implicit.dcm', undefined],
  ['xml', 'documents/sr/reportsi.dcm', undefined],
] as const)(
  'as metadata (%s) and bulk data, an instance comes back with the same attributes and bytes: %s',
  async (kind, name, type) => {
    const { attributes, parts, path, frames } = await asParts(name, type)
    const metadata: Part = {
      type: `application/dicom+${kind}`,
      bytes: kind === 'json' ? JSON.stringify([attributes]) : toNativeXml(attributes),
    }
    const response = await post(kind, [metadata, ...parts])
    expect(response.status, await response.clone().text()).toBe(200)

    const [stored] = (await (await get(`${path}/metadata`)).json()) as JsonAttributes[]
    const sent = kind === 'json' ? attributes : fromNativeXml(toNativeXml(attributes))
    const comparable = (one: JsonAttributes) =>
      JSON.stringify(withoutBulk(one)).replace(/"(-?[\d.]+(?:e-?\d+)?)"/g, '$1')
    expect(comparable(stored ?? {})).toBe(comparable(sent))

    const locations = new Set(parts.map(({ location }) => location))
    for (const location of locations) {
      const tagPath = location?.replace('urn:test:', '') ?? ''
      const expected = parts
        .filter((part) => part.location === location)
        .map(({ bytes }) => Buffer.from(bytes as Uint8Array))
      if (tagPath === '7FE00010' && frames > 0) {
        const list = Array.from({ length: frames }, (_, at) => at + 1).join()
        const got = await readParts(
          await get(
            `${path}/frames/${list}`,
            'multipart/related; type="application/octet-stream"; transfer-syntax=*',
          ),
        )
        expect(
          Buffer.concat(got.map(({ bytes }) => bytes)).equals(
            Buffer.concat(expected).subarray(0, Buffer.concat(got.map(({ bytes }) => bytes)).length),
          ),
        ).toBe(true)
        expect(got.map(({ headers }) => headers.get('content-type'))[0]).toContain(
          type?.split('transfer-syntax=')[1] ??
            (type === 'image/dicom-rle' ? '1.2.840.10008.1.2.5' : '1.2.840.10008.1.2.1'),
        )
      } else {
        const got = await readParts(await get(`${path}/bulkdata/${tagPath}`))
        expect(Buffer.concat(got.map(({ bytes }) => bytes)).equals(Buffer.concat(expected))).toBe(true)
      }
    }
  },
)

// PS3.18 §10.5.1.4 and §10.5.2: the Image Pixel Description may be left out; the JPEG says it.
test.each([
  ['grey', 1, 'MONOCHROME2'],
  ['colour', 3, 'YBR_FULL_422'],
])('a photograph as JPEG with hardly any metadata: %s', async (_, samples, photometric) => {
  const jpeg = await sharp({
    create: { width: 40, height: 30, channels: 3, background: { r: 200, g: 90, b: 30 } },
  })
    .toColourspace(samples === 1 ? 'b-w' : 'srgb')
    .jpeg()
    .toBuffer()
  const [study, series, instance] = [newUid(), newUid(), newUid()]
  const metadata = {
    '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.77.1.4'] },
    '00080018': { vr: 'UI', Value: [instance] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Gagné^Zoé' }] },
    '0020000D': { vr: 'UI', Value: [study] },
    '0020000E': { vr: 'UI', Value: [series] },
    '7FE00010': { vr: 'OB', BulkDataURI: 'photo' },
  }
  const response = await post('json', [
    { type: 'application/dicom+json', bytes: JSON.stringify([metadata]) },
    { type: 'image/jpeg', location: 'photo', bytes: jpeg },
  ])
  expect(response.status, await response.clone().text()).toBe(200)
  const path = `/studies/${study}/series/${series}/instances/${instance}`
  const [stored] = (await (await get(`${path}/metadata`)).json()) as DicomJson[]
  expect(values(stored, '00280010')).toEqual([30])
  expect(values(stored, '00280011')).toEqual([40])
  expect(values(stored, '00280002')).toEqual([samples])
  expect(values(stored, '00280004')).toEqual([photometric])
  expect(values(stored, '00100010')).toEqual([{ Alphabetic: 'Gagné^Zoé' }])
  const picture = await sharp(
    Buffer.from(await (await get(`${path}/rendered`, 'image/png')).arrayBuffer()),
  ).metadata()
  expect([picture.width, picture.height]).toEqual([40, 30])
  const frame = await get(`${path}/frames/1`, 'image/jpeg')
  expect(
    Buffer.from(await frame.arrayBuffer())
      .subarray(0, jpeg.length)
      .equals(jpeg),
  ).toBe(true)
})

// PS3.18 Tables 10.5.2-1 and I.2-2: what has no transfer syntax would have to be decoded first, which is not done.
test.each([
  'image/png',
  'image/gif',
  'image/tiff',
  'text/plain',
  'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.2',
])(
  'pixel data as %s is refused as a transfer syntax that is not supported: 0xC122, and by name',
  async (type) => {
    const [study, series, instance] = [newUid(), newUid(), newUid()]
    const metadata = {
      '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.7'] },
      '00080018': { vr: 'UI', Value: [instance] },
      '0020000D': { vr: 'UI', Value: [study] },
      '0020000E': { vr: 'UI', Value: [series] },
      '7FE00010': { vr: 'OB', BulkDataURI: 'pixels' },
    }
    const response = await post('json', [
      { type: 'application/dicom+json', bytes: JSON.stringify([metadata]) },
      { type, location: 'pixels', bytes: Buffer.from('89504e470d0a1a0a', 'hex') },
    ])
    expect(response.status).toBe(409)
    const [failed] = sequence((await response.json()) as DicomJson, '00081198')
    expect([values(failed, '00081155'), values(failed, '00081197')]).toEqual([[instance], [0xc122]])
  },
)

test('many instances in one request, some of them bad: 202, each with what became of it, in order', async () => {
  const study = newUid()
  const minimal = (more: JsonAttributes = {}): JsonAttributes => ({
    '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.88.11'] },
    '00080018': { vr: 'UI', Value: [newUid()] },
    '0020000D': { vr: 'UI', Value: [study] },
    '0020000E': { vr: 'UI', Value: [newUid()] },
    ...more,
  })
  const dataSets = [
    minimal(),
    minimal({ '00280010': { vr: 'US', Value: [70000] } }),
    minimal({ '7FE00010': { vr: 'OW', BulkDataURI: 'nowhere' } }),
    minimal({ '00080018': { vr: 'UI' } }),
    minimal({ '0020000D': { vr: 'UI', Value: [newUid()] } }),
    minimal({ '00100010': { vr: 'ZZ' } }),
  ]
  const response = await post('json', [{ type: 'application/dicom+json', bytes: JSON.stringify(dataSets) }], {
    study,
  })
  expect(response.status).toBe(202)
  const answer = (await response.json()) as DicomJson
  const failed = sequence(answer, '00081198').map((item) => [
    values(item, '00081155')[0],
    values(item, '00081197')[0],
  ])
  const uid = (at: number) => dataSets[at]?.['00080018']?.Value?.[0]
  expect(failed).toEqual([
    [uid(1), 0xc000],
    [uid(2), 0xc000],
    [uid(4), 0xa901],
    [uid(5), 0xc000],
  ])
  expect(sequence(answer, '00081199')).toHaveLength(1)
  expect(sequence(answer, '0008119A').map((item) => values(item, '00081197')[0])).toEqual([0xa900])
})

// A body of a megabyte could else fill the disk: each of a thousand attributes, or instances, naming all of it again.
test('instances that share bulk data may not become larger than the limits, each and together', async () => {
  const small = await startTestGateway({ STOW_INSTANCE_BYTES_MAX: '1000000', STOW_BODY_BYTES_MAX: '2000000' })
  try {
    const own = await (await small.practice('small')).token(['write'])
    const uid = (value: string) => ({ vr: 'UI', Value: [value] })
    const dataSet = (references: number) => ({
      '00080016': uid('1.2.840.10008.5.1.4.1.1.7'),
      '00080018': uid(newUid()),
      '0020000D': uid(newUid()),
      '0020000E': uid(newUid()),
      ...Object.fromEntries(
        Array.from({ length: references }, (_, at) => [
          `${6000 + 2 * at}3000`,
          { vr: 'OB', BulkDataURI: 'bulk' },
        ]),
      ),
    })
    const dataSets = [dataSet(3), ...Array.from({ length: 6 }, () => dataSet(1))]
    const body = Buffer.concat([
      Buffer.from(`--b\r\nContent-Type: application/dicom+json\r\n\r\n${JSON.stringify(dataSets)}`),
      Buffer.from('\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Location: bulk\r\n\r\n'),
      Buffer.alloc(400_000, 1),
      Buffer.from('\r\n--b--\r\n'),
    ])
    const response = await small.request('/dicom-web/studies', {
      method: 'POST',
      as: own,
      headers: { 'Content-Type': 'multipart/related; type="application/dicom+json"; boundary=b' },
      body,
    })
    const answer = (await response.json()) as DicomJson
    expect(response.status).toBe(202)
    expect(sequence(answer, '00081199')).toHaveLength(4) // the fifth would go past 2 MB
    expect(sequence(answer, '00081198').map((one) => values(one, '00081197'))).toEqual([
      [0xa700],
      [0xa700],
      [0xa700],
    ])
  } finally {
    await small.stop()
  }
})

test('a malformed request is 400 or 415 and leaves nothing behind, on disk neither', async () => {
  const study = newUid()
  const fine = JSON.stringify([
    {
      '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.88.11'] },
      '00080018': { vr: 'UI', Value: [newUid()] },
      '0020000D': { vr: 'UI', Value: [study] },
      '0020000E': { vr: 'UI', Value: [newUid()] },
    },
  ])
  for (const bytes of ['{', '[1]', '[{"00100010":{}}]', '"x"', '[[]]', `${'['.repeat(50_000)}`]) {
    const response = await post('json', [{ type: 'application/dicom+json', bytes }])
    expect(response.status, bytes.slice(0, 20)).toBe(400)
  }
  const cut = await post(
    'json',
    [
      { type: 'application/dicom+json', bytes: fine },
      { type: 'application/octet-stream', location: 'x', bytes: 'abc' },
    ],
    { end: false } as never,
  )
  expect(cut.status).toBe(400)
  expect((await get(`/studies/${study}/metadata`)).status).toBe(404)
  const deep = `${'{"0040A730":{"vr":"SQ","Value":['.repeat(3000)}${']}}'.repeat(3000)}`
  expect((await post('json', [{ type: 'application/dicom+json', bytes: `[${deep}]` }])).status).toBe(409)
  expect((await post('xml', [{ type: 'application/dicom+xml', bytes: '<x' }])).status).toBe(409)
  expect(await readdir(gateway.system.spoolDir)).toEqual([])
})

test('the answer is XML for a client that takes XML, and so are metadata and search results', async () => {
  const { file, path, study } = testImage({ attributes: { '00100010': ['PN', 'Côté^Zoé'] } })
  const stored = await gateway.request('/dicom-web/studies', {
    method: 'POST',
    as: token,
    headers: {
      'Content-Type': 'multipart/related; type="application/dicom"; boundary=b',
      Accept: 'application/dicom+xml',
    },
    body: Buffer.concat([
      Buffer.from('--b\r\nContent-Type: application/dicom\r\n\r\n'),
      file,
      Buffer.from('\r\n--b--'),
    ]),
  })
  expect([stored.status, stored.headers.get('Content-Type')]).toEqual([200, 'application/dicom+xml'])
  expect(fromNativeXml(await stored.text())['00081199']?.Value).toHaveLength(1)

  const xml = 'multipart/related; type="application/dicom+xml"'
  for (const level of [path, path.replace(/\/instances.*/, ''), `/studies/${study}`]) {
    const [part] = await readParts(await get(`${level}/metadata`, xml))
    const [json] = (await (await get(`${level}/metadata`)).json()) as JsonAttributes[]
    expect(part?.headers.get('content-type')).toBe('application/dicom+xml')
    const read = fromNativeXml(part?.bytes.toString('utf8') ?? '')
    expect(Object.keys(read)).toEqual(Object.keys(json ?? {}))
    expect(read['00100010']?.Value).toEqual([{ Alphabetic: 'Côté^Zoé' }])
    expect(read['7FE00010']?.BulkDataURI).toBe(`http://gateway.test/dicom-web${path}/bulkdata/7FE00010`)
    expect((await get(`${level}/metadata`, 'application/dicom+xml')).headers.get('Content-Type')).toBe(
      'application/dicom+xml',
    )
  }
  // PS3.18 §10.6.3.1
  const found = await readParts(await get(`/studies?StudyInstanceUID=${study}`, xml))
  expect(found.map(({ bytes }) => fromNativeXml(bytes.toString('utf8'))['0020000D']?.Value)).toEqual([
    [study],
  ])
  const none = await get(`/studies?StudyInstanceUID=${newUid()}`, xml)
  expect([none.status, await none.text()]).toEqual([204, ''])
  expect((await get('/studies', 'application/dicom+xml')).status).toBe(406)
  expect((await get('/studies?accept=*/*')).status).toBe(400)
})
