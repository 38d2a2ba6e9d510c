import type { PlanVersion, TreatmentCase } from '@bitewing/db'
import { planImageIds, planItems, planTotals } from '@bitewing/db/plan-rules'

/** A version of a plan on the patient's timeline. */
export type PlanEntry = {
  id: string
  caseId: string
  versionId: string
  /** of the case; empty where nobody named it */
  title: string
  /** null where there is one plan alone */
  letter: string | null
  state: PlanVersion['state']
  /** of that day, in the practice: when it was signed, shown, or written on last */
  day: string
  items: number
  /** whole cents, with taxes; of what was accepted where it was signed */
  cents: number
  currency: string
  /** our ids of its images, each once */
  images: string[]
}

/** Plans as they came to be; what a later version took the place of is left out. @param timeZone IANA */
export function planEntries(cases: readonly TreatmentCase[], timeZone: string): PlanEntry[] {
  // Swedish writes days as ISO 8601 does
  const days = new Intl.DateTimeFormat('sv-SE', { timeZone })
  return cases.flatMap(({ id: caseId, title, plans }) =>
    plans.flatMap(({ letter, versions }) =>
      versions
        .filter(({ state, content }) => state !== 'replaced' && planItems(content).length > 0)
        .map(({ id: versionId, state, content, signature, presentedAt, changedAt }) => ({
          id: `plan-${versionId}`,
          caseId,
          versionId,
          title,
          letter: plans.length > 1 ? letter : null,
          state,
          day: days.format(signature?.signedAt ?? presentedAt ?? changedAt),
          items: planItems(content).length,
          cents: signature?.acceptedCents ?? planTotals(content).plan.total,
          currency: content.currency,
          images: [...new Set(planImageIds(content))],
        })),
    ),
  )
}
