import { planImages, readPresentation, sharePath, verifySignature, withTenant } from '@bitewing/db'
import { planItems } from '@bitewing/db/plan-rules'
import { error } from '@sveltejs/kit'
import { fromPlan } from '#lib/compare/shown-comparison.ts'
import { isLocale } from '#lib/locale.ts'
import { ports } from '#lib/server/compose.ts'
import { planPdfAnswer } from '#lib/server/plan-pdf/plan-pdf-answer.ts'
import { requirePlanShare } from '#lib/server/plan-share.ts'
import { shownComparisons } from '#lib/server/shown-comparisons.ts'
import type { RequestHandler } from './$types'

/** The version that a link opens, as PDF in the language that is asked for: without other options, which it does not open. */
export const GET: RequestHandler = async ({ params, cookies, locals, url }) => {
  const share = await requirePlanShare(locals, cookies, params.shareId)
  const asked = url.searchParams.get('lang')
  const found = await withTenant(ports().db, share.tenantId, async (tx) => {
    const presentation = await readPresentation(tx, share.planVersionId)
    return (
      presentation && {
        presentation,
        images: await planImages(
          tx,
          planItems(presentation.content).flatMap((item) => item.images),
        ),
        comparisons: await shownComparisons(tx, (presentation.content.comparisons ?? []).map(fromPlan)),
        problems: (await verifySignature(tx, share.planVersionId)) ?? [],
      }
    )
  })
  if (!found) error(404, 'link ended')
  return planPdfAnswer(
    { ...found, alternatives: [], locale: isLocale(asked) ? asked : locals.locale },
    {
      tenantId: share.tenantId,
      actor: { kind: 'share', id: share.shareId },
      sessionId: share.sessionId,
      address: locals.address,
    },
    { folder: sharePath(share.shareId), cookie: share.cookie },
  )
}
