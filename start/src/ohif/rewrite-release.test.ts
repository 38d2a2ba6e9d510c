import { expect, test } from 'vitest'
import { ohifRelease } from './ohif-release.ts'
import { rewriteRelease } from './rewrite-release.ts'

const publicPath = '__webpack_require__.p = "/";'

/** The least that a release must hold for the rewriting to know it. */
function release(changes: Record<string, string> = {}): Map<string, string> {
  const workers = Array.from({ length: 7 }, (_, index): [string, string] => [`worker${index}.js`, publicPath])
  return new Map([
    ...workers,
    ['app.js', `${publicPath} load('/dicom-microscopy-viewer/viewer.js')`],
    ['app.css', 'url(/a.woff2) '.repeat(5)],
    [
      'calls.js',
      `fetch('https://huggingface.co/model'); fetch(\`https://cdn.jsdelivr.net/npm\`);
       'https://raw.githubusercontent.com/x' 'https://cloudresourcemanager.googleapis.com/v1'
       'https://healthcare.googleapis.com/v1' 'https://api.locize.io/x' 'https://www.locize.io'
       "http://quantome.org:4242/aets"`,
    ],
    ...Object.entries(changes),
  ])
}

test('scripts, workers and styles find their files where the viewer is served', () => {
  const rewritten = rewriteRelease(release())

  expect(rewritten.get('app.js')).toContain(`__webpack_require__.p = "${ohifRelease.assetsPath}";`)
  expect(rewritten.get('worker6.js')).toBe(`__webpack_require__.p = "${ohifRelease.assetsPath}";`)
  expect(rewritten.get('app.css')).toContain('url(a.woff2)')
})

test('no host outside the practice is left to be called', () => {
  const rewritten = rewriteRelease(release())

  expect(rewritten.get('calls.js')?.match(/\/\/[\w.]+/g)).toEqual(Array(8).fill('//removed.invalid'))
})

test.each([
  ['one worker fewer', { 'worker0.js': '' }, 'expected "__webpack_require__.p'],
  ['one worker more', { 'worker9.js': publicPath }, 'expected "__webpack_require__.p'],
  ['styles that name other files', { 'other.css': 'url(/b.woff2)' }, 'expected "url(/"'],
  ['a host we do not know', { 'new.js': 'fetch("https://telemetry.example.org/")' }, 'telemetry.example.org'],
  ['a service worker', { 'new.js': 'navigator.serviceWorker.register(name)' }, 'service workers'],
  ['code from elsewhere', { 'new.js': 'importScripts("https://x/y.js")' }, 'service workers'],
])('a release with %s is refused', (_, changes, message) => {
  expect(() => rewriteRelease(release(changes))).toThrow(message)
})
