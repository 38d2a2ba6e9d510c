import { findShareSession, readStudy, shareCookieName, sharePath, withTenant } from '@bitewing/db'
import { error, redirect } from '@sveltejs/kit'
import { ports } from '#lib/server/compose.ts'
import type { PageServerLoad } from './$types'

const imagesMax = 200

/** The patient's view of one study. The share is asked for at every request, so a revoked one opens nothing. */
export const load: PageServerLoad = async ({ params, cookies, locals }) => {
  const { db, audit, refusals } = ports()
  const cookie = cookies.get(shareCookieName)
  const share = cookie === undefined ? null : await findShareSession(db, params.shareId, cookie)
  if (!share) {
    if (cookie !== undefined) await refusals.note('share', cookie, locals.address)
    error(404, 'link ended')
  }
  const { studyId } = share
  if (studyId === null) redirect(303, `${sharePath(share.shareId)}/plan`)
  const study = await withTenant(db, share.tenantId, (tx) => readStudy(tx, studyId, { imagesMax }))
  if (!study) error(404, 'link ended')
  await audit.access({
    tenantId: share.tenantId,
    kind: 'study.listed',
    outcome: 'success',
    actor: { kind: 'share', id: share.shareId },
    sessionId: share.sessionId,
    address: locals.address,
    patientId: study.patientId,
    studyId: study.id,
  })
  return {
    folder: sharePath(share.shareId),
    practice: share.tenantName,
    expiresAt: share.expiresAt,
    studyDate: study.studyDate,
    studyInstanceUid: study.studyInstanceUid,
    images: study.images,
  }
}
