import { createHash } from 'node:crypto'
import { withTenant, type Audit, type Database, type OpenAccess } from '@bitewing/db'
import { Hono, type Context } from 'hono'
import type { Archive } from '../archive/archive.ts'
import { bytesAnswer, isCurrent } from '../conditional.ts'
import type { Allow } from '../credentials/allow.ts'
import { writeMultipart, type OutgoingPart } from '../dicom/multipart/write-multipart.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import type { Pixels } from '../pixels/pixels.ts'
import { publicUrlOf } from '../public-url.ts'
import { text, type Attributes } from '../study-index/attribute-values.ts'
import { assertAtHand } from '../originals/at-hand.ts'
import { findFiles, findInstance, type HeldInstance } from '../study-index/find-instance.ts'
import { missing } from '../study-index/missing.ts'
import { webStream } from '../web-stream.ts'
import { iconPicture } from './icon-picture.ts'
import type { KeptRenditions } from './kept-renditions.ts'
import { parseRenderedQuery, type RenderedQuery } from './parse-rendered-query.ts'
import { presentedAnswer, presentedParts } from './presented-answer.ts'
import { isApplicableState, presentedFrames } from './presented-frames.ts'
import { isPresentationState } from './render-document.ts'
import { imageEtag, keptImage } from './render-image.ts'
import {
  imageTypes,
  isImageType,
  renderedChoices,
  type ImageType,
  type RenderedChoice,
  type RenderedType,
} from './rendered-accept.ts'
import {
  boxOf,
  contentTypeOf,
  rendered,
  renderedAnswer,
  renderedHeaders,
  renderedTypesOf,
} from './rendered-answer.ts'
import { recordView } from './rendition-routes.ts'

type Dependencies = {
  db: Database
  audit: Audit
  allow: Allow
  archive: Archive
  objectStore: ObjectStore
  pixels: Pixels
  kept: KeptRenditions
  publicUrlConfigured: string | undefined
  framesPerRequestMax: number
  frameBytesMax: number
}

const study = '/studies/:study'
const series = `${study}/series/:series`
const instance = `${series}/instances/:instance`
const thumbnailBox = { width: 256, height: 256 }

/** Rendered resources and thumbnails of DICOMweb, PS3.18 §10.4.1.1.3 and §10.4.1.1.4. */
export function renderedRoutes(dependencies: Dependencies) {
  const { db, audit, allow, framesPerRequestMax } = dependencies
  const read = allow('images.read')
  const app = new Hono<AllowedEnv>()

  for (const path of [study, series]) {
    app.get(`${path}/rendered`, read, async (c) => {
      const query = parseRenderedQuery(new URL(c.req.url).searchParams)
      const choices = renderedChoices(c)
      const { files, whole } = await mustFind(c, db)
      const access = await recordView(c, audit, files[0])
      for (const { type: wanted, multipart } of choices) {
        if (multipart === false) continue
        const type = wanted ?? 'image/jpeg'
        const pictures = files.filter((one) => renderedTypesOf(one).includes(type))
        if (pictures.length === 0) continue
        return manyRendered(c, dependencies, { files: pictures, whole }, [1], type, query, access)
      }
      throw new GatewayError(
        'not-acceptable',
        'Several instances are rendered as parts of multipart/related; these have no rendering of an accepted type.',
      )
    })
  }

  for (const path of [`${instance}/rendered`, `${instance}/frames/:frames/rendered`]) {
    app.get(path, read, async (c) => {
      const query = parseRenderedQuery(new URL(c.req.url).searchParams)
      const choices = renderedChoices(c)
      const frames = framesOf(c.req.param('frames'), framesPerRequestMax)
      const { files, whole } = await mustFind(c, db)
      const held = await whole(files[0])
      const recorded = recordView(c, audit, held)
      recorded.catch(() => undefined) // whoever answers waits for it
      if (isPresentationState(held) && c.req.param('frames') === undefined) {
        return renderedState(c, dependencies, held, choices, query, await recorded)
      }
      const available = renderedTypesOf(held)
      if (held.frames > 0 && frames.some((frame) => frame > held.frames)) {
        throw new GatewayError('not-found', `This instance has ${held.frames} frames.`)
      }
      const [usual] = available
      if (!usual) throw withoutRendering(held)
      for (const { type: wanted, multipart } of choices) {
        const type = wanted ?? usual
        if (!available.includes(type) || (multipart === false && frames.length > 1)) continue
        if (multipart ?? frames.length > 1) {
          return manyRendered(c, dependencies, { files, whole }, frames, type, query, await recorded)
        }
        return renderedAnswer(c, dependencies, held, frames[0] ?? 1, type, query, recorded)
      }
      throw new GatewayError('not-acceptable', `This can be rendered as ${available.join(', ')}.`)
    })
  }

  for (const level of [study, series, instance, `${instance}/frames/:frames`]) {
    app.get(`${level}/thumbnail`, read, async (c) => {
      const query = parseRenderedQuery(new URL(c.req.url).searchParams)
      const type = thumbnailType(c)
      const { files, whole } = await mustFind(c, db)
      // the middle of a series is its most telling slice
      const pictures = files.filter((one) => one.frames > 0)
      const held = await whole(pictures[Math.floor(pictures.length / 2)] ?? files[0])
      const [frame = 1, second] =
        c.req.param('frames') === undefined
          ? [Math.floor(Math.max(held.frames, 1) / 2) || 1]
          : framesOf(c.req.param('frames'), framesPerRequestMax)
      if (second !== undefined) throw new GatewayError('invalid-parameter', 'A thumbnail is of one frame.')
      if (held.frames > 0 && frame > held.frames)
        throw new GatewayError('not-found', `This instance has ${held.frames} frames.`)
      const access = await recordView(c, audit, held)
      if (query.region) throw new GatewayError('invalid-parameter', 'A thumbnail is of the whole picture.') // §8.3.5.1.3
      const box = query.viewport ?? thumbnailBox
      const icon = async () => {
        const side = Math.min(box.width, box.height)
        const etag = `"icon-${held.imageKind}-${imageTypes[type]}-${side}"`
        renderedHeaders(c, type)
        if (isCurrent(c, etag)) return c.body(null, 304)
        return bytesAnswer(c, await iconPicture(held.imageKind, side, imageTypes[type]), etag)
      }
      if (held.frames === 0 || mayShowIdentity(held)) return icon()
      // nothing about the patient is written into a thumbnail, whatever is asked for (§10.4.3.3.4)
      const plain: RenderedQuery = { ...query, annotation: new Set(), overlays: false }
      const etag = imageEtag(held, frame, type, plain, box)
      renderedHeaders(c, type)
      if (isCurrent(c, etag)) return c.body(null, 304)
      try {
        const bytes = await keptImage(dependencies, c.var.access.tenantId, held, frame, type, plain, box)
        access.count({ frames: 1, bytes: bytes.byteLength })
        return bytesAnswer(c, bytes, etag)
      } catch (error) {
        // video and what no decoder knows: a list of thumbnails shows what it is
        if (error instanceof GatewayError && error.code === 'not-acceptable') return icon()
        throw error
      }
    })
  }
  return app
}

/**
 * The images of a presentation state as it wants them, PS3.18 §10.4.1.1.3: alone where it is for one frame, else parts.
 *
 * @throws {GatewayError} `invalid-parameter` for a window, `not-acceptable`
 */
async function renderedState(
  c: Context<AllowedEnv>,
  dependencies: Dependencies,
  state: HeldInstance,
  choices: readonly RenderedChoice[],
  query: RenderedQuery,
  access: OpenAccess,
): Promise<Response> {
  if (query.window) throw new GatewayError('invalid-parameter', 'A presentation state has its own window.')
  if (!isApplicableState(state)) {
    throw new GatewayError('not-acceptable', 'Presentation states of this kind are not rendered.')
  }
  const { db, framesPerRequestMax } = dependencies
  const { tenantId, onlyStudyId } = c.var.access
  const frames = await presentedFrames(db, tenantId, state, onlyStudyId, framesPerRequestMax)
  for (const { type: wanted, multipart } of choices) {
    const type = wanted ?? 'image/jpeg'
    if (!isImageType(type) || (multipart === false && frames.length > 1)) continue
    return (multipart ?? frames.length > 1)
      ? presentedParts(c, dependencies, state, frames, type, query, access)
      : presentedAnswer(c, dependencies, state, frames[0], type, query, access)
  }
  throw new GatewayError(
    'not-acceptable',
    `This can be rendered as ${Object.keys(imageTypes).join(', ')}${frames.length > 1 ? ', in parts' : ''}.`,
  )
}

/**
 * Pictures or documents as parts, each made when the client has read those before, so that memory stays at one.
 * What turns out to have no picture is left out, its address with it; the first decides whether there is an answer.
 */
async function manyRendered(
  c: Context<AllowedEnv>,
  dependencies: Dependencies,
  { files, whole }: Pick<Found, 'whole'> & { files: readonly ShownFile[] },
  frames: readonly number[],
  type: RenderedType,
  query: RenderedQuery,
  access: OpenAccess,
): Promise<Response> {
  const root = `${publicUrlOf(c, dependencies.publicUrlConfigured)}/dicom-web`
  const { tenantId } = c.var.access
  const list = files.flatMap((held) => frames.map((frame) => ({ held, frame })))
  const etags = list.map(({ held, frame }) => imageEtag(held, frame, type, query, boxOf(query)))
  const name = createHash('sha256').update(root).update(etags.join()).digest('hex')
  if (isCurrent(c, `"vm-${name.slice(0, 32)}"`)) return c.body(null, 304)

  if (files.length > 1) await assertAtHand(dependencies.objectStore, tenantId, files)

  async function* parts(): AsyncGenerator<OutgoingPart> {
    let reason: unknown = null
    let made = 0
    for (const { held, frame } of list) {
      try {
        const body = await rendered(dependencies, tenantId, await whole(held), frame, type, query)
        access.count({ frames: held.frames > 0 ? 1 : 0, bytes: body.byteLength })
        made++
        yield {
          contentType: contentTypeOf(type),
          headers: { 'Content-Location': locationOf(root, held, frame, frames) },
          body,
        }
      } catch (error) {
        // what was deleted meanwhile is left out, too
        const isLeftOut = error instanceof GatewayError && /^not-(acceptable|found)$/.test(error.code)
        if (!isLeftOut) throw error
        reason = error
      }
    }
    if (made === 0)
      throw reason instanceof GatewayError
        ? reason
        : new GatewayError('not-acceptable', 'There is nothing to show.')
  }
  const making = parts()
  const first = await making.next()
  async function* all() {
    if (first.done !== true) yield first.value
    yield* making
  }
  const boundary = `bitewing-${name.slice(32, 56)}`
  renderedHeaders(c, type)
  c.header('Content-Type', `multipart/related; type="${type}"; boundary=${boundary}`)
  c.header('Content-Disposition', undefined)
  return c.body(webStream(writeMultipart(all(), { boundary }).stream()))
}

function locationOf(root: string, held: ShownFile, frame: number, frames: readonly number[]): string {
  const { studyInstanceUid, seriesInstanceUid, sopInstanceUid } = held
  const own = `${root}/studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}`
  return frames.length > 1 ? `${own}/frames/${frame}/rendered` : `${own}/rendered`
}

function withoutRendering(held: HeldInstance): GatewayError {
  return isPresentationState(held)
    ? new GatewayError('not-found', 'A presentation state has no frames.')
    : new GatewayError('no-pixel-data', 'This instance has no pixel data.')
}

/**
 * A thumbnail holds no patient-identifying information (PS3.18 §10.4.3.3.4): burned-in annotation, or a capture
 * that says nothing about it, gives an icon.
 */
function mayShowIdentity(held: HeldInstance): boolean {
  const attributes = JSON.parse(held.metadata) as Attributes
  const burnedIn = text(attributes, '00280301')
  const capture = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.7(\.|$)/.test(held.sopClassUid)
  return burnedIn === 'YES' || (capture && burnedIn !== 'NO')
}

function thumbnailType(c: Context): ImageType {
  for (const { type, multipart } of renderedChoices(c)) {
    if (multipart !== true && (type === null || isImageType(type))) return type ?? 'image/jpeg'
  }
  throw new GatewayError('not-acceptable', 'Thumbnails are image/jpeg, png, gif, webp or avif.')
}

/** The frame list of a path, from 1. */
function framesOf(list = '1', framesMax: number): number[] {
  const numbers = list.split(',').map((each) => (/^[1-9]\d{0,6}$/.test(each.trim()) ? Number(each) : NaN))
  if (numbers.some(Number.isNaN)) {
    throw new GatewayError('invalid-parameter', 'Frames are a comma-separated list of numbers from 1.')
  }
  if (numbers.length > framesMax) {
    throw new GatewayError('asks-too-much', `One request gives at most ${framesMax} frames.`)
  }
  return numbers
}

/** An instance as far as it is known before it is shown. */
type ShownFile = Omit<HeldInstance, 'metadata' | 'frameIndex' | 'bulkIndex'>
/** What a path names; all of one instance is read when it is its turn, since a study may have 20,000 of them. */
type Found = {
  files: readonly [ShownFile, ...ShownFile[]]
  whole(file: ShownFile): Promise<HeldInstance>
}

async function mustFind(c: Context<AllowedEnv>, db: Database): Promise<Found> {
  const { tenantId, onlyStudyId } = c.var.access
  const {
    study = '',
    series,
    instance,
  } = c.req.param() as { study?: string; series?: string; instance?: string }
  if (series !== undefined && instance !== undefined) {
    const held = await findInstance(db, tenantId, { study, series, instance }, onlyStudyId)
    if (!held) throw await missing(db, tenantId, { study, series, instance }, onlyStudyId)
    return { files: [held], whole: async () => held }
  }
  const [first, ...others] = await withTenant(db, tenantId, (tx) =>
    findFiles(tx, { study, series }, onlyStudyId),
  )
  if (!first) throw await missing(db, tenantId, { study, series, instance }, onlyStudyId)
  return {
    files: [first, ...others],
    async whole({ studyInstanceUid, seriesInstanceUid, sopInstanceUid }) {
      const names = { study: studyInstanceUid, series: seriesInstanceUid, instance: sopInstanceUid }
      const one = await findInstance(db, tenantId, names, onlyStudyId)
      if (!one) throw new GatewayError('not-found', 'An instance was deleted meanwhile.')
      return one
    },
  }
}
