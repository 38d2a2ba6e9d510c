import { findStudy, withTenant } from '@bitewing/db'
import { json } from '@sveltejs/kit'
import { ports } from '#lib/server/compose.ts'
import { auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import type { RequestHandler } from './$types'

/** Under whom a study is filed: an upload asks when it has ended. */
export const GET: RequestHandler = async ({ locals, params }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.list')
  const { db, audit } = ports()
  const study = await withTenant(db, session.tenant.id, (tx) => findStudy(tx, params.uid))
  if (!study) return notHere(locals, session, 'study')
  await audit.access({
    ...auditOf(locals, session),
    kind: 'study.listed',
    outcome: 'success',
    studyId: study.id,
    patientId: study.patient?.id ?? null,
  })
  return json({ studyInstanceUid: params.uid, patient: study.patient })
}
