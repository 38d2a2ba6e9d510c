import { buffer } from 'node:stream/consumers'
import { enqueue, withTenant, type Audit, type Database, type OpenAccess } from '@bitewing/db'
import { Hono, type Context } from 'hono'
import type { PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import type { Archive } from '../archive/archive.ts'
import type { Allow } from '../credentials/allow.ts'
import { bytesAnswer, isCurrent, notModified } from '../conditional.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import { modelFormatOf } from '../dental/model-format-of.ts'
import { ObjectArchived } from '../object-store/object-errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { describeImage } from '../originals/describe-image.ts'
import { lendFrame } from '../originals/load-frame.ts'
import type { Pixels } from '../pixels/pixels.ts'
import {
  findInstance,
  findShown,
  type HeldInstance,
  type ShownInstance,
} from '../study-index/find-instance.ts'
import { missing } from '../study-index/missing.ts'
import type { CdnAddress } from './cdn-address.ts'
import type { KeptRenditions } from './kept-renditions.ts'
import { negotiateRendition } from './negotiate-rendition.ts'
import { parseRenderedQuery } from './parse-rendered-query.ts'
import { pixelRefusal } from './pixel-refusal.ts'
import { drawModel } from './draw-model.ts'
import { imageEtag, keptImage } from './render-image.ts'
import {
  isMadeUnasked,
  isRenditionSize,
  isRenditionType,
  renditionKey,
  renditionName,
  renditionOutput,
  renditionTypes,
  renditionVersion,
  type RenditionSize,
  type RenditionType,
} from './rendition.ts'

type RenditionDependencies = {
  db: Database
  jobs: PgBoss
  kept: KeptRenditions
  audit: Audit
  log: Logger
  allow: Allow
  archive: Archive
  objectStore: ObjectStore
  pixels: Pixels
  frameBytesMax: number
  /** null: none is in front */
  cdn: CdnAddress | null
}

/**
 * Renditions for browsers: `/{study}/{series}/{instance}/{frame}/{size}.{jpg|webp|avif|png}`, or without a type as the
 * client's Accept says; kept in the object store once made. They are previews: diagnosis and measuring go by the
 * original. An address that names its content (`?k=`) is a staff browser's for good; every other is asked for anew. With a
 * CDN in front, staff's pictures that are there are asked for here, and fetched from it. With `window`, as rendered
 * resources have it (PS3.18 §8.3.5.1.4), a picture is windowed so, and kept within the quota: what is compared is shown
 * alike.
 */
export function renditionRoutes(dependencies: RenditionDependencies) {
  const { db, audit, allow, kept, cdn } = dependencies
  const renew = createRenewer(dependencies)

  return new Hono<AllowedEnv>().get(
    '/:study/:series/:instance/:frame/:file',
    allow('images.read'),
    async (c) => {
      const { frame, size, type: named } = parseFile(c.req.param('frame'), c.req.param('file'))
      const { tenantId, onlyStudyId, kind } = c.var.access
      const { study, series, instance } = c.req.param()
      const names = { study, series, instance }
      const held = await findShown(db, tenantId, names, onlyStudyId)
      if (!held) throw await missing(db, tenantId, names, onlyStudyId)
      const isDrawn = held.renditionState === 'drawn'
      const frames = isDrawn ? 1 : held.frames
      if (frames === 0) throw new GatewayError('no-pixel-data', 'This instance has no pixel data.')
      if (frame > frames) throw new GatewayError('not-found', `This instance has ${frames} frames.`)
      const isMade = isDrawn || held.renditionState === 'made'
      if (isMade && held.renditionVersion !== renditionVersion) renew(tenantId, held)

      const recorded = recordView(c, audit, held)
      recorded.catch(() => undefined) // whoever answers waits for it
      const type = named ?? (await negotiated(c, kept, held, frame, size))
      if (named === null) c.header('Vary', 'Accept')
      const forGood = kind === 'session' && c.req.query('k') === renditionKey(held.fileSha256)
      c.header('Cache-Control', forGood ? 'private, max-age=31536000, immutable' : 'private, no-cache')
      c.header('X-Content-Type-Options', 'nosniff')
      c.header('Content-Security-Policy', "sandbox; default-src 'none'")
      c.header('Content-Disposition', `inline; filename="preview-${size}.${type}"`)
      c.header(
        'Link',
        `<${originalOf(c, { study, series, instance })}>; rel="original"; type="application/dicom"`,
      )
      const windowed = windowedQuery(c.req.query('window'), size, type)
      if (windowed) {
        c.header('Cache-Control', 'private, no-cache')
        const { mediaType } = renditionTypes[type]
        const box = size === 'full' ? {} : { width: Number(size) }
        const etag = imageEtag(held, frame, mediaType, windowed, box)
        if (isCurrent(c, etag)) return notModified(c, recorded)
        c.header('Content-Type', mediaType)
        const whole = await wholeOf(dependencies, tenantId, names, onlyStudyId)
        const [access, bytes] = await Promise.all([
          recorded,
          keptImage(dependencies, tenantId, whole, frame, mediaType, windowed, box),
        ])
        access.count({ frames: 1, bytes: bytes.byteLength })
        return bytesAnswer(c, bytes, etag)
      }
      const etag = `"r${renditionVersion}-${held.fileSha256.toString('hex').slice(0, 24)}-${frame}-${size}-${type}"`
      if (isCurrent(c, etag)) return notModified(c, recorded)

      const name = renditionName(held.instanceId, frame, size, type)
      if (cdn && kind === 'session' && isForPage(c)) {
        const made = await kept.bytesOf({ tenantId, name })
        if (made !== null) {
          const access = await recorded
          access.count({ frames: 1, bytes: made })
          c.header('Cache-Control', 'private, no-store')
          return c.redirect(cdn.of({ tenantId, name }), 302)
        }
      }

      c.header('Content-Type', renditionTypes[type].mediaType)
      const making = kept
        .get(
          {
            tenantId,
            instanceId: held.instanceId,
            name,
            isMadeUnasked: isMadeUnasked(held.imageKind, frame, size, type),
          },
          async () =>
            make(
              dependencies,
              tenantId,
              await wholeOf(dependencies, tenantId, names, onlyStudyId),
              frame,
              size,
              type,
            ),
        )
        .catch(async (error: unknown) => {
          const earlier = await madeEarlier(dependencies, tenantId, held, frame, size, type, error)
          if (earlier === null) throw error
          // for good only as long as the original cannot be read
          c.header('Cache-Control', 'private, no-cache')
          return earlier
        })
      const [access, bytes] = await Promise.all([recorded, making])
      access.count({ frames: 1, bytes: bytes.byteLength })
      return bytesAnswer(c, bytes, etag)
    },
  )
}

/** A picture of a page, which a page may show and not read: scripts get it from here. */
function isForPage(c: Context<AllowedEnv>): boolean {
  return c.req.header('Sec-Fetch-Dest') === 'image' && c.req.header('Sec-Fetch-Mode') === 'no-cors'
}

/** AVIF takes seconds, which only jobs take: it is served where it is there already, and else what comes next. */
async function negotiated(
  c: Context<AllowedEnv>,
  kept: KeptRenditions,
  { instanceId, imageKind }: ShownInstance,
  frame: number,
  size: RenditionSize,
): Promise<RenditionType> {
  const { tenantId } = c.var.access
  for (const type of negotiateRendition(c.req.header('Accept'))) {
    if (type !== 'avif') return type
    const isMade = isMadeUnasked(imageKind, frame, size, type)
    const object = { tenantId, name: renditionName(instanceId, frame, size, type) }
    if (isMade && (await kept.bytesOf(object)) !== null) return type
  }
  throw new GatewayError('not-acceptable', 'Renditions are image/avif, image/webp, image/jpeg or image/png.')
}

/** What making a picture needs beside. @throws {GatewayError} when it is deleted meanwhile */
async function wholeOf(
  { db }: RenditionDependencies,
  tenantId: string,
  names: { study: string; series: string; instance: string },
  onlyStudyId: string | null,
): Promise<HeldInstance> {
  const whole = await findInstance(db, tenantId, names, onlyStudyId)
  if (!whole) throw await missing(db, tenantId, names, onlyStudyId)
  return whole
}

async function make(
  dependencies: RenditionDependencies,
  tenantId: string,
  held: HeldInstance,
  frame: number,
  size: RenditionSize,
  type: RenditionType,
): Promise<Buffer> {
  try {
    if (modelFormatOf(held) !== null) {
      const outputs = [renditionOutput(size, type)]
      const [drawn] = await drawModel(dependencies, tenantId, held, outputs, 'interactive')
      if (drawn) return drawn.bytes
    }
    const rendition = await dependencies.pixels.render({
      frame: await lendFrame(dependencies, tenantId, held, frame),
      image: await describeImage(dependencies, tenantId, held, frame),
      output: renditionOutput(size, type),
      // who names AVIF gets it, but nobody else waits for that
      ...(type === 'avif' ? { priority: 'background' as const } : {}),
    })
    return rendition.bytes
  } catch (error) {
    throw pixelRefusal(error)
  }
}

/** What an earlier version of this code made of an image whose original is in the archive. */
async function madeEarlier(
  { objectStore }: RenditionDependencies,
  tenantId: string,
  { instanceId, renditionVersion: version }: ShownInstance,
  frame: number,
  size: RenditionSize,
  type: RenditionType,
  error: unknown,
): Promise<Buffer | null> {
  if (!(error instanceof ObjectArchived) || version === null || version === renditionVersion) return null
  const kept = await objectStore.get({
    tenantId,
    name: renditionName(instanceId, frame, size, type, version),
  })
  return kept && buffer(kept.stream)
}

/** Queues what an earlier version of this code made, when somebody looks at it; once for each image and process. */
function createRenewer({ db, jobs, log }: RenditionDependencies) {
  const renewed = new Set<string>()
  return (tenantId: string, { instanceId }: ShownInstance): void => {
    if (renewed.has(instanceId)) return
    if (renewed.size >= renewedMax) renewed.clear() // a job that finds nothing to do costs little
    renewed.add(instanceId)
    withTenant(db, tenantId, (tx) => enqueue(jobs, tx, 'make-renditions', { tenantId, instanceId })).catch(
      (error: unknown) => {
        renewed.delete(instanceId)
        log.warn({ err: error }, 'renditions of an earlier version were not queued')
      },
    )
  }
}
const renewedMax = 10_000

/** Where the original of a preview is, for whoever may see it (RFC 8288, relation `original` of RFC 7089). */
function originalOf(
  c: Context<AllowedEnv>,
  { study, series, instance }: { study: string; series: string; instance: string },
): string {
  const [, folder = ''] = /^(\/s\/[^/]+)?\/renditions\//.exec(c.req.path) ?? []
  return `${folder}/dicom-web/studies/${study}/series/${series}/instances/${instance}`
}

function parseFile(
  frameText: string,
  file: string,
): { frame: number; size: RenditionSize; type: RenditionType | null } {
  const [size = '', type, more] = file.split('.')
  if (!isRenditionSize(size) || (type !== undefined && !isRenditionType(type)) || more !== undefined) {
    throw new GatewayError('not-found', 'Renditions are {50,200,512,1024,2048,full}.{jpg,webp,avif,png}.')
  }
  if (!/^[1-9]\d{0,6}$/.test(frameText)) throw new GatewayError('invalid-parameter', 'Frames count from 1.')
  return { frame: Number(frameText), size, type: type ?? null }
}

/** @throws {GatewayError} `invalid-parameter` for thumbnails, and for AVIF, which takes seconds; `null` without a window */
function windowedQuery(window: string | undefined, size: RenditionSize, type: RenditionType) {
  if (window === undefined) return null
  if (size === '50' || size === '200' || type === 'avif') {
    throw new GatewayError(
      'invalid-parameter',
      'Thumbnails and AVIF come with the window of the image alone.',
    )
  }
  return parseRenderedQuery(new URLSearchParams({ window }))
}

/** Goes on record; its caller lets no byte leave before that is done. */
export function recordView(
  c: Context<AllowedEnv>,
  audit: Audit,
  held: Pick<HeldInstance, 'studyId' | 'patientId'>,
): Promise<OpenAccess> {
  const { access, address } = c.var
  return audit.access({
    tenantId: access.tenantId,
    kind: 'images.viewed',
    outcome: 'success',
    actor: access.actor,
    sessionId: access.sessionId,
    address,
    studyId: held.studyId,
    patientId: held.patientId,
  })
}
