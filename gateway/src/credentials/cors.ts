import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { GatewayError } from '../errors.ts'
import type { GatewayEnv } from '../gateway-env.ts'

const exposed = [
  'Content-Range',
  'ETag',
  'Warning',
  'Content-Location',
  'Retry-After',
  'Content-Length',
  'X-Request-Id',
].join(',')

/**
 * CORS for viewers on other origins: an allow list, bearer tokens only (no cookies ever cross).
 *
 * @param origins exact origins, e.g. https://viewer.example.org
 */
export function foreignViewers({ origins }: { origins: readonly string[] }): MiddlewareHandler<GatewayEnv> {
  const preflight = cors({
    origin: (origin) => (origins.includes(origin) ? origin : null),
    allowMethods: ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'],
    allowHeaders: ['Authorization', 'Accept', 'Content-Type', 'Range', 'If-None-Match', 'If-Range'],
    maxAge: 600,
  })

  return async function foreignViewers(c, next) {
    if (c.req.method !== 'OPTIONS') {
      await next()
      // On the finished answer: headers that are set before it make Hono copy its body into a stream, which costs
      // more than all else about a frame.
      const { headers } = c.res
      headers.append('Vary', 'Origin')
      const origin = c.req.header('Origin')
      if (origin === undefined || !origins.includes(origin)) return
      headers.set('Access-Control-Allow-Origin', origin)
      headers.set('Access-Control-Expose-Headers', exposed)
      return
    }
    if (c.req.header('Access-Control-Request-Method') === undefined) return next()
    // answered before any credential is looked at: a preflight never carries one
    if (origins.includes(c.req.header('Origin') ?? '')) return preflight(c, next)
    throw new GatewayError('wrong-origin', 'This origin is not on the list of viewers.')
  }
}
