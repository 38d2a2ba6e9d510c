import sax from 'sax'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway.ts'
import { dicomwebResources } from './resources.ts'

let gateway: TestGateway
let token: string
beforeAll(async () => {
  gateway = await startTestGateway({ CORS_ORIGINS: 'https://viewer.test' })
  token = await (await gateway.practice('north')).token(['read'])
})
afterAll(() => gateway.stop())

const options = (path: string, headers: Record<string, string> = {}) =>
  gateway.request(path, { method: 'OPTIONS', headers })

test('every route of the DICOMweb root stands in the capabilities, and nothing else does', () => {
  const routes = gateway.app.routes
    .filter(({ method, path }) => path.startsWith('/dicom-web/') && !['ALL', 'OPTIONS'].includes(method))
    .map(({ method, path }) => `${method} ${path.slice('/dicom-web'.length)}`)
  expect(dicomwebResources.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(
    [...new Set(routes)].sort(),
  )
})

// PS3.18 §8.9
test('the root tells all as WADL by default, well-formed, each method once', async () => {
  for (const [path, Accept] of [
    ['/dicom-web', undefined],
    ['/dicom-web/', '*/*'],
    ['/dicom-web', 'application/vnd.sun.wadl+xml'],
  ] as const) {
    const response = await options(path, Accept === undefined ? {} : { Accept })
    expect([response.status, response.headers.get('Content-Type')]).toEqual([
      200,
      'application/vnd.sun.wadl+xml',
    ])
    expect(response.headers.get('Allow')).toBe('GET, HEAD, POST, DELETE, OPTIONS')
    const ids: string[] = []
    const representations: string[] = []
    const parser = sax.parser(true)
    parser.onerror = (error) => {
      throw error
    }
    parser.onopentag = ({ name, attributes }) => {
      const { id, mediaType } = attributes
      if (name === 'method' && typeof id === 'string') ids.push(id)
      if (name === 'representation' && typeof mediaType === 'string') representations.push(mediaType)
    }
    parser.write(await response.text()).close()
    expect(ids).toHaveLength(dicomwebResources.length)
    expect(new Set(ids).size).toBe(ids.length)
    expect(representations).toContain('multipart/related; type="application/dicom"')
  }
})

test('as JSON, with the attributes that can be searched by', async () => {
  const response = await options('/dicom-web', { Accept: 'application/json' })
  const { base, resources } = (await response.json()) as {
    base: string
    resources: { path: string; method: string; parameters: string[]; produces: string[] }[]
  }
  expect(base).toBe('http://gateway.test/dicom-web')
  expect(resources).toHaveLength(dicomwebResources.length)
  const studies = resources.find(({ path, method }) => path === '/studies' && method === 'GET')
  expect(studies?.parameters).toEqual(expect.arrayContaining(['PatientName', 'ModalitiesInStudy', 'limit']))
  expect(studies?.parameters).not.toContain('SOPInstanceUID')
  expect((await options('/dicom-web', { Accept: 'text/html' })).status).toBe(406)
})

test('an address tells of itself alone, with Allow; one that is none is 404; neither asks who is there', async () => {
  const one = await options('/dicom-web/studies/1.2.3', { Accept: 'application/json' })
  const { resources } = (await one.json()) as { resources: { path: string; method: string }[] }
  expect(resources.map(({ path, method }) => `${method} ${path}`)).toEqual([
    'POST /studies/{study}',
    'GET /studies/{study}',
    'DELETE /studies/{study}',
  ])
  expect(one.headers.get('Allow')).toBe('GET, HEAD, POST, DELETE, OPTIONS')
  const bulk = await options('/dicom-web/studies/1/series/2/instances/3/bulkdata/00880200/1/7FE00010')
  expect([bulk.status, bulk.headers.get('Allow')]).toEqual([200, 'GET, HEAD, OPTIONS'])
  expect((await options('/dicom-web/patients')).status).toBe(404)
})

test('a preflight is answered first, and as a preflight', async () => {
  const preflight = await options('/dicom-web/studies', {
    Origin: 'https://viewer.test',
    'Access-Control-Request-Method': 'GET',
  })
  expect([preflight.status, await preflight.text()]).toEqual([204, ''])
})

// RFC 9457: whatever goes wrong is a small JSON problem, wherever it does.
test('405 with Allow and a problem at every address of the root', async () => {
  for (const { path } of dicomwebResources) {
    const address = `/dicom-web${path.replace(/:\w+(\{[^}]*\})?/g, '1')}`
    const response = await gateway.request(address, { method: 'PATCH', as: token })
    expect([address, response.status]).toEqual([address, 405])
    expect(response.headers.get('Allow')).toMatch(/^(GET|POST|DELETE)/)
    expect(response.headers.get('Content-Type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ requestId: response.headers.get('X-Request-Id') })
  }
})
