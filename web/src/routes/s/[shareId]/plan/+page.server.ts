import {
  planImages,
  readPlanSettings,
  readPresentation,
  sharePath,
  signVersion,
  withTenant,
} from '@bitewing/db'
import { planItems } from '@bitewing/db/plan-rules'
import { error, fail } from '@sveltejs/kit'
import { fromPlan } from '#lib/compare/shown-comparison.ts'
import { dayIn } from '#lib/format/date.ts'
import { ports } from '#lib/server/compose.ts'
import { requirePlanShare } from '#lib/server/plan-share.ts'
import { readSignature } from '#lib/server/read-signature.ts'
import { shownComparisons } from '#lib/server/shown-comparisons.ts'
import { timeZoneOf } from '#lib/server/time-zone-of.ts'
import type { Actions, PageServerLoad } from './$types'

/** The patient's view of one version of a plan, by a link; here it is signed. The share is asked for at every request. */
export const load: PageServerLoad = async ({ params, cookies, locals }) => {
  const { db, audit } = ports()
  const share = await requirePlanShare(locals, cookies, params.shareId)
  const found = await withTenant(db, share.tenantId, async (tx) => {
    const presentation = await readPresentation(tx, share.planVersionId)
    return (
      presentation && {
        presentation,
        images: await planImages(
          tx,
          planItems(presentation.content).flatMap((item) => item.images),
        ),
        comparisons: await shownComparisons(tx, (presentation.content.comparisons ?? []).map(fromPlan)),
        settings: await readPlanSettings(tx),
      }
    )
  })
  if (!found) error(404, 'link ended')
  await audit.access({
    tenantId: share.tenantId,
    kind: 'plan.viewed',
    outcome: 'success',
    actor: { kind: 'share', id: share.shareId },
    sessionId: share.sessionId,
    address: locals.address,
    patientId: found.presentation.patient.id,
  })
  const zone = await timeZoneOf(share.tenantId)
  return {
    ...found,
    folder: sharePath(share.shareId),
    practice: share.tenantName,
    lastDay: dayIn(share.expiresAt, zone),
    today: dayIn(new Date(), zone),
  }
}

export const actions: Actions = {
  sign: async ({ params, cookies, locals, request }) => {
    const { db } = ports()
    const share = await requirePlanShare(locals, cookies, params.shareId)
    const { consent } = await withTenant(db, share.tenantId, readPlanSettings)
    const read = readSignature(await request.formData(), consent)
    if ('problem' in read) return fail(400, { sign: read.problem })
    const signed = await signVersion(
      db,
      {
        tenantId: share.tenantId,
        actor: { kind: 'share', id: share.shareId },
        sessionId: share.sessionId,
        address: locals.address,
        via: 'link',
        witnessId: null,
        shareId: share.shareId,
      },
      {
        versionId: share.planVersionId,
        digest: read.digest,
        signature: read.signature,
        choice: read.choice,
      },
    )
    // taken off the patient's file since
    if (signed === 'absent') error(404, 'link ended')
    if (signed === 'other-choice') return fail(409, { sign: 'choice' as const })
    return signed === 'signed' ? { signed: true } : fail(409, { sign: 'changed' as const })
  },
}
