import type { HttpBindings } from '@hono/node-server'
import type { MiddlewareHandler } from 'hono'
import { GatewayError } from '../errors.ts'
import type { GatewayEnv } from '../gateway-env.ts'

/**
 * Lets one credential have so many requests under way, each until its answer is read to the end; the next gets 429
 * with Retry-After. So that one integration, or one viewer gone wild, leaves room for the others. Within this process.
 *
 * @param requestsMax per token, user or share
 */
export function limitConcurrency({
  requestsPerCredentialMax,
}: {
  requestsPerCredentialMax: number
}): MiddlewareHandler<GatewayEnv> {
  const underWay = new Map<string, number>()

  return async function limitConcurrency(c, next) {
    const { credential } = c.var
    if (!credential) return next()
    const key = `${credential.actor.kind} ${credential.actor.id}`
    const count = underWay.get(key) ?? 0
    if (count >= requestsPerCredentialMax) {
      throw new GatewayError(
        'too-many-requests',
        `At most ${requestsPerCredentialMax} requests at once are answered for one credential.`,
      )
    }
    underWay.set(key, count + 1)
    const end = () => {
      const left = (underWay.get(key) ?? 1) - 1
      if (left > 0) underWay.set(key, left)
      else underWay.delete(key)
    }
    // absent in tests without a socket: there the answer's head is the end
    const { outgoing } = (c.env ?? {}) as Partial<HttpBindings>
    if (outgoing) outgoing.once('close', end)
    try {
      await next()
    } finally {
      if (!outgoing) end()
    }
  }
}
