import type { Staff } from '@bitewing/db'
import type { TenantSession } from './session.ts'

/** Who changes something, for functions that record it with the change. */
export function staffOf(locals: App.Locals, session: TenantSession): Staff {
  return {
    tenantId: session.tenant.id,
    userId: session.userId,
    sessionId: session.sessionId,
    address: locals.address,
  }
}
