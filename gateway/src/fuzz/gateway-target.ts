import { readFileSync } from 'node:fs'
import { corpusPath } from '@bitewing/testbed/corpus'
import fc from 'fast-check'
import type { TestGateway } from '../testing/start-test-gateway.ts'
import { storeBody } from '../testing/store-body.ts'
import { damage, damagedFile } from './parser-targets.ts'
import { target, type FuzzTarget } from './target.ts'

const segment = fc.oneof(
  fc.constantFrom(
    '1.2.3',
    '0',
    '..',
    '%2e%2e',
    '%00',
    '%0d%0aX: y',
    'a'.repeat(70),
    '*',
    '%F0%9F%A6%B7',
    '-1',
    '1,2',
    '%',
  ),
  fc.string({ maxLength: 12 }).map(encodeURIComponent),
)
const template = fc.constantFrom(
  ...[
    '/dicom-web/studies',
    '/dicom-web/series',
    '/dicom-web/instances',
    '/dicom-web/studies/{}',
    '/dicom-web/{}',
  ],
  ...[
    '/dicom-web/studies/{}/series',
    '/dicom-web/studies/{}/metadata',
    '/dicom-web/studies/{}/series/{}/rendered',
  ],
  ...[
    '/dicom-web/studies/{}/series/{}/instances/{}',
    '/dicom-web/studies/{}/series/{}/instances/{}/frames/{}',
  ],
  ...[
    '/dicom-web/studies/{}/series/{}/instances/{}/bulkdata/{}',
    '/dicom-web/studies/{}/thumbnail',
    '/dicom-web/studies/{}/bulkdata',
  ],
  ...[
    '/dicom-web/studies/{}/series/{}/instances/{}/rendered',
    '/renditions/{}/{}/{}/{}/{}',
    '/s/{}/dicom-web/studies/{}',
  ],
  ...['/wado', '/api/events', '/api/{}', '/viewer/{}', '/healthz', '/readyz', '/{}'],
)
const word = fc.oneof(
  fc.constantFrom(
    'PatientName',
    '00100010',
    'limit',
    'offset',
    'viewport',
    'window',
    'quality',
    'accept',
    'includefield',
    'requestType',
    'studyUID',
    'objectUID',
    'contentType',
    'frameNumber',
    'since',
    'annotation',
  ),
  fc.string({ maxLength: 10 }),
)
const value = fc.oneof(
  fc.constantFrom(
    'WADO',
    '*',
    '1',
    '-1',
    '99999999999999999999',
    '1,1,1,1,1,1',
    '1,0,linear',
    'application/dicom',
    'NaN',
    '%00',
    '\u0000',
    '20260101-20250101',
    '\\',
    'é̀',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
)
const headerValue = fc.oneof(
  fc.constantFrom(
    'multipart/related; type="application/dicom"',
    'image/jpeg',
    '*/*',
    'bytes=0-',
    'bytes=9-1',
    'bytes=-0',
    '"',
    'W/"x"',
    '*',
    'x'.repeat(5000),
    'multipart/related',
  ),
  fc.string({ maxLength: 30 }).filter((text) => /^[\x20-\x7e]*$/.test(text)),
)

/** What an answer may never hold. */
const betrays = /node_modules|\bat .*\.ts:\d|\bselect\b.*\bfrom\b|postgres(ql)?:\/\/|Bearer /i

const seedFiles = [
  'transfer-syntax/rle/SC_rgb_rle.dcm',
  'documents/sr/reportsi.dcm',
  'pixel-format/seg_image_ct_binary.dcm',
  'charset/chrH31.dcm',
]

/** Stores some files; paths of studies, series and instances that can then be asked for. */
async function storeSeeds(gateway: TestGateway, token: string): Promise<string[]> {
  const { path, init } = storeBody(seedFiles.map((file) => readFileSync(corpusPath(file))))
  const response = await gateway.request(path, { ...init, as: token })
  const instances = [...(await response.text()).matchAll(/\/dicom-web\/studies\/[^"/]+\/series\/[^"]+/g)].map(
    ([found]) => found,
  )
  if (instances.length < 3) throw new Error(`The seeds were not stored: status ${response.status}`)
  return instances.flatMap((instance) => {
    const series = instance.slice(0, instance.indexOf('/instances/'))
    return [instance, instance, series, series.slice(0, series.indexOf('/series/'))]
  })
}

/**
 * Whole requests on a gateway, with a credential and often for what is there, so that they come through to what
 * reads them.
 */
export async function gatewayTargets(gateway: TestGateway, token: string): Promise<readonly FuzzTarget[]> {
  const held = fc
    .tuple(
      fc.constantFrom(...(await storeSeeds(gateway, token))),
      fc.constantFrom(
        ...[
          '',
          '/metadata',
          '/rendered',
          '/thumbnail',
          '/bulkdata',
          '/pixeldata',
          '/frames/{}',
          '/bulkdata/{}',
        ],
        ...['/frames/{}/rendered', '/frames/{}/thumbnail', '/{}', '/frames/1', '/frames/1/rendered'],
      ),
    )
    .map(([path, resource]) => path + resource)
  return [
    target(
      'requests',
      fc.record({
        method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'),
        template: fc.oneof(template, held),
        segments: fc.array(segment, { minLength: 6, maxLength: 6 }),
        query: fc.array(fc.tuple(word, value), { maxLength: 5 }),
        headers: fc.array(
          fc.tuple(
            fc.constantFrom(
              'Accept',
              'Range',
              'If-None-Match',
              'If-Range',
              'Content-Type',
              'Origin',
              'Accept-Encoding',
            ),
            headerValue,
          ),
          { maxLength: 4 },
        ),
      }),
      async ({ method, template, segments, query, headers }) => {
        let n = 0
        const path = template.replaceAll('{}', () => segments[n++] ?? '')
        const search = new URLSearchParams(query).toString()
        const url = `${path}${search ? `?${search}` : ''}`
        if (!URL.canParse(`http://gateway.test${url}`)) return
        const cancel = new AbortController()
        const response = await gateway.request(url, { method, headers, as: token, signal: cancel.signal })
        await sound(response)
        cancel.abort()
      },
    ),
    target(
      'uploads',
      fc.record({
        files: fc.array(damagedFile, { minLength: 1, maxLength: 3 }),
        boundaryEnd: fc.constantFrom('whole', 'cut'),
        cutBytes: fc.nat({ max: 400 }),
      }),
      async ({ files, boundaryEnd, cutBytes }) => {
        const { path, init } = storeBody(files.map(damage))
        const whole = new Uint8Array(await new Response(init.body).arrayBuffer())
        const body = boundaryEnd === 'whole' ? whole : whole.subarray(0, Math.max(0, whole.length - cutBytes))
        const response = await gateway.request(path, { ...init, body, as: token })
        if (![200, 202, 400, 409, 413, 415].includes(response.status))
          throw new Error(`status ${response.status}`)
        await sound(response)
      },
    ),
  ]
}

async function sound(response: Response): Promise<void> {
  if (response.status === 500) throw new Error('an unforeseen error: status 500')
  if (response.headers.get('Content-Type')?.startsWith('text/event-stream')) {
    await response.body?.cancel()
    return
  }
  const text = await response.text()
  if (response.status < 400) return
  const found = betrays.exec(text)
  if (found) throw new Error(`an error that tells of the inside: ${found[0]}`)
}
