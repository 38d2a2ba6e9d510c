import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { runInNewContext } from 'node:vm'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { Hono } from 'hono'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryFolder, type TemporaryFolder } from '@bitewing/testbed/temporary-folder'
import type { GatewayEnv } from '../gateway-env.ts'
import { problem } from '../problem.ts'
import { viewerRoutes } from './viewer-routes.ts'

const script = 'window.shown = true // '.padEnd(4000, 'x')
let folder: TemporaryFolder
let app: Hono<GatewayEnv>

function gateway(viewerFolder: string | undefined) {
  return new Hono<GatewayEnv>()
    .route('/viewer', viewerRoutes({ folder: viewerFolder, signInPath: '/sign-in' }))
    .onError((error, c) => problem(c, error, pino({ level: 'silent' })))
}

beforeAll(async () => {
  folder = await temporaryFolder('viewer')
  const assets = path.join(folder.path, 'viewer/1.0.0-1')
  await mkdir(assets, { recursive: true })
  await writeFile(path.join(folder.path, 'secret.txt'), 'not the viewer')
  await writeFile(path.join(folder.path, 'viewer/index.html'), '<title>OHIF</title>')
  await writeFile(path.join(assets, 'app.js'), script)
  await writeFile(path.join(assets, 'app.js.br'), brotliCompressSync(script))
  await writeFile(path.join(assets, 'app.js.gz'), gzipSync(script))
  await writeFile(path.join(assets, 'codec.wasm'), Buffer.from([0, 0x61, 0x73, 0x6d]))
  app = gateway(path.join(folder.path, 'viewer'))
})

afterAll(() => folder.remove())

test('a study opens in a page that may run no script but its own', async () => {
  const response = await app.request('/viewer?StudyInstanceUIDs=1.2.3')

  expect(await response.text()).toContain('OHIF')
  const policy = response.headers.get('Content-Security-Policy')
  expect(policy).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';")
  expect(policy).toContain("frame-ancestors 'self'")
  expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff')
  expect(response.headers.get('Referrer-Policy')).toBe('no-referrer')
})

test('a place within OHIF is the same page', async () => {
  const response = await app.request('/viewer/notfoundstudy')

  expect(response.headers.get('Content-Type')).toContain('text/html')
})

test.each(['/viewer', '/viewer/', '/viewer?lng=fr'])(
  '%s, which names no study, leads to the practice app',
  async (url) => {
    const response = await app.request(url)

    expect([response.status, response.headers.get('Location')]).toEqual([302, '/'])
  },
)

test.each([
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, deflate', 'gzip'],
  ['br;q=0, gzip;q=0.5', 'gzip'],
  ['', null],
])('a browser that accepts "%s" gets the copy compressed by %s', async (accepted, coding) => {
  const response = await app.request('/viewer/1.0.0-1/app.js', { headers: { 'Accept-Encoding': accepted } })
  const bytes = { br: brotliCompressSync(script), gzip: gzipSync(script) }

  expect(response.headers.get('Content-Encoding')).toBe(coding)
  const expected = coding === 'br' || coding === 'gzip' ? bytes[coding] : Buffer.from(script)
  expect(Buffer.from(await response.arrayBuffer()).equals(expected)).toBe(true)
  expect(response.headers.get('Content-Length')).toBe(String(expected.length))
  expect(response.headers.get('Vary')).toBe('Accept-Encoding')
})

// Browsers compile WebAssembly while it arrives only under this type.
test('WebAssembly has its media type', async () => {
  const response = await app.request('/viewer/1.0.0-1/codec.wasm')

  expect(response.headers.get('Content-Type')).toBe('application/wasm')
})

test('files of a release are kept for good, the page and the settings are asked for again', async () => {
  const file = await app.request('/viewer/1.0.0-1/app.js')
  expect(file.headers.get('Cache-Control')).toContain('immutable')

  for (const url of ['/viewer?StudyInstanceUIDs=1', '/viewer/app-config.js', '/viewer/1.0.0-1/app.js']) {
    const etag = (await app.request(url)).headers.get('ETag') ?? ''
    const again = await app.request(url, { headers: { 'If-None-Match': `"other", W/${etag}` } })
    expect(again.status, url).toBe(304)
    const changed = await app.request(url, { headers: { 'If-None-Match': '"other"' } })
    expect(changed.status, url).toBe(200)
  }
})

test('HEAD tells the length and sends nothing', async () => {
  const response = await app.request('/viewer/1.0.0-1/app.js', { method: 'HEAD' })

  expect(response.headers.get('Content-Length')).toBe(String(script.length))
  expect(await response.text()).toBe('')
})

test.each([
  '/viewer/1.0.0-1/gone.js',
  '/viewer/1.0.0-1/app.js.br',
  '/viewer/..%2fsecret.txt',
  '/viewer/%2e%2e/secret.txt',
  '/viewer/1.0.0-1/..%2f..%2f..%2fsecret.txt',
])('%s is 404, never the page and never a file outside', async (url) => {
  const response = await app.request(url)

  expect(response.status).toBe(404)
  expect(await response.text()).not.toContain('not the viewer')
})

test('the viewer is only read', async () => {
  const response = await app.request('/viewer/app-config.js', { method: 'POST', body: 'x' })

  expect([response.status, response.headers.get('Allow')]).toEqual([405, 'GET, HEAD'])
})

test('a gateway without the viewer says so, and serves it as soon as it is there', async () => {
  expect((await gateway(undefined).request('/viewer?StudyInstanceUIDs=1')).status).toBe(503)

  const later = path.join(folder.path, 'later')
  const waiting = gateway(later)
  expect((await waiting.request('/viewer?StudyInstanceUIDs=1')).status).toBe(503)
  await mkdir(later)
  await writeFile(path.join(later, 'index.html'), '<title>OHIF</title>')
  expect((await waiting.request('/viewer?StudyInstanceUIDs=1')).status).toBe(200)
})

type Settings = {
  showStudyList: boolean
  investigationalUseDialog: { option: string }
  dataSources: { configuration: Record<string, unknown> }[]
  httpErrorHandler: (error: { status: number }) => void
}

/** Runs the settings as a browser would at an address, and gives them with where they lead to. */
async function loadSettings(search = '?StudyInstanceUIDs=1.2.3') {
  const left: string[] = []
  const location = {
    origin: 'https://images.example',
    pathname: '/viewer',
    search,
    replace: (address: string) => left.push(address),
  }
  const window: { location: typeof location; config?: Settings } = { location }
  const document = { documentElement: { lang: 'en' } }
  const text = await (await app.request('/viewer/app-config.js')).text()
  const setTimeout = (later: () => void) => later()
  runInNewContext(text, { window, document, setTimeout, URLSearchParams })
  if (!window.config) throw new Error('the script sets no config')
  return { settings: window.config, document, left }
}

test('OHIF asks this origin alone, lists no studies and shows no dialog of its own', async () => {
  const { settings } = await loadSettings()

  expect(settings.showStudyList).toBe(false)
  expect(settings.investigationalUseDialog.option).toBe('never')
  expect(
    settings.dataSources.map(({ configuration }) => [configuration['qidoRoot'], configuration['wadoRoot']]),
  ).toEqual([['https://images.example/dicom-web', 'https://images.example/dicom-web']])
})

test('a link in French says so to screen readers too', async () => {
  const { document } = await loadSettings('?StudyInstanceUIDs=1.2.3&lng=fr')

  expect(document.documentElement.lang).toBe('fr')
})

test('a session that has ended leads to sign-in and back, once', async () => {
  const { settings, left } = await loadSettings()

  settings.httpErrorHandler({ status: 404 })
  settings.httpErrorHandler({ status: 401 })
  settings.httpErrorHandler({ status: 401 })

  expect(left).toEqual(['/sign-in?next=%2Fviewer%3FStudyInstanceUIDs%3D1.2.3'])
})
