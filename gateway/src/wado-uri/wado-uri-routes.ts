import { withTenant, type Audit, type Database, type OpenAccess } from '@bitewing/db'
import { Hono, type Context } from 'hono'
import type { Allow } from '../credentials/allow.ts'
import { parseMediaTypes } from '../dicom/multipart/media-types.ts'
import { isOneStream } from '../dicom/frame-index.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import { integer, type Attributes } from '../study-index/attribute-values.ts'
import { findInstances, type HeldInstance } from '../study-index/find-instance.ts'
import { missing } from '../study-index/missing.ts'
import { parseUriQuery, type UriQuery } from './parse-uri-query.ts'

type Dependencies = {
  db: Database
  audit: Audit
  allow: Allow
  /** One instance alone, as the Retrieve transaction gives it. @throws {GatewayError} `not-acceptable` */
  retrieve(
    c: Context<AllowedEnv>,
    held: HeldInstance,
    transferSyntax: string | null,
    access: OpenAccess,
  ): Promise<Response>
  /** Media types in which an instance can be rendered, the default first. */
  renderedTypes(held: HeldInstance): readonly string[]
  /** One rendered image or document, as a presentation state wants it where there is one; `parameters` as in §8.3.5. */
  render(
    c: Context<AllowedEnv>,
    held: HeldInstance,
    frame: number,
    type: string,
    parameters: URLSearchParams,
    access: OpenAccess,
    state: HeldInstance | null,
  ): Promise<Response>
}

const dicom = 'application/dicom'

/**
 * WADO-URI: the old door to single instances, DICOM PS3.18 §9. What it gives is what WADO-RS gives; its parameters
 * are put in the words of that.
 */
export function wadoUriRoutes({ db, audit, allow, retrieve, renderedTypes, render }: Dependencies) {
  return new Hono<AllowedEnv>().get('/', allow('images.read'), async (c) => {
    const query = parseUriQuery(new URL(c.req.url).searchParams)
    const { tenantId, onlyStudyId } = c.var.access
    const { presentation } = query
    const [[held], [state]] = await withTenant(db, tenantId, async (tx) => [
      await findInstances(tx, query, onlyStudyId),
      presentation ? await findInstances(tx, presentation, onlyStudyId) : [],
    ])
    if (!held) throw await missing(db, tenantId, query, onlyStudyId)
    if (presentation && !state) throw await missing(db, tenantId, presentation, onlyStudyId)
    const type = chooseType(c, query, held, renderedTypes(held))
    const { access, address } = c.var
    const recorded = await audit.access({
      tenantId,
      kind: type === dicom ? 'images.retrieved' : 'images.viewed',
      outcome: 'success',
      actor: access.actor,
      sessionId: access.sessionId,
      address,
      studyId: held.studyId,
      patientId: held.patientId,
    })
    if (type === dicom) {
      mustBeWhole(query)
      return retrieve(c, held, query.transferSyntax, recorded)
    }
    const frame = query.frame ?? 1
    if (held.frames > 0 && frame > held.frames)
      throw new GatewayError('invalid-parameter', `frameNumber: this instance has ${held.frames} frames.`) // §9.5.2.1
    return render(c, held, frame, type, renderedParameters(query, held), recorded, state ?? null)
  })
}

/**
 * The media type of the answer, §9.1.2.2.1: the first of `contentType` that can be given and that the Accept header
 * takes; without one the category's default: a picture of a single frame, a document as text, else the file.
 */
function chooseType(c: Context, query: UriQuery, held: HeldInstance, rendered: readonly string[]): string {
  const [usual] = rendered
  const isOneFrame = held.frames <= 1 && !isOneStream(held.frameIndex)
  const standard = usual !== undefined && (isOneFrame || query.frame !== null) ? usual : dicom
  const possible = [standard, ...rendered, dicom]
  const header = parseMediaTypes(c.req.header('Accept') ?? '').filter(({ q }) => q > 0)
  const takes = (type: string) =>
    header.length === 0 ||
    header.some(
      ({ essence }) => essence === type || essence === '*/*' || essence === `${type.split('/')[0]}/*`,
    )
  const wanted = query.contentTypes.length > 0 ? query.contentTypes : possible
  // names of older clients
  const named = wanted.map((type) => (type === '*/*' ? standard : type === 'image/jpg' ? 'image/jpeg' : type))
  const type = named.find((one) => possible.includes(one) && takes(one))
  if (type === undefined) {
    throw new GatewayError('not-acceptable', `This can be given as ${[...new Set(possible)].join(', ')}.`)
  }
  return type
}

/** §9.5.1.2: these belong to rendered images; on a file they would be ignored, so they are refused. */
function mustBeWhole(query: UriQuery): void {
  const { frame, viewport, region, window, annotation, presentation } = query
  if (frame ?? viewport ?? region ?? window ?? annotation ?? presentation) {
    throw new GatewayError(
      'invalid-parameter',
      'frameNumber, rows, columns, region, windowCenter, windowWidth, annotation and presentationUID are for rendered images.',
    )
  }
}

/** The other side, where only one is given: large enough never to be the one that limits. */
const sideMax = 8192

function renderedParameters(query: UriQuery, held: HeldInstance): URLSearchParams {
  const parameters = new URLSearchParams()
  const { viewport, region, window, quality, annotation } = query
  if (viewport || region) {
    const attributes = JSON.parse(held.metadata) as Attributes // our own JSON
    const [rows, columns] = [integer(attributes, '00280010') ?? 1, integer(attributes, '00280011') ?? 1]
    const source = region && {
      x: region.left * columns,
      y: region.top * rows,
      width: (region.right - region.left) * columns,
      height: (region.bottom - region.top) * rows,
    }
    const box = viewport
      ? [viewport.width ?? sideMax, viewport.height ?? sideMax]
      : [Math.max(1, Math.round(source?.width ?? columns)), Math.max(1, Math.round(source?.height ?? rows))]
    const part = source ? [source.x, source.y, source.width, source.height] : []
    parameters.set('viewport', [...box, ...part].map((side) => decimal(side)).join())
  }
  if (window) parameters.set('window', `${decimal(window.center)},${decimal(window.width)},linear`)
  if (quality !== null) parameters.set('quality', quality)
  if (annotation !== null) parameters.set('annotation', annotation)
  return parameters
}

/** Without an exponent, which rendered parameters do not have. */
function decimal(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(6)
}
