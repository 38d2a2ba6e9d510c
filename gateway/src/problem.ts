import type { Context } from 'hono'
import type { Logger } from 'pino'
import { errorStatus, type ErrorCode, type ErrorStatus } from './errors.ts'
import type { GatewayEnv } from './gateway-env.ts'
import { toGatewayError } from './expected-error.ts'

/** Answers an error as a JSON problem (RFC 9457) with the request's id. Unexpected ones say no more than that. */
export function problem(c: Context<GatewayEnv>, error: unknown, log: Logger): Response {
  const expected = toGatewayError(error)
  if (!expected) {
    log.error({ requestId: c.var.requestId, route: c.req.method, err: error }, 'request failed')
    return body(c, 500, 'internal', 'Internal error')
  }
  const status = errorStatus(expected.code)
  if (status === 401) {
    // a browser that hears of Basic opens a log-in window of its own over the page
    const byBrowser = c.req.header('Sec-Fetch-Mode') !== undefined
    c.header(
      'WWW-Authenticate',
      `Bearer realm="bitewing"${byBrowser ? '' : ', Basic realm="bitewing", charset="UTF-8"'}`,
    )
  }
  const { code, message, readyBy, begunAt, remaining } = expected
  if (status === 503 || status === 429) c.header('Retry-After', String(retrySeconds(readyBy)))
  if (status >= 500 && code !== 'original-archived') {
    const isSlow = code === 'frame-timed-out'
    log.warn({ requestId: c.var.requestId, code }, isSlow ? 'a frame took too long' : 'a dependency is away')
  }
  return body(c, status, code, message, {
    ...(readyBy && { readyBy: readyBy.toISOString() }),
    ...(begunAt && { begunAt: begunAt.toISOString() }),
    ...(remaining !== null && { remaining }),
  })
}

/** The store is often done long before it promised to be. */
const retrySecondsMax = 15 * 60

function retrySeconds(readyBy: Date | null): number {
  if (readyBy === null) return 5
  return Math.min(retrySecondsMax, Math.max(5, Math.ceil((readyBy.getTime() - Date.now()) / 1000)))
}

function body(
  c: Context<GatewayEnv>,
  status: ErrorStatus | 500,
  code: ErrorCode | 'internal',
  detail: string,
  more: { readyBy?: string; begunAt?: string; remaining?: number } = {},
): Response {
  // what the handler had said of the answer it did not give
  for (const name of [
    'ETag',
    'Content-Length',
    'Content-Encoding',
    'Content-Disposition',
    'Content-Location',
  ])
    c.header(name, undefined)
  c.header('Cache-Control', 'no-store')
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Content-Type', 'application/problem+json')
  return c.body(
    JSON.stringify({
      type: `urn:bitewing:problem:${code}`,
      title: detail,
      status,
      requestId: c.var.requestId,
      ...more,
    }),
    status,
  )
}
