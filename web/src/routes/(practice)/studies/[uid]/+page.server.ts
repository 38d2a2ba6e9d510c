import { findStudy, withTenant } from '@bitewing/db'
import { redirect } from '@sveltejs/kit'
import { ports } from '#lib/server/compose.ts'
import { notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import type { PageServerLoad } from './$types'

/** The page of a study is its place in the patient's timeline. */
export const load: PageServerLoad = async ({ locals, params }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'images.list')
  const study = await withTenant(ports().db, session.tenant.id, (tx) => findStudy(tx, params.uid))
  if (!study) return notHere(locals, session, 'study')
  redirect(303, study.patient ? `/patients/${study.patient.id}#study-${study.id}` : '/?list=unsorted')
}
