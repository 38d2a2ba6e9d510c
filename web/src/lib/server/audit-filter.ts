import {
  parsePatientSearch,
  searchPatients,
  treatsPatient,
  withTenant,
  type AuditTrailFilter,
  type Transaction,
} from '@bitewing/db'
import { ports } from './compose.ts'
import { allowed, requireAction, type TenantSession } from './session.ts'

/** More patients of one name than this are not told apart: the newest entries of all would say nothing. */
const patientsMax = 50
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export type AskedAudit = {
  who: string
  /** as typed; an id where a link came from a patient's page */
  patient: string
  /** ISO dates, days of the server's time zone; `to` is the last day that counts */
  from: string
  to: string
}

/** What the address of the audit page asks for. */
export function readAskedAudit(search: URLSearchParams): AskedAudit {
  const text = (name: string) => (search.get(name) ?? '').trim().slice(0, 100)
  const day = (name: string) => {
    const value = text(name)
    return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : ''
  }
  return { who: text('who'), patient: text('patient'), from: day('from'), to: day('to') }
}

/**
 * Ends the request with 403, on record, when the session may not read what is asked for: owner and auditor read all,
 * dentists the trail of one patient at a time, whom they treat.
 *
 * @returns whether they may read all
 */
export async function requireAudit(
  locals: App.Locals,
  session: TenantSession,
  { patient }: AskedAudit,
): Promise<boolean> {
  if (allowed(session, 'audit.read')) return true
  const { userId, tenant } = session
  const own =
    allowed(session, 'audit.read-own') &&
    uuid.test(patient) &&
    (await withTenant(ports().db, tenant.id, (tx) => treatsPatient(tx, { userId, patientId: patient })))
  if (!own) await requireAction(locals, session, 'audit.read')
  return false
}

/** Turns it into a filter; names become the patients who bear them. Inside withTenant. */
export async function auditFilter(tx: Transaction, asked: AskedAudit): Promise<AuditTrailFilter> {
  const to = asked.to === '' ? undefined : new Date(`${asked.to}T00:00`)
  to?.setDate(to.getDate() + 1)
  return {
    actorId: asked.who === '' ? undefined : asked.who,
    patientIds: asked.patient === '' ? undefined : await patientIds(tx, asked.patient),
    from: asked.from === '' ? undefined : new Date(`${asked.from}T00:00`),
    to,
  }
}

async function patientIds(tx: Transaction, typed: string): Promise<string[]> {
  if (uuid.test(typed)) return [typed]
  const { patients } = await searchPatients(tx, {
    search: parsePatientSearch(typed),
    limit: patientsMax,
    offset: 0,
  })
  return patients.map(({ id }) => id)
}
