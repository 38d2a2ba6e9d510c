import type { Plan, PlanVersion } from '@bitewing/db'

/** What is worked on: a draft, where there is one. */
export function newestVersion(plan: Plan): PlanVersion | undefined {
  return plan.versions.at(-1)
}

/** What holds for the patient: the newest that was presented; a draft where none was. */
export function shownVersion(plan: Plan): PlanVersion | undefined {
  return plan.versions.findLast(({ state }) => state !== 'draft') ?? plan.versions.at(-1)
}
