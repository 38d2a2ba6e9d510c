import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { Logger } from 'pino'
import { Histogram, type Registry } from 'prom-client'
import type { GatewayEnv } from './gateway-env.ts'

/**
 * Gives each request an id, counts and times it under its route's pattern, and logs it so. Paths hold identifiers
 * and share tokens: they are never written anywhere.
 */
export function observe({ log, metrics }: { log: Logger; metrics: Registry }): MiddlewareHandler<GatewayEnv> {
  const seconds = new Histogram({
    name: 'bitewing_http_request_seconds',
    help: 'Time to the response head, by method, route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [metrics],
  })

  return async function observe(c, next) {
    const started = performance.now()
    c.set('requestId', randomUUID())
    c.set('credential', null)
    c.set('address', 'unknown')
    await next()
    if (c.req.method === 'HEAD' && c.res.body) {
      // Hono answers HEAD by the GET handler: what it opened (a connection to the archive) must be let go
      const { body } = c.res
      c.res = new Response(null, c.res)
      await body.cancel().catch(() => {})
    }
    const route = matchedRoutes(c).findLast(({ path }) => !path.endsWith('*'))?.path ?? '*'
    const took = performance.now() - started
    seconds.observe({ method: c.req.method, route, status: String(c.res.status) }, took / 1000)
    c.res.headers.set('X-Request-Id', c.var.requestId)
    log.debug(
      {
        requestId: c.var.requestId,
        method: c.req.method,
        route,
        status: c.res.status,
        tookMs: Math.round(took),
      },
      'request',
    )
  }
}
