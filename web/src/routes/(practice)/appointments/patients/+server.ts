import { parsePatientSearch, plannedVisits, readPatient, searchPatients, withTenant } from '@bitewing/db'
import { json } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import type { RequestHandler } from './$types'

const foundMax = 8

/**
 * For whom to book: with `q` the first patients that fit what was typed, with `id` one of them and the visits of their
 * plans that are still to come.
 */
export const GET: RequestHandler = async ({ locals, url }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'appointments.write')
  const { db, audit } = ports()
  const patientId = z.uuid().safeParse(url.searchParams.get('id'))
  if (patientId.success) {
    const readsPlans = allowed(session, 'plans.read')
    const found = await withTenant(db, session.tenant.id, async (tx) => {
      const patient = await readPatient(tx, patientId.data)
      return patient && { patient, visits: readsPlans ? await plannedVisits(tx, patient.id) : [] }
    })
    if (!found) return notHere(locals, session, 'patient')
    const who = { ...auditOf(locals, session), patientId: found.patient.id }
    await audit.access({ ...who, kind: 'patient.viewed', outcome: 'success' })
    return json(found)
  }
  const typed = (url.searchParams.get('q') ?? '').slice(0, 100).trim()
  await audit.access({ ...auditOf(locals, session), kind: 'patients.listed', outcome: 'success' })
  if (typed === '') return json({ patients: [] })
  const { patients } = await withTenant(db, session.tenant.id, (tx) =>
    searchPatients(tx, { search: parsePatientSearch(typed), limit: foundMax, offset: 0 }),
  )
  return json({ patients })
}
