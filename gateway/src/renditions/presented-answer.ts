import { createHash } from 'node:crypto'
import type { OpenAccess } from '@bitewing/db'
import type { Context } from 'hono'
import { bytesAnswer, isCurrent } from '../conditional.ts'
import { writeMultipart, type OutgoingPart } from '../dicom/multipart/write-multipart.ts'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { webStream } from '../web-stream.ts'
import type { RenderedQuery } from './parse-rendered-query.ts'
import type { PresentedFrame } from './presented-frames.ts'
import { imageEtag, renderImage } from './render-image.ts'
import type { ImageType } from './rendered-accept.ts'
import { boxOf, renderedHeaders, type RenderedPorts } from './rendered-answer.ts'

/**
 * One frame as a presentation state wants it, as an answer with ETag and ranges. The access is on record.
 *
 * @throws {GatewayError} as `renderImage`, and as `mustLeaveToState`
 */
export async function presentedAnswer(
  c: Context<AllowedEnv>,
  ports: RenderedPorts,
  state: HeldInstance,
  { held, frame }: PresentedFrame,
  type: ImageType,
  query: RenderedQuery,
  access: OpenAccess,
): Promise<Response> {
  mustLeaveToState(query)
  const etag = presentedEtag(state, { held, frame }, type, query)
  renderedHeaders(c, type)
  if (isCurrent(c, etag)) return c.body(null, 304)
  const { tenantId } = c.var.access
  const bytes = await renderImage(ports, tenantId, held, frame, type, query, boxOf(query), state)
  access.count({ frames: 1, bytes: bytes.byteLength })
  return bytesAnswer(c, bytes, etag)
}

/** Several frames as parts, each made when the client has read those before; the first decides whether there is an answer. */
export async function presentedParts(
  c: Context<AllowedEnv>,
  ports: RenderedPorts,
  state: HeldInstance,
  frames: readonly PresentedFrame[],
  type: ImageType,
  query: RenderedQuery,
  access: OpenAccess,
): Promise<Response> {
  mustLeaveToState(query)
  const { tenantId } = c.var.access
  const etags = frames.map((one) => presentedEtag(state, one, type, query))
  const name = createHash('sha256').update(etags.join()).digest('hex')
  if (isCurrent(c, `"vs-${name.slice(0, 32)}"`)) return c.body(null, 304)
  const make = async ({ held, frame }: PresentedFrame): Promise<OutgoingPart> => {
    const body = await renderImage(ports, tenantId, held, frame, type, query, boxOf(query), state)
    access.count({ frames: 1, bytes: body.byteLength })
    return { contentType: type, body }
  }
  const [first, ...others] = frames
  if (!first) throw new Error('a presentation of no frame')
  const firstPart = await make(first)
  async function* parts(): AsyncGenerator<OutgoingPart> {
    yield firstPart
    for (const one of others) yield await make(one)
  }
  const boundary = `bitewing-${name.slice(32, 56)}`
  renderedHeaders(c, type)
  c.header('Content-Type', `multipart/related; type="${type}"; boundary=${boundary}`)
  return c.body(webStream(writeMultipart(parts(), { boundary }).stream()))
}

/** PS3.18 §8.3.5.1.4: a state has its window; and its own area, which a region would contradict. */
function mustLeaveToState({ window, region }: RenderedQuery): void {
  if (window) throw new GatewayError('invalid-parameter', 'A presentation state has its own window.')
  if (region)
    throw new GatewayError(
      'invalid-parameter',
      'A presentation state has its own area; viewport takes two numbers.',
    )
}

function presentedEtag(
  { fileSha256 }: HeldInstance,
  { held, frame }: PresentedFrame,
  type: ImageType,
  query: RenderedQuery,
): string {
  const image = imageEtag(held, frame, type, query, boxOf(query))
  return image.replace(/"$/, `-${fileSha256.toString('hex').slice(0, 24)}"`)
}
