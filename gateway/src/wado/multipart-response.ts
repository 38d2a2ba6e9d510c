import { createHash, randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { writeMultipart, type OutgoingPart } from '../dicom/multipart/write-multipart.ts'
import { answerRange } from '../conditional.ts'
import { directAnswer } from '../direct-body.ts'
import { webStream } from '../web-stream.ts'

/** What a browser may do with a payload that came from anywhere: nothing. */
export function payloadHeaders(c: Context): void {
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Content-Security-Policy', "sandbox; default-src 'none'")
  c.header('Cache-Control', 'private, no-cache')
  c.header('Vary', 'Accept')
}

/**
 * A streamed multipart/related answer, PS3.18 §8.6.1.2. An array's size is known before and sent as
 * Content-Length; parts of a generator are made as the client reads.
 *
 * @param etag    strong, made of digests of all that the parts hold, so that the boundary can follow from it: the
 *   same representation has the same bytes then, and ranges of it can be asked for. The caller has answered 304.
 * @param ranges  false where clients that ask for a range mean one of the value inside, and take the whole
 * @param onClose called when the answer is over, be it read, given up or never begun
 */
export function multipartResponse(
  c: Context,
  type: string,
  parts: readonly OutgoingPart[] | AsyncIterable<OutgoingPart>,
  {
    etag,
    ranges = true,
    onClose,
  }: { etag?: string; ranges?: boolean; onClose?: (() => void) | undefined } = {},
): Response {
  const name = etag ? createHash('sha256').update(etag).digest() : randomBytes(12)
  const boundary = `bitewing-${name.toString('hex').slice(0, 24)}`
  const { contentLength, stream, batches } = writeMultipart(parts, { boundary })
  payloadHeaders(c)
  const range = etag && ranges && contentLength !== null ? answerRange(c, contentLength, etag) : null
  c.header('Content-Type', `multipart/related; type="${type}"; boundary=${boundary}`)
  const bytes = range ? range.end - range.start + 1 : contentLength
  if (bytes !== null) c.header('Content-Length', String(bytes))
  if (range) return c.body(webStream(stream(range), onClose), 206)
  return directAnswer(c, batches(), { onClose })
}
