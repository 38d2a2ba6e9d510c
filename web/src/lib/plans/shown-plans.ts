import type { Plan, TreatmentCase } from '@bitewing/db'
import type { PlanContent } from '@bitewing/db/plan-rules'
import { shownVersion } from './newest-version.ts'

/** A plan with what holds of it. */
export type ShownPlan = { caseId: string; plan: Plan; content: PlanContent; states: Plan['itemStates'] }

/** What holds of a patient's plans; those that were declined are left out. */
export function shownPlans(cases: readonly TreatmentCase[]): ShownPlan[] {
  return cases.flatMap(({ id: caseId, plans }) =>
    plans.flatMap((plan) => {
      const version = shownVersion(plan)
      return version && version.state !== 'declined'
        ? { caseId, plan, content: version.content, states: plan.itemStates }
        : []
    }),
  )
}
