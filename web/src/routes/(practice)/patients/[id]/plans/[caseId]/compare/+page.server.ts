import { listProviders, patientCases, readPatient, readPlanSettings, withTenant } from '@bitewing/db'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import type { PageServerLoad } from './$types'

/** Alternatives side by side, or two versions of one of them and what changed between. Without images. */
export const load: PageServerLoad = async ({ locals, params }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'plans.read')
  if (!z.uuid().safeParse(params.caseId).success) return notHere(locals, session, 'case')
  const { db, audit } = ports()
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const patient = await readPatient(tx, params.id)
    const [treatmentCase] = patient ? await patientCases(tx, patient.id, { caseId: params.caseId }) : []
    if (!patient || !treatmentCase) return null
    return {
      patient,
      treatmentCase,
      settings: await readPlanSettings(tx),
      providers: await listProviders(tx),
    }
  })
  if (!found) return notHere(locals, session, 'case')
  await audit.access({
    ...auditOf(locals, session),
    kind: 'plan.viewed',
    outcome: 'success',
    patientId: found.patient.id,
    detail: { caseId: params.caseId },
  })
  return { ...found, now: new Date() }
}
