import { ohifRelease } from './ohif-release.ts'

/** Scripts of OHIF's own page that we know: inline ones by their text, others by their address. */
const knownScripts = [
  'console.time("scriptToView"),window.PUBLIC_URL="/"',
  '/app-config.js',
  '/init-service-worker.js',
  'function browserImportFunction(n){return import(n)}window.PUBLIC_URL="/"',
]

const appScript = /^\/app\.bundle\.[0-9a-f]+\.js$/

/**
 * The page that opens OHIF at `/viewer`, in place of OHIF's own index.html.
 *
 * Ours has no inline script (so that its Content-Security-Policy can forbid them), no web app
 * manifest and no init-service-worker.js, which unregisters every service worker of the origin.
 *
 * @param ohifPage OHIF's index.html, read to learn the hashed name of its entry and to notice changes
 * @throws {Error} when OHIF's page loads anything that this page does not know
 */
export function viewerPage(ohifPage: string): string {
  const scripts = [...ohifPage.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)].map(
    ([, attributes = '', text = '']) => /src="([^"]*)"/.exec(attributes)?.[1] ?? text.trim(),
  )
  const [entry, ...more] = scripts.filter((script) => !knownScripts.includes(script))
  if (entry === undefined || !appScript.test(entry) || more.length > 0) {
    throw new Error(`OHIF has changed: its page loads other scripts: ${[entry, ...more].join(', ')}`)
  }
  const styles = [...ohifPage.matchAll(/<link href="([^"]*)" rel="stylesheet">/g)].map(([, href]) => href)
  if (styles.length !== 1 || styles[0] !== '/app.bundle.css') {
    throw new Error(`OHIF has changed: its page loads other styles: ${styles.join(', ')}`)
  }
  for (const id of ['root', 'react-portal']) {
    if (!ohifPage.includes(`<div id="${id}"></div>`)) {
      throw new Error(`OHIF has changed: its page has no element ${id}`)
    }
  }

  const { assetsPath, viewerPath } = ohifRelease
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="theme-color" content="#000000" />
    <meta name="robots" content="noindex" />
    <title>Bitewing</title>
    <link rel="icon" href="/bitewing.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="${assetsPath}app.bundle.css" />
    <script defer src="${assetsPath}viewer-start.js"></script>
    <script defer src="${viewerPath}app-config.js"></script>
    <script defer src="${assetsPath}${entry.slice(1)}"></script>
  </head>
  <body>
    <noscript>The viewer needs JavaScript.</noscript>
    <div id="react-portal"></div>
    <div id="root"></div>
  </body>
</html>
`
}

/** What OHIF's page defines inline, as a file of its own: {@link viewerPage} allows no inline script. */
export const viewerStartScript = `window.PUBLIC_URL = '${ohifRelease.viewerPath}'
window.browserImportFunction = (address) => import(address)
console.time('scriptToView')
`
