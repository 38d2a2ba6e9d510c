import { readPatient, withTenant } from '@bitewing/db'
import { error, json } from '@sveltejs/kit'
import type { ModelPatient } from '#lib/models/model-instance.ts'
import { ports } from '#lib/server/compose.ts'
import { auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import type { RequestHandler } from './$types'

/** How a patient's images name the patient, for models that are wrapped in the browser; 409 where they have no number. */
export const GET: RequestHandler = async ({ locals, params }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.upload')
  const { db, audit } = ports()
  const patient = await withTenant(db, session.tenant.id, (tx) => readPatient(tx, params.id))
  if (!patient) return notHere(locals, session, 'model header')
  await audit.access({
    ...auditOf(locals, session),
    kind: 'patient.viewed',
    outcome: 'success',
    patientId: patient.id,
  })
  const identifier = patient.identifiers.find(({ kind }) => kind === 'dicom')
  if (!identifier) error(409, 'no identifier')
  const header: ModelPatient = {
    // carets and backslashes part names and values (PS3.5 §6.2)
    name: [patient.familyName, patient.givenName].map((part) => part.replace(/[\\^=]/g, ' ')).join('^'),
    patientId: identifier.value,
    issuer: identifier.issuer,
    birthDate: patient.birthDate?.replaceAll('-', '') ?? '',
    sex: patient.sex ?? '',
  }
  return json(header)
}
