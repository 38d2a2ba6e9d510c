import { and, asc, eq, inArray, lte, ne, sql } from 'drizzle-orm'
import { addOffset, nextMilestone, planItems } from '../plan-rules/index.ts'
import type { Transaction } from '../database.ts'
import { milestoneStates } from '../plans/milestone-states.ts'
import { standingCases } from '../plans/standing-cases.ts'
import { patients, planItemStates, plans, planVersions, treatmentCases } from '../schema/index.ts'

export type DueMilestone = {
  patientId: string
  familyName: string
  givenName: string
  caseId: string
  planLetter: string
  /** of the milestone */
  id: string
  name: { en: string; fr: string }
  procedure: { en: string; fr: string }
  /** ISO day */
  expected: string
}

const listedMax = 5
const aheadDays = 7

/**
 * What items under way wait for and is expected by a week from now, the longest overdue first. Inside withTenant.
 *
 * @param day the practice's, ISO
 */
export async function milestonesDue(
  tx: Transaction,
  day: string,
): Promise<{ total: number; milestones: DueMilestone[] }> {
  const rows = await tx
    .select({
      patientId: patients.id,
      familyName: patients.familyName,
      givenName: patients.givenName,
      caseId: treatmentCases.id,
      planId: plans.id,
      planLetter: plans.letter,
      itemId: planItemStates.itemId,
      state: planItemStates.state,
      day: planItemStates.day,
      total: sql`count(*) OVER ()`.mapWith(Number),
    })
    .from(planItemStates)
    .innerJoin(plans, eq(plans.id, planItemStates.planId))
    .innerJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
    .innerJoin(patients, eq(patients.id, treatmentCases.patientId))
    .where(
      and(
        lte(planItemStates.due, addOffset(day, { count: aheadDays, unit: 'day' })),
        inArray(planItemStates.state, ['accepted', 'scheduled', 'in-progress']),
        standingCases(),
      ),
    )
    .orderBy(asc(planItemStates.due), asc(planItemStates.itemId))
    .limit(listedMax)
  const planIds = [...new Set(rows.map(({ planId }) => planId))]
  const versions =
    planIds.length === 0
      ? []
      : await tx
          .selectDistinctOn([planVersions.planId], {
            planId: planVersions.planId,
            content: planVersions.content,
          })
          .from(planVersions)
          .where(and(inArray(planVersions.planId, planIds), ne(planVersions.state, 'draft')))
          .orderBy(planVersions.planId, sql`${planVersions.number} DESC`)
  const noted = await milestoneStates(tx, planIds)
  return {
    total: rows[0]?.total ?? 0,
    milestones: rows.flatMap(({ planId, itemId, state, day: itemDay, total: _, ...row }) => {
      const content = versions.find((version) => version.planId === planId)?.content
      const item = content && planItems(content).find(({ id }) => id === itemId)
      if (!item) return []
      const next = nextMilestone(item.milestones ?? [], { state, day: itemDay }, noted[planId] ?? {})
      if (!next?.expected) return []
      return [
        {
          ...row,
          id: next.milestone.id,
          name: next.milestone.name,
          procedure: item.name,
          expected: next.expected,
        },
      ]
    }),
  }
}
