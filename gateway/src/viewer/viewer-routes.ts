import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { Hono, type Context } from 'hono'
import { GatewayError } from '../errors.ts'
import type { GatewayEnv } from '../gateway-env.ts'
import { appConfigScript } from './app-config.ts'
import { readViewerFiles, type ContentCoding, type ViewerFile, type ViewerFiles } from './viewer-files.ts'
import { pagePolicy, scriptPolicy } from './content-security-policy.ts'

type Dependencies = {
  /** Folder that `installOhif` has filled; undefined where no viewer is installed. */
  folder: string | undefined
  /** Where a viewer whose session has ended sends the reader; gets `?next=` with the way back. */
  signInPath?: string
}

/**
 * The OHIF viewer at `/viewer`: its page, its settings and its files, the same for everybody. They
 * hold no patient data and need no credential; what the viewer shows it asks from `/dicom-web` with
 * the reader's session cookie.
 *
 * Mount with `app.route('/viewer', viewerRoutes({ folder }))`.
 */
export function viewerRoutes({ folder, signInPath = '/login' }: Dependencies) {
  const appConfig = appConfigScript({ signInPath })
  const files = onceRead(folder)

  return new Hono<GatewayEnv>()
    .get('/app-config.js', (c) => sendText(c, appConfig, 'text/javascript; charset=utf-8', scriptPolicy))
    .get('/*', async (c) => {
      const viewer = await files()
      const name = c.req.path.replace(/^\/viewer\/?/, '')
      const file = viewer.byPath.get(name)
      if (file) return sendFile(c, name, file)

      // A file that is not there is missing; everything else is a place within the viewer.
      if (/\.[a-z0-9]+$/i.test(name)) throw new GatewayError('not-found', 'There is no such file.')
      // Without a study OHIF would open an empty light box: studies are chosen in the practice app.
      if (name === '' && !namesStudies(c)) return c.redirect('/', 302)
      // Other sites get no hold of its window. OHIF needs no SharedArrayBuffer, so there is no COEP.
      c.header('Cross-Origin-Opener-Policy', 'same-origin')
      return sendText(c, viewer.page, 'text/html; charset=utf-8', pagePolicy)
    })
    .all('/*', (c) => {
      c.header('Allow', 'GET, HEAD')
      throw new GatewayError('method-not-allowed', 'The viewer is only read.')
    })
}

/** Reads the folder at the first request; a failure is not kept, since the viewer may come later. */
function onceRead(folder: string | undefined): () => Promise<ViewerFiles> {
  let listing: Promise<ViewerFiles> | undefined
  return async () => {
    try {
      if (folder === undefined) throw new Error('no folder is configured')
      return await (listing ??= readViewerFiles(folder))
    } catch (cause) {
      listing = undefined
      throw new GatewayError('viewer-missing', 'The OHIF viewer is not installed.', { cause })
    }
  }
}

/** OHIF reads this parameter in any case. */
function namesStudies(c: Context<GatewayEnv>): boolean {
  return Object.keys(c.req.query()).some((name) => name.toLowerCase() === 'studyinstanceuids')
}

function securityHeaders(c: Context<GatewayEnv>, policy: string): void {
  c.header('Content-Security-Policy', policy)
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Referrer-Policy', 'no-referrer')
  c.header('Cross-Origin-Resource-Policy', 'same-origin')
}

function sendText(c: Context<GatewayEnv>, text: string, mediaType: string, policy: string): Response {
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
  securityHeaders(c, policy)
  c.header('Cache-Control', 'no-cache')
  c.header('ETag', etag)
  if (isCurrent(c, etag)) return c.body(null, 304)
  return c.body(text, 200, { 'Content-Type': mediaType })
}

/** Files lie under the name of their release, so the same path never means other bytes. */
function sendFile(c: Context<GatewayEnv>, name: string, file: ViewerFile): Response {
  const coding = chooseCoding(c.req.header('Accept-Encoding') ?? '', file)
  const copy = file.codings.get(coding)
  if (copy === undefined) throw new GatewayError('not-found', 'There is no such file.')

  const etag = `"${name}.${coding}"`
  securityHeaders(c, scriptPolicy)
  c.header('Cache-Control', 'public, max-age=31536000, immutable')
  c.header('Vary', 'Accept-Encoding')
  c.header('ETag', etag)
  if (isCurrent(c, etag)) return c.body(null, 304)

  c.header('Content-Type', file.mediaType)
  c.header('Content-Length', String(copy.bytes))
  if (coding !== 'identity') c.header('Content-Encoding', coding)
  if (c.req.method === 'HEAD') return c.body(null, 200)
  return c.body(Readable.toWeb(createReadStream(copy.path)) as ReadableStream, 200)
}

function isCurrent(c: Context<GatewayEnv>, etag: string): boolean {
  const held = c.req.header('If-None-Match')
  return held !== undefined && held.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}

/** Smallest first; a coding with `q=0` is refused by the browser (RFC 9110 §12.5.3). */
function chooseCoding(acceptEncoding: string, file: ViewerFile): ContentCoding {
  const accepted = new Set(
    acceptEncoding
      .toLowerCase()
      .split(',')
      .filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part))
      .map((part) => part.split(';')[0]?.trim()),
  )
  for (const coding of ['br', 'gzip'] as const) {
    if (accepted.has(coding) && file.codings.has(coding)) return coding
  }
  return 'identity'
}
