import { withTenant, type Audit, type Database } from '@bitewing/db'
import { Hono, type Context } from 'hono'
import type { Archive } from '../archive/archive.ts'
import { isCurrent } from '../conditional.ts'
import type { Allow } from '../credentials/allow.ts'
import { parseMediaTypes } from '../dicom/multipart/media-types.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { describeImage } from '../originals/describe-image.ts'
import { loadFrame } from '../originals/load-frame.ts'
import type { ImageFormat, Output, Pixels } from '../pixels/pixels.ts'
import { findInstances, type HeldInstance } from '../study-index/find-instance.ts'
import { text, type Attributes } from '../study-index/attribute-values.ts'
import { iconPicture } from './icon-picture.ts'
import { parseRenderedQuery, type RenderedQuery } from './parse-rendered-query.ts'
import { pixelRefusal } from './pixel-refusal.ts'
import { recordView } from './rendition-routes.ts'

type Dependencies = {
  db: Database
  audit: Audit
  allow: Allow
  archive: Archive
  objectStore: ObjectStore
  pixels: Pixels
}

const study = '/studies/:study'
const series = `${study}/series/:series`
const instance = `${series}/instances/:instance`

/** Rendered resources and thumbnails of DICOMweb, PS3.18 §10.4.1.1.3 and §10.4.1.1.5. */
export function renderedRoutes(dependencies: Dependencies) {
  const { db, audit, allow } = dependencies
  const read = allow('images.read')
  const app = new Hono<AllowedEnv>()

  for (const path of [`${instance}/rendered`, `${instance}/frames/:frame/rendered`]) {
    app.get(path, read, async (c) => {
      const query = parseRenderedQuery(new URL(c.req.url).searchParams)
      const format = formatFor(c)
      const [held] = await mustFind(c, db)
      if (!held) throw nothingThere()
      const frame = frameOf(c, held)
      const access = await recordView(c, audit, held)
      if (held.frames === 0) throw new GatewayError('no-pixel-data', 'This instance has no pixel data.')
      const bytes = await answer(c, dependencies, held, frame, format, query, {
        ...(query.viewport ? { ...query.viewport, enlarge: true } : {}),
      })
      access.count({ frames: 1, bytes: bytes?.byteLength ?? 0 })
      return bytes ? c.body(new Uint8Array(bytes)) : c.body(null, 304)
    })
  }

  for (const level of [study, series, instance, `${instance}/frames/:frame`]) {
    app.get(`${level}/thumbnail`, read, async (c) => {
      const query = parseRenderedQuery(new URL(c.req.url).searchParams)
      const format = formatFor(c)
      const all = await mustFind(c, db)
      // the middle of a series is its most telling slice
      const pictures = all.filter((one) => one.frames > 0)
      const held = pictures[Math.floor(pictures.length / 2)] ?? all[0]
      if (!held) throw nothingThere()
      const frame =
        c.req.param('frame') === undefined ? Math.floor(Math.max(held.frames, 1) / 2) || 1 : frameOf(c, held)
      const access = await recordView(c, audit, held)
      const box = query.viewport ?? { width: 256, height: 256 }
      const icon = async () => {
        const side = Math.min(box.width, box.height)
        const bytes = await iconPicture(held.imageKind, side, format)
        return picture(c, bytes, format, `"icon-${held.imageKind}-${format}-${side}"`)
      }
      if (held.frames === 0 || mayShowIdentity(held)) return icon()
      try {
        const bytes = await answer(c, dependencies, held, frame, format, query, box)
        access.count({ frames: 1, bytes: bytes?.byteLength ?? 0 })
        return bytes ? c.body(new Uint8Array(bytes)) : c.body(null, 304)
      } catch (error) {
        // video and what no decoder knows: a list of thumbnails shows what it is
        if (error instanceof GatewayError && error.code === 'not-acceptable') return icon()
        throw error
      }
    })
  }
  return app
}

/** Sets the answer's headers and makes its picture; null when the client holds it already. */
async function answer(
  c: Context<AllowedEnv>,
  dependencies: Dependencies,
  held: HeldInstance,
  frame: number,
  format: ImageFormat,
  query: RenderedQuery,
  box: Pick<Output, 'width' | 'height' | 'enlarge'>,
): Promise<Buffer | null> {
  const { tenantId } = c.var.access
  headers(c, format)
  const variant = JSON.stringify([frame, format, query, box])
  const etag = `"v-${held.fileSha256.toString('hex').slice(0, 24)}-${Buffer.from(variant).toString('base64url')}"`
  if (etag.length < 512 && isCurrent(c, etag)) return null
  try {
    const rendition = await dependencies.pixels.render({
      frame: await loadFrame(dependencies, tenantId, held, frame),
      image: await describeImage(dependencies, tenantId, held, frame),
      output: { format, quality: query.quality, ...box },
      ...(query.window ? { window: query.window } : {}),
      ...(query.region ? { region: query.region } : {}),
      ...(query.flipHorizontal ? { flipHorizontal: true } : {}),
      ...(query.flipVertical ? { flipVertical: true } : {}),
    })
    c.header('Content-Length', String(rendition.bytes.byteLength))
    return rendition.bytes
  } catch (error) {
    throw pixelRefusal(error)
  }
}

function picture(c: Context, bytes: Buffer, format: ImageFormat, etag: string): Response {
  headers(c, format)
  return isCurrent(c, etag) ? c.body(null, 304) : c.body(new Uint8Array(bytes))
}

function headers(c: Context, format: ImageFormat): void {
  c.header('Content-Type', `image/${format}`)
  c.header('Cache-Control', 'private, no-cache')
  c.header('Vary', 'Accept')
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Content-Security-Policy', "sandbox; default-src 'none'")
}

/**
 * A thumbnail holds no patient-identifying information (PS3.18 §10.4.3.3.4): burned-in annotation, or a capture
 * that says nothing about it, gives an icon.
 */
function mayShowIdentity(held: HeldInstance): boolean {
  const attributes = JSON.parse(held.metadata) as Attributes
  const burnedIn = text(attributes, '00280301')
  const capture = held.sopClassUid.startsWith('1.2.840.10008.5.1.4.1.1.7')
  return burnedIn === 'YES' || (capture && burnedIn !== 'NO')
}

const formats: Record<string, ImageFormat> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/*': 'jpeg',
  '*/*': 'jpeg',
}

function formatFor(c: Context): ImageFormat {
  const parameter = c.req.query('accept')
  const header = parameter ?? c.req.header('Accept')
  if (!header?.trim()) return 'jpeg'
  const types = parseMediaTypes(header)
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
  for (const { essence } of types) {
    const format = formats[essence]
    if (format) return format
  }
  throw new GatewayError('not-acceptable', 'Rendered images are image/jpeg, png, gif, webp or avif.')
}

function frameOf(c: Context, held: HeldInstance): number {
  const given = c.req.param('frame') ?? '1'
  if (!/^[1-9]\d{0,6}$/.test(given)) throw new GatewayError('invalid-parameter', 'Frames count from 1.')
  const frame = Number(given)
  if (held.frames > 0 && frame > held.frames)
    throw new GatewayError('not-found', `This instance has ${held.frames} frames.`)
  return frame
}

async function mustFind(c: Context<AllowedEnv>, db: Database): Promise<HeldInstance[]> {
  const { tenantId, onlyStudyId } = c.var.access
  const {
    study = '',
    series,
    instance,
  } = c.req.param() as { study?: string; series?: string; instance?: string }
  return withTenant(db, tenantId, (tx) => findInstances(tx, { study, series, instance }, onlyStudyId))
}

function nothingThere(): GatewayError {
  return new GatewayError('not-found', 'There is no such study, series or instance.')
}
