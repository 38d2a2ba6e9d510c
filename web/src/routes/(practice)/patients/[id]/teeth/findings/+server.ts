import { patientFindings, readPatient, saveFinding, withTenant } from '@bitewing/db'
import { error, json } from '@sveltejs/kit'
import { ports } from '#lib/server/compose.ts'
import { auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { staffOf } from '#lib/server/staff.ts'
import { FindingForm } from '#lib/teeth/finding-form.ts'
import type { RequestHandler } from './$types'

/** What was found on a patient's teeth, so that open charts see what others record. */
export const GET: RequestHandler = async ({ locals, params }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'teeth.read')
  const { db, audit } = ports()
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    return patient && { patient, findings: await patientFindings(tx, patient.id) }
  })
  if (!found) return notHere(locals, session, 'patient')
  await audit.access({
    ...auditOf(locals, session),
    kind: 'teeth.viewed',
    outcome: 'success',
    patientId: found.patient.id,
  })
  return json({ findings: found.findings })
}

/** Keeps one change. */
export const POST: RequestHandler = async ({ locals, params, request }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'teeth.write')
  const form = FindingForm.safeParse(await request.json().catch(() => null))
  if (!form.success) error(400, 'not a finding')
  const saved = await saveFinding(ports().db, staffOf(locals, session), {
    ...form.data,
    patientId: params.id,
  })
  if (saved.outcome === 'absent') return notHere(locals, session, 'finding')
  return json(saved)
}
