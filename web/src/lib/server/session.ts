import { mayDo, mergedInto, withTenant, type Action, type AuditEvent, type StaffSession } from '@bitewing/db'
import { error, redirect } from '@sveltejs/kit'
import { ports } from './compose.ts'

type Locals = App.Locals
export type TenantSession = StaffSession & { tenant: NonNullable<StaffSession['tenant']> }

/** The logged-in member of staff. The first line of every load and action that is not public. */
export function requireSession(locals: Locals): StaffSession {
  if (!locals.session) redirect(303, '/login')
  return locals.session
}

/** As `requireSession`, for pages of a practice; an operator who belongs to none is sent to the quarantine. */
export function requireTenant(locals: Locals): TenantSession {
  const session = requireSession(locals)
  if (!hasTenant(session)) {
    if (session.isOperator) redirect(303, '/quarantine')
    error(403, 'no practice')
  }
  return session
}

/** Whether the session may do something in its active practice; decides nothing of its own. */
export function allowed(session: StaffSession, action: Action): boolean {
  return mayDo({ kind: 'staff', role: session.tenant?.role ?? null, isOperator: session.isOperator }, action)
}

/** Ends the request with 403, on record, when the session may not do it. */
export async function requireAction(locals: Locals, session: StaffSession, action: Action): Promise<void> {
  if (allowed(session, action)) return
  await ports().audit.access({
    ...auditOf(locals, session),
    kind: 'access.denied',
    outcome: 'denied',
    detail: { action },
  })
  error(403, 'not allowed')
}

/**
 * Ends the request with 404, on record: the thing does not exist, or belongs to another practice. A page of a record that
 * has gone into another leads to the same page of that one.
 */
export async function notHere(locals: Locals, session: StaffSession, page: string): Promise<never> {
  const { patientPage: asked } = locals
  if (asked && hasTenant(session)) {
    const kept = await withTenant(ports().db, session.tenant.id, (tx) => mergedInto(tx, asked.patientId))
    if (kept !== null) redirect(303, asked.path.replace(asked.patientId, kept))
  }
  await ports().audit.access({
    ...auditOf(locals, session),
    kind: 'access.denied',
    outcome: 'denied',
    detail: { page, reason: 'absent' },
  })
  error(404, 'not found')
}

/** Who asks, from where: the part of an audit event that is the same for a whole request. */
export function auditOf(
  locals: Locals,
  session: StaffSession,
): Pick<AuditEvent, 'tenantId' | 'actor' | 'sessionId' | 'address'> {
  return {
    tenantId: session.tenant?.id ?? null,
    actor: { kind: 'user', id: session.userId },
    sessionId: session.sessionId,
    address: locals.address,
  }
}

function hasTenant(session: StaffSession): session is TenantSession {
  return session.tenant !== null
}
