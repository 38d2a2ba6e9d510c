import type { OpenAccess } from '@bitewing/db'
import type { Context } from 'hono'
import type { Archive } from '../archive/archive.ts'
import { bytesAnswer, isCurrent, notModified } from '../conditional.ts'
import type { AllowedEnv } from '../gateway-env.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import type { Pixels } from '../pixels/pixels.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import type { KeptRenditions } from './kept-renditions.ts'
import type { RenderedQuery } from './parse-rendered-query.ts'
import { documentTypesOf, renderDocument } from './render-document.ts'
import { imageEtag, keptImage } from './render-image.ts'
import { imageTypes, isImageType, type ImageType, type RenderedType } from './rendered-accept.ts'

export type RenderedPorts = {
  archive: Archive
  objectStore: ObjectStore
  pixels: Pixels
  kept: KeptRenditions
  frameBytesMax: number
}

/**
 * One rendered image or document as an answer, with ETag and ranges.
 *
 * @param frame 1-based; of no meaning for documents
 * @param recorded that the access is on record: it is made meanwhile, and nothing leaves before
 * @throws {GatewayError} as `renderImage` and `renderDocument`
 */
export async function renderedAnswer(
  c: Context<AllowedEnv>,
  ports: RenderedPorts,
  held: HeldInstance,
  frame: number,
  type: RenderedType,
  query: RenderedQuery,
  recorded: OpenAccess | Promise<OpenAccess>,
): Promise<Response> {
  const etag = imageEtag(held, frame, type, query, boxOf(query))
  renderedHeaders(c, type)
  if (isCurrent(c, etag)) return notModified(c, recorded)
  const [access, bytes] = await Promise.all([
    recorded,
    rendered(ports, c.var.access.tenantId, held, frame, type, query),
  ])
  access.count({ frames: held.frames > 0 ? 1 : 0, bytes: bytes.byteLength })
  return bytesAnswer(c, bytes, etag)
}

export function rendered(
  ports: RenderedPorts,
  tenantId: string,
  held: HeldInstance,
  frame: number,
  type: RenderedType,
  query: RenderedQuery,
): Promise<Buffer> {
  return isImageType(type)
    ? keptImage(ports, tenantId, held, frame, type, query, boxOf(query))
    : renderDocument(ports, tenantId, held, type)
}

export function boxOf({ viewport }: RenderedQuery) {
  return viewport ? { ...viewport, enlarge: true } : {}
}

/** Rendered media types of an instance, the default first; none for what cannot be shown. */
export function renderedTypesOf(held: Pick<HeldInstance, 'frames' | 'sopClassUid'>): readonly RenderedType[] {
  return held.frames > 0 ? (Object.keys(imageTypes) as ImageType[]) : documentTypesOf(held)
}

export function renderedHeaders(c: Context, type: RenderedType): void {
  c.header('Content-Type', contentTypeOf(type))
  c.header('Cache-Control', 'private, no-cache')
  c.header('Vary', 'Accept')
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Content-Security-Policy', "sandbox; default-src 'none'")
  // what came from outside is never opened in our origin
  if (type === 'application/pdf') c.header('Content-Disposition', 'attachment; filename="document.pdf"')
}

export function contentTypeOf(type: RenderedType): string {
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type
}
