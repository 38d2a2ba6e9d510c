import type { Context } from 'hono'
import { GatewayError } from './errors.ts'

/** Sets a strong ETag; true when the client holds it already and 304 is the answer (RFC 9110 §13.1.2). */
export function isCurrent(c: Context, etag: string): boolean {
  c.header('ETag', etag)
  const held = c.req.header('If-None-Match')
  return (
    held !== undefined &&
    held.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag)
  )
}

/** @param recorded what has to be on record before anything leaves */
export async function notModified(c: Context, recorded: unknown): Promise<Response> {
  await recorded
  return c.body(null, 304)
}

/**
 * A single byte range (RFC 9110 §14.2) of a representation; null for the whole. Several ranges, other units and a
 * stale If-Range give the whole, as the RFC allows.
 *
 * @returns 'unsatisfiable' when it starts past the end
 */
function byteRange(
  c: Context,
  bytes: number,
  etag: string,
): { start: number; end: number } | 'unsatisfiable' | null {
  const header = c.req.header('Range')
  const ifRange = c.req.header('If-Range')
  if (header === undefined || (ifRange !== undefined && ifRange !== etag)) return null
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim())
  if (!match || (match[1] === '' && match[2] === '')) return null
  const [, from = '', to = ''] = match
  if (from === '') {
    const last = Number(to)
    return last === 0 || bytes === 0 ? 'unsatisfiable' : { start: Math.max(0, bytes - last), end: bytes - 1 }
  }
  const start = Number(from)
  const end = to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1)
  if (start >= bytes) return 'unsatisfiable'
  return end < start ? null : { start, end }
}

/**
 * As `byteRange`, with the headers that go with it: says that ranges are taken, and which one this is.
 *
 * @throws {GatewayError} `range-not-satisfiable`
 */
export function answerRange(c: Context, bytes: number, etag: string): { start: number; end: number } | null {
  c.header('Accept-Ranges', 'bytes')
  const range = byteRange(c, bytes, etag)
  if (range === 'unsatisfiable') {
    c.header('Content-Range', `bytes */${bytes}`)
    throw new GatewayError('range-not-satisfiable', `This has ${bytes} bytes.`)
  }
  if (range) c.header('Content-Range', `bytes ${range.start}-${range.end}/${bytes}`)
  return range
}

/** Bytes in memory as an answer with its length, whole or the range asked for. */
export function bytesAnswer(c: Context, bytes: Uint8Array, etag: string): Response {
  const range = answerRange(c, bytes.byteLength, etag)
  const part = range ? bytes.subarray(range.start, range.end + 1) : bytes
  c.header('Content-Length', String(part.byteLength))
  // never shared memory, which alone a body cannot be; a copy of each frame would be for the types' sake only
  return c.body(part as Uint8Array<ArrayBuffer>, range ? 206 : 200)
}
