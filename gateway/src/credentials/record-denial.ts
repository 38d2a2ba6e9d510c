import type { Audit } from '@bitewing/db'
import type { Context } from 'hono'
import type { GatewayError } from '../errors.ts'
import type { GatewayEnv } from '../gateway-env.ts'

/**
 * Puts on record that somebody known was refused, before they hear of it: what they may not do, or what is not there
 * for them. The event is the same for what another practice has and for what nobody has. Many within the window are
 * one event with a count.
 */
export async function recordDenial(
  audit: Audit,
  c: Context<GatewayEnv>,
  { code, isDenial }: GatewayError,
): Promise<void> {
  const { credential, action } = c.var
  if (!isDenial || !credential) return
  const { tenantId, actor, sessionId } = credential
  await audit.access({
    tenantId,
    kind: 'access.denied',
    outcome: 'denied',
    actor,
    sessionId,
    address: c.var.address,
    detail: { ...(action && { action }), ...(code !== 'forbidden' && { reason: reasons[code] ?? code }) },
  })
}

const reasons: Partial<Record<GatewayError['code'], string>> = { 'not-found': 'absent' }
