import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context, MiddlewareHandler } from 'hono'
import type { GatewayEnv } from './gateway-env.ts'

/**
 * The client's address, for audit and lock-out: the connection's, or behind our own proxy the last entry of
 * X-Forwarded-For, the only one that proxy wrote itself.
 */
export function clientAddress({ trustedProxy }: { trustedProxy: boolean }): MiddlewareHandler<GatewayEnv> {
  return async function clientAddress(c, next) {
    const forwarded = trustedProxy ? c.req.header('X-Forwarded-For')?.split(',').at(-1)?.trim() : undefined
    c.set('address', forwarded || connectionAddress(c))
    return next()
  }
}

/** The address at the other end of the connection, be it a proxy's. */
export function connectionAddress(c: Context<GatewayEnv>): string {
  try {
    return (getConnInfo(c).remote.address ?? 'unknown').replace(/^::ffff:/, '')
  } catch {
    return 'unknown' // a request made in a test, without a connection
  }
}
