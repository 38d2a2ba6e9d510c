import { ohifRelease } from './ohif-release.ts'
import { replaceExactly } from './replace-exactly.ts'

/**
 * Hosts that OHIF's code would call: AI models, pipelines and demo data from elsewhere. A practice's
 * viewer calls its own practice only, so these become a name that resolves nowhere (RFC 2606).
 */
const callableHosts = [
  'huggingface.co',
  'cdn.jsdelivr.net',
  'raw.githubusercontent.com',
  'cloudresourcemanager.googleapis.com',
  'healthcare.googleapis.com',
  'api.locize.io',
  'www.locize.io',
  'quantome.org:4242',
]

/** Hosts that stand in names, messages, comments and links to click, and are never called. */
const namedHosts = new Set([
  '127.0.0.1',
  'cdn.example.com',
  'evil.com',
  'github.com',
  'ohif.invalid',
  'ohif.org',
  'reactjs.org',
  'reactrouter.com',
  'removed.invalid',
  'www.mozilla.org',
  'www.w3.org',
])

const hostInLiteral = /["'`](?:https?:|wss?:)?\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)+)/gi

/**
 * Moves OHIF's scripts and styles from `/` to {@link ohifRelease.assetsPath} and takes the hosts out
 * that they would call. It reads all files before it changes one, since some expectations are about
 * the release as a whole.
 *
 * @param files text of every script and style by file name
 * @returns the same names with the text to serve
 * @throws {Error} when the release is not written as expected, with what was expected
 */
export function rewriteRelease(files: ReadonlyMap<string, string>): Map<string, string> {
  const rewritten = new Map(files)

  /** Changes every file that has `find`; the release as a whole must have it `times` times, if given. */
  const replaceInRelease = (find: string, replacement: string, times?: number) => {
    let found = 0
    for (const [name, text] of rewritten) {
      const here = text.split(find).length - 1
      if (here === 0) continue
      rewritten.set(name, replaceExactly(text, find, replacement, here))
      found += here
    }
    if (found === 0 || (times !== undefined && found !== times)) {
      throw new Error(
        `OHIF has changed: expected ${JSON.stringify(find)} ${times ?? 'some'} times, found it ${found} times`,
      )
    }
  }

  // The page and each of its workers carry a copy of the bundler's runtime with the public path.
  replaceInRelease('__webpack_require__.p = "/";', `__webpack_require__.p = "${ohifRelease.assetsPath}";`, 8)
  replaceInRelease("'/dicom-microscopy-viewer/", `'${ohifRelease.assetsPath}dicom-microscopy-viewer/`, 1)
  // Relative to the style sheet, which lies beside the font.
  replaceInRelease('url(/', 'url(', 5)

  for (const host of callableHosts) replaceInRelease(`//${host}`, '//removed.invalid')

  for (const [name, text] of rewritten) {
    for (const [, host] of text.matchAll(hostInLiteral)) {
      if (host !== undefined && !namedHosts.has(host.toLowerCase())) {
        throw new Error(`OHIF has changed: ${name} names the host ${host}; decide whether it is called`)
      }
    }
    if (/navigator\.serviceWorker|importScripts\(["'`]/.test(text)) {
      throw new Error(`OHIF has changed: ${name} touches service workers or foreign worker scripts`)
    }
  }
  return rewritten
}
