import { createHash, randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { endBytes, partBytes, writeMultipart, type OutgoingPart } from '../dicom/multipart/write-multipart.ts'
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
 * @param contentLength of parts that are no array, from `countMultipart`; they can be gone through again then
 * @param ranges  false where clients that ask for a range mean one of the value inside, and take the whole
 * @param onClose called when the answer is over, be it read, given up or never begun
 */
export function multipartResponse(
  c: Context,
  type: string,
  parts: readonly OutgoingPart[] | AsyncIterable<OutgoingPart>,
  {
    etag,
    contentLength: counted,
    ranges = true,
    onClose,
  }: {
    etag?: string | undefined
    contentLength?: number | null | undefined
    ranges?: boolean
    onClose?: (() => void) | undefined
  } = {},
): Response {
  const name = etag ? createHash('sha256').update(etag).digest() : randomBytes(12)
  const boundary = `bitewing-${name.toString('hex').slice(0, 24)}`
  const { contentLength: known, stream, batches } = writeMultipart(parts, { boundary })
  const contentLength = counted ?? known
  payloadHeaders(c)
  const range = etag && ranges && contentLength !== null ? answerRange(c, contentLength, etag) : null
  c.header('Content-Type', `multipart/related; type="${type}"; boundary=${boundary}`)
  const bytes = range ? range.end - range.start + 1 : contentLength
  if (bytes !== null) c.header('Content-Length', String(bytes))
  if (range) return c.body(webStream(stream(range), onClose), 206)
  return directAnswer(c, batches(), { onClose })
}

/** Content-Length of parts that come one by one, as `multipartResponse` writes them: part after part to `add`. */
export function countMultipart(): { add(part: OutgoingPart): void; bytes(): number } {
  const boundary = `bitewing-${'0'.repeat(24)}` // all are as long
  let bytes = 0
  let isFirst = true
  return {
    add(part) {
      bytes += partBytes(part, boundary, isFirst)
      isFirst = false
    },
    bytes: () => bytes + endBytes(boundary),
  }
}
