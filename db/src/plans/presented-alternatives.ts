import { and, asc, eq, isNotNull, lte, ne } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import type { PlanContent } from '../plan-rules/index.ts'
import { plans, planVersions } from '../schema/index.ts'

export type PresentedAlternative = {
  versionId: string
  letter: string
  number: number
  content: PlanContent
}

/**
 * What else of a case the patient was shown, the newest version of each other plan. Inside withTenant.
 *
 * @param until what came later is left out: the choice there was when one was signed does not change
 */
export async function presentedAlternatives(
  tx: Transaction,
  { caseId, letter, until }: { caseId: string; letter: string; until: Date | null },
): Promise<PresentedAlternative[]> {
  const rows = await tx
    .select({
      versionId: planVersions.id,
      letter: plans.letter,
      number: planVersions.number,
      content: planVersions.content,
    })
    .from(planVersions)
    .innerJoin(plans, eq(plans.id, planVersions.planId))
    .where(
      and(
        eq(plans.caseId, caseId),
        ne(plans.letter, letter),
        isNotNull(planVersions.presentedAt),
        until === null ? undefined : lte(planVersions.presentedAt, until),
      ),
    )
    .orderBy(asc(plans.letter), asc(planVersions.number))
  return [...new Map(rows.map((row) => [row.letter, row])).values()]
}
