import type { Handler, Hono } from 'hono'
import { GatewayError } from './errors.ts'
import type { GatewayEnv } from './gateway-env.ts'

/**
 * For a path that no handler took: 405 with Allow where another method would have been taken, an OPTIONS that is no
 * preflight answered with Allow, else 404.
 */
export function otherMethod(app: Hono<GatewayEnv>): Handler<GatewayEnv> {
  return (c) => {
    const taken = ['GET', 'POST', 'DELETE'].filter((method) =>
      app.router.match(method, c.req.path)[0].some(([[, route]]) => route.method === method),
    )
    if (taken.length === 0) return c.notFound()
    c.header('Allow', taken.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', '))
    if (c.req.method === 'OPTIONS') return c.body(null, 204)
    throw new GatewayError('method-not-allowed', 'This address does not take this method.')
  }
}
