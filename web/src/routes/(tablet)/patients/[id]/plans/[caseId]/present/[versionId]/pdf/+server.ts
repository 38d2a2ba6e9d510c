import {
  planImages,
  presentedAlternatives,
  readPresentation,
  sessionCookieName,
  verifySignature,
  withTenant,
} from '@bitewing/db'
import { planItems } from '@bitewing/db/plan-rules'
import { z } from 'zod'
import { fromPlan } from '#lib/compare/shown-comparison.ts'
import { isLocale } from '#lib/locale.ts'
import { ports } from '#lib/server/compose.ts'
import { planPdfAnswer } from '#lib/server/plan-pdf/plan-pdf-answer.ts'
import { allowed, auditOf, notHere, requireAction, requireTenant } from '#lib/server/session.ts'
import { shownComparisons } from '#lib/server/shown-comparisons.ts'
import type { RequestHandler } from './$types'

/** A version that was presented, as PDF in the language that is asked for; with its pictures for who may see them. */
export const GET: RequestHandler = async ({ locals, params, url }) => {
  const session = requireTenant(locals)
  await requireAction(locals, session, 'plans.read')
  if (!z.uuid().safeParse(params.versionId).success) return notHere(locals, session, 'version')
  const asked = url.searchParams.get('lang')
  const found = await withTenant(ports().db, session.tenant.id, async (tx) => {
    const presentation = await readPresentation(tx, params.versionId)
    if (presentation?.patient.id !== params.id || presentation.caseId !== params.caseId) return null
    const { caseId, letter, signature, content } = presentation
    return {
      presentation,
      images: allowed(session, 'images.read')
        ? await planImages(
            tx,
            planItems(content).flatMap((item) => item.images),
          )
        : [],
      comparisons: allowed(session, 'images.read')
        ? await shownComparisons(tx, (content.comparisons ?? []).map(fromPlan))
        : [],
      alternatives: await presentedAlternatives(tx, { caseId, letter, until: signature?.signedAt ?? null }),
      problems: (await verifySignature(tx, params.versionId)) ?? [],
    }
  })
  if (!found) return notHere(locals, session, 'version')
  return planPdfAnswer(
    { ...found, locale: isLocale(asked) ? asked : locals.locale },
    { ...auditOf(locals, session), address: locals.address },
    { folder: '', cookie: `${sessionCookieName}=${locals.sessionCookie ?? ''}` },
  )
}
