import type { AuditEvent } from '../audit/audit-event.ts'

/** A member of staff who changes something of their practice, and from where. */
export type Staff = { tenantId: string; userId: string; sessionId: string | null; address: string | null }

/** The part of an audit event that says who it was. */
export function staffEvent({
  tenantId,
  userId,
  sessionId,
  address,
}: Staff): Pick<AuditEvent, 'tenantId' | 'actor' | 'sessionId' | 'address' | 'outcome'> {
  return { tenantId, actor: { kind: 'user', id: userId }, sessionId, address, outcome: 'success' }
}
