import { expect, test } from 'vitest'
import { ohifRelease } from './ohif-release.ts'
import { viewerPage } from './viewer-page.ts'

const ohifPage = (head = '', body = '<div id="react-portal"></div><div id="root"></div>') =>
  `<html><head><script>console.time("scriptToView"),window.PUBLIC_URL="/"</script>
  <link rel="manifest" href="/manifest.json"><script rel="preload" as="script" src="/app-config.js"></script>
  <script rel="preload" as="script" type="module" src="/init-service-worker.js"></script>
  <script>function browserImportFunction(n){return import(n)}window.PUBLIC_URL="/"</script>
  <script defer src="/app.bundle.0123456789abcdef.js"></script>
  <link href="/app.bundle.css" rel="stylesheet">${head}</head><body>${body}</body></html>`

test('the page loads the settings and OHIF from below /viewer, and nothing inline', () => {
  const page = viewerPage(ohifPage())

  const addresses = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address)
  expect(addresses).toEqual([
    '/bitewing.svg', // the practice app's
    `${ohifRelease.assetsPath}app.bundle.css`,
    `${ohifRelease.assetsPath}viewer-start.js`,
    '/viewer/app-config.js',
    `${ohifRelease.assetsPath}app.bundle.0123456789abcdef.js`,
  ])
  expect(page).not.toMatch(/<script[^>]*>[^<]/)
})

// init-service-worker.js unregisters every service worker of the origin; a manifest would claim it.
test('the page brings neither service worker nor manifest', () => {
  expect(viewerPage(ohifPage())).not.toMatch(/service-worker|manifest/)
})

test.each([
  ['another script', ohifPage('<script src="/analytics.js"></script>')],
  ['another inline script', ohifPage('<script>track()</script>')],
  ['another style sheet', ohifPage('<link href="/theme.css" rel="stylesheet">')],
  ['no root element', ohifPage('', '<div id="react-portal"></div>')],
])('a page with %s is refused', (_, page) => {
  expect(() => viewerPage(page)).toThrow('OHIF has changed')
})
