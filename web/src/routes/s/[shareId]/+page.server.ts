import {
  findShareSession,
  readPlanSettings,
  readStudy,
  sharedComparisons,
  shareCookieName,
  sharePath,
  withTenant,
} from '@bitewing/db'
import { error, redirect } from '@sveltejs/kit'
import { dayIn } from '#lib/format/date.ts'
import { notOpenedHere } from '#lib/not-opened-here.ts'
import { ports } from '#lib/server/compose.ts'
import { shownComparisons } from '#lib/server/shown-comparisons.ts'
import { timeZoneOf } from '#lib/server/time-zone-of.ts'
import type { PageServerLoad } from './$types'

const imagesMax = 200

/**
 * The patient's view of one study, of comparisons that were added to the link, or of such alone. The share is asked for
 * at every request, so a revoked one opens nothing. Its last day is the practice's, wherever it is read.
 */
export const load: PageServerLoad = async ({ params, cookies, locals }) => {
  const { db, audit, refusals } = ports()
  const cookie = cookies.get(shareCookieName)
  if (cookie === undefined) error(404, notOpenedHere)
  const share = await findShareSession(db, params.shareId, cookie)
  if (!share) {
    await refusals.note('share', cookie, locals.address)
    error(404, 'link ended')
  }
  const { studyId, shareId, planVersionId } = share
  if (planVersionId !== null) redirect(303, `${sharePath(shareId)}/plan`)
  const { study, shared, comparisons, notation } = await withTenant(db, share.tenantId, async (tx) => {
    const shared = await sharedComparisons(tx, shareId)
    return {
      study: studyId === null ? null : await readStudy(tx, studyId, { imagesMax }),
      shared,
      comparisons: await shownComparisons(tx, shared),
      notation: (await readPlanSettings(tx)).notation,
    }
  })
  if (studyId === null ? comparisons.length === 0 : !study) error(404, 'link ended')
  await audit.access({
    tenantId: share.tenantId,
    kind: study ? 'study.listed' : 'comparison.viewed',
    outcome: 'success',
    actor: { kind: 'share', id: shareId },
    sessionId: share.sessionId,
    address: locals.address,
    patientId: study ? study.patientId : (shared[0]?.patientId ?? null),
    studyId: study?.id ?? null,
    ...(comparisons.length > 0 ? { detail: { comparisons: comparisons.length } } : {}),
  })
  return {
    folder: sharePath(shareId),
    practice: share.tenantName,
    lastDay: dayIn(share.expiresAt, await timeZoneOf(share.tenantId)),
    comparisons,
    notation,
    studyDate: study?.studyDate ?? null,
    studyInstanceUid: study?.studyInstanceUid ?? '',
    images: study?.images ?? [],
  }
}
