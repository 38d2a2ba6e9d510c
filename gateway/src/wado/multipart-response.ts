import { randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { writeMultipart, type OutgoingPart } from '../dicom/multipart/write-multipart.ts'
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
 * @param onClose called when the answer is over, be it read, given up or never begun
 */
export function multipartResponse(
  c: Context,
  type: string,
  parts: readonly OutgoingPart[] | AsyncIterable<OutgoingPart>,
  onClose?: () => void,
): Response {
  const boundary = `bitewing-${randomBytes(12).toString('hex')}`
  const { contentLength, stream } = writeMultipart(parts, { boundary })
  payloadHeaders(c)
  c.header('Content-Type', `multipart/related; type="${type}"; boundary=${boundary}`)
  if (contentLength !== null) c.header('Content-Length', String(contentLength))
  return c.body(webStream(stream(), onClose))
}
