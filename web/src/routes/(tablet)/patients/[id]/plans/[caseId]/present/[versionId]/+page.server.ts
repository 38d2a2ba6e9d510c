import {
  createPlanShare,
  patientCases,
  planImages,
  planShares,
  readPlanSettings,
  readPresentation,
  revokeShare,
  signVersion,
  withTenant,
} from '@bitewing/db'
import { planItems } from '@bitewing/db/plan-rules'
import { fail } from '@sveltejs/kit'
import { z } from 'zod'
import { fromPlan } from '#lib/compare/shown-comparison.ts'
import { isLocale } from '#lib/locale.ts'
import { ports } from '#lib/server/compose.ts'
import { qrPath } from '#lib/server/qr-path.ts'
import { readSignature } from '#lib/server/read-signature.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { shownComparisons } from '#lib/server/shown-comparisons.ts'
import { shareDays } from '#lib/share-days.ts'
import type { Actions, PageServerLoad } from './$types'

/** A presented plan as the patient sees it, on the practice's tablet; here it is signed. */
export const load: PageServerLoad = async ({ locals, params, url, depends }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'plans.read')
  depends('bitewing:plan')
  const { db, audit } = ports()
  const mayShare = allowed(session, 'share.create')
  if (!z.uuid().safeParse(params.versionId).success) return notHere(locals, session, 'version')
  const found = await withTenant(db, session.tenant.id, async (tx) => {
    const presentation = await readPresentation(tx, params.versionId)
    if (presentation?.patient.id !== params.id || presentation.caseId !== params.caseId) return null
    const [treatmentCase] = await patientCases(tx, params.id, { caseId: params.caseId })
    return {
      presentation,
      /** what else the patient was shown: they choose */
      alternatives: (treatmentCase?.plans ?? []).flatMap(({ letter, versions }) => {
        const shown = versions.findLast(({ state }) => state === 'presented' || state === 'signed')
        return shown ? [{ letter, title: shown.content.title, versionId: shown.id }] : []
      }),
      images: allowed(session, 'images.read')
        ? await planImages(
            tx,
            planItems(presentation.content).flatMap((item) => item.images),
          )
        : [],
      comparisons: allowed(session, 'images.read')
        ? await shownComparisons(tx, (presentation.content.comparisons ?? []).map(fromPlan))
        : [],
      settings: await readPlanSettings(tx),
      shares: mayShare ? await planShares(tx, params.versionId) : [],
    }
  })
  if (!found) return notHere(locals, session, 'version')
  await audit.access({
    ...auditOf(locals, session),
    kind: 'plan.viewed',
    outcome: 'success',
    patientId: params.id,
    detail: { versionId: params.versionId },
  })
  const asked = url.searchParams.get('lang')
  return {
    ...found,
    practice: session.tenant.name,
    shownIn: isLocale(asked) ? asked : locals.locale,
    maySign: allowed(session, 'plans.present'),
    mayShare,
    now: new Date(),
  }
}

const ShareForm = z.object({
  recipient: z.string().trim().min(1).max(200),
  days: z.coerce.number().refine((days) => shareDays.some((each) => each === days)),
})

export const actions: Actions = {
  sign: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'plans.present')
    const { db } = ports()
    const { consent } = await withTenant(db, session.tenant.id, readPlanSettings)
    const read = readSignature(await request.formData(), consent)
    if ('problem' in read) return fail(400, { sign: read.problem })
    const { actor, sessionId, address } = auditOf(locals, session)
    const signed = await signVersion(
      db,
      {
        tenantId: session.tenant.id,
        actor,
        sessionId,
        address,
        via: 'tablet',
        witnessId: session.userId,
        shareId: null,
      },
      {
        versionId: params.versionId,
        patientId: params.id,
        digest: read.digest,
        signature: read.signature,
        choice: read.choice,
      },
    )
    if (signed === 'absent') return notHere(locals, session, 'version')
    if (signed === 'other-choice') return fail(409, { sign: 'choice' as const })
    return signed === 'signed' ? { signed: true } : fail(409, { sign: 'changed' as const })
  },

  share: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'share.create')
    const { db, environment } = ports()
    const form = ShareForm.safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { share: { problem: true } })
    const { recipient, days } = form.data
    const presentation =
      z.uuid().safeParse(params.versionId).success &&
      (await withTenant(db, session.tenant.id, (tx) => readPresentation(tx, params.versionId)))
    // the event below names this patient
    if (!presentation || presentation.patient.id !== params.id) return notHere(locals, session, 'version')
    const made = await createPlanShare(
      db,
      {
        tenantId: session.tenant.id,
        versionId: params.versionId,
        recipient,
        expiresAt: new Date(Date.now() + days * 86_400_000),
        createdBy: session.userId,
      },
      ({ shareId }) => ({
        ...auditOf(locals, session),
        kind: 'share.created',
        outcome: 'success',
        patientId: params.id,
        detail: { shareId, days, versionId: params.versionId },
      }),
    )
    if (!made) return notHere(locals, session, 'share')
    const link = `${environment.publicUrl}/share/${made.token}`
    return { share: { link, qr: qrPath(link) } }
  },

  revoke: async ({ locals, params, request }) => {
    const session = requireTenant(locals)
    await requireAction(locals, session, 'share.create')
    const { db } = ports()
    const form = z.uuid().safeParse((await request.formData()).get('share'))
    if (!form.success) return notHere(locals, session, 'share')
    const shareId = form.data
    const revoked = await revokeShare(db, { tenantId: session.tenant.id, shareId }, () => ({
      ...auditOf(locals, session),
      kind: 'share.revoked',
      outcome: 'success',
      patientId: params.id,
      detail: { shareId },
    }))
    if (!revoked) return notHere(locals, session, 'share')
    return { revoked: shareId }
  },
}
