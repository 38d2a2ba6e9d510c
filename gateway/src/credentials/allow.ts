import type { Action } from '@bitewing/db'
import type { MiddlewareHandler } from 'hono'
import { GatewayError } from '../errors.ts'
import type { AllowedEnv } from '../gateway-env.ts'

export type Allow = (action: Action) => MiddlewareHandler<AllowedEnv>

/**
 * The gate before every handler that touches a practice's data: 401 for nobody, 403 for somebody who may not.
 * Handlers get the practice from `c.var.access`, which only this sets, so a route without it cannot reach data.
 * Who was refused stands in the audit log when the answer leaves (`recordDenial`).
 */
export const allow: Allow = (action) => {
  const gate: MiddlewareHandler<AllowedEnv> = async (c, next) => {
    c.set('action', action)
    const { credential } = c.var
    if (!credential) throw new GatewayError('credential-missing', 'Log in, or send an API token.')
    const { tenantId } = credential
    if (!credential.may(action) || tenantId === null) {
      throw new GatewayError('forbidden', `This credential may not do this (${action}).`, { isDenial: true })
    }
    c.set('access', { ...credential, tenantId })
    return next()
  }
  return Object.assign(gate, { action })
}
