import type { MiddlewareHandler } from 'hono'
import { GatewayError } from '../errors.ts'
import type { GatewayEnv } from '../gateway-env.ts'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Unsafe requests that a cookie authorises must come from our own pages: their Origin is the address they were
 * sent to. Tokens are not sent by browsers on their own and need no such check.
 *
 * @param publicOrigin the outside origin behind a proxy; the request's own host counts too
 */
export function sameOrigin({ publicOrigin }: { publicOrigin: string }): MiddlewareHandler<GatewayEnv> {
  return async function sameOrigin(c, next) {
    const { credential } = c.var
    if (safeMethods.has(c.req.method) || !credential || credential.kind === 'token') return next()
    const origin = c.req.header('Origin')
    if (origin === publicOrigin || (origin !== undefined && hostOf(origin) === c.req.header('Host')))
      return next()
    throw new GatewayError('wrong-origin', 'This request came from another site.', { isDenial: true })
  }
}

function hostOf(origin: string): string | null {
  return URL.parse(origin)?.host ?? null
}
