import { Readable } from 'node:stream'
import { withTenant, type Audit, type Database, type OpenAccess } from '@bitewing/db'
import { Hono, type Context } from 'hono'
import type { Logger } from 'pino'
import type { Archive } from '../archive/archive.ts'
import type { Allow } from '../credentials/allow.ts'
import { bytesAnswer, isCurrent } from '../conditional.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import type { ObjectName, ObjectStore } from '../object-store/object-store.ts'
import { describeImage } from '../originals/describe-image.ts'
import { loadFrame } from '../originals/load-frame.ts'
import type { Pixels } from '../pixels/pixels.ts'
import { findInstances, type HeldInstance } from '../study-index/find-instance.ts'
import { missing } from '../study-index/missing.ts'
import { pixelRefusal } from './pixel-refusal.ts'
import {
  isRenditionSize,
  isRenditionType,
  renditionName,
  renditionOutput,
  renditionTypes,
  renditionVersion,
  type RenditionSize,
  type RenditionType,
} from './rendition.ts'

export type RenditionDependencies = {
  db: Database
  audit: Audit
  log: Logger
  allow: Allow
  archive: Archive
  objectStore: ObjectStore
  pixels: Pixels
  frameBytesMax: number
}

/**
 * Renditions for browsers: `/{study}/{series}/{instance}/{frame}/{size}.{jpg|webp|avif|png}`, kept in the object
 * store once made. They are previews: diagnosis and measuring go by the original.
 */
export function renditionRoutes(dependencies: RenditionDependencies) {
  const { db, audit, allow, objectStore } = dependencies
  const make = createMaker(dependencies)

  return new Hono<AllowedEnv>().get(
    '/:study/:series/:instance/:frame/:file',
    allow('images.read'),
    async (c) => {
      const { frame, size, type } = parseFile(c.req.param('frame'), c.req.param('file'))
      const { tenantId, onlyStudyId } = c.var.access
      const { study, series, instance } = c.req.param()
      const [held] = await withTenant(db, tenantId, (tx) =>
        findInstances(tx, { study, series, instance }, onlyStudyId),
      )
      if (!held) throw await missing(db, tenantId, { study, series, instance }, onlyStudyId)
      if (held.frames === 0) throw new GatewayError('no-pixel-data', 'This instance has no pixel data.')
      if (frame > held.frames) throw new GatewayError('not-found', `This instance has ${held.frames} frames.`)

      const access = await recordView(c, audit, held)
      c.header('Cache-Control', 'private, no-cache')
      c.header('X-Content-Type-Options', 'nosniff')
      c.header('Content-Security-Policy', "sandbox; default-src 'none'")
      const etag = `"r${renditionVersion}-${held.fileSha256.toString('hex').slice(0, 24)}-${frame}-${size}-${type}"`
      if (isCurrent(c, etag)) return c.body(null, 304)

      c.header('Content-Type', renditionTypes[type].mediaType)
      const object = { tenantId, name: renditionName(held.instanceId, frame, size, type) }
      const bytes = (await readKept(objectStore, object)) ?? (await make(tenantId, held, frame, size, type))
      access.count({ frames: 1, bytes: bytes.byteLength })
      return bytesAnswer(c, bytes, etag)
    },
  )
}

/**
 * A rendition that was made before; null when there is none, and when it is damaged or the store away, since it can
 * be made anew. Read as a whole, so that damage shows before the answer begins.
 */
async function readKept(objectStore: ObjectStore, object: ObjectName): Promise<Buffer | null> {
  try {
    const kept = await objectStore.get(object)
    if (!kept) return null
    const chunks: Uint8Array[] = []
    for await (const chunk of kept.stream as AsyncIterable<Uint8Array>) chunks.push(chunk)
    return Buffer.concat(chunks)
  } catch {
    return null
  }
}

/** Makes a rendition and keeps it; many who ask at once wait for the same one. */
function createMaker(dependencies: RenditionDependencies) {
  const { objectStore, pixels, log } = dependencies
  const underWay = new Map<string, Promise<Buffer>>()

  return (
    tenantId: string,
    held: HeldInstance,
    frame: number,
    size: RenditionSize,
    type: RenditionType,
  ): Promise<Buffer> => {
    const name = renditionName(held.instanceId, frame, size, type)
    const key = `${tenantId} ${name}`

    async function make(): Promise<Buffer> {
      try {
        const bytes = await loadFrame(dependencies, tenantId, held, frame)
        const image = await describeImage(dependencies, tenantId, held, frame)
        const rendition = await pixels.render({ frame: bytes, image, output: renditionOutput(size, type) })
        return rendition.bytes
      } catch (error) {
        throw pixelRefusal(error)
      }
    }

    /** The answer does not wait for the copy; those who ask before it is there share this one. */
    async function keep(made: Promise<Buffer>): Promise<void> {
      try {
        const bytes = await made.catch(() => null) // who asked is told
        if (bytes) await objectStore.put({ tenantId, name }, Readable.from([bytes]), { durable: false })
      } catch (error) {
        log.warn({ err: error }, 'a rendition was not kept')
      } finally {
        underWay.delete(key)
      }
    }

    const running = underWay.get(key)
    if (running) return running
    const made = make()
    underWay.set(key, made)
    void keep(made)
    return made
  }
}

function parseFile(
  frameText: string,
  file: string,
): { frame: number; size: RenditionSize; type: RenditionType } {
  const [size = '', type = '', more] = file.split('.')
  if (!isRenditionSize(size) || !isRenditionType(type) || more !== undefined) {
    throw new GatewayError('not-found', 'Renditions are {50,200,512,1024,2048,full}.{jpg,webp,avif,png}.')
  }
  if (!/^[1-9]\d{0,6}$/.test(frameText)) throw new GatewayError('invalid-parameter', 'Frames count from 1.')
  return { frame: Number(frameText), size, type }
}

/** On record before the first byte leaves. */
export function recordView(c: Context<AllowedEnv>, audit: Audit, held: HeldInstance): Promise<OpenAccess> {
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
