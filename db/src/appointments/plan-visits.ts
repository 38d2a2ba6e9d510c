import type { Transaction } from '../database.ts'
import { patientCases, type Plan, type PlanVersion } from '../plans/cases.ts'

/** A visit of a plan that the patient was shown, with what is still to be done in it. */
export type PlannedVisit = {
  planId: string
  visitId: string
  /** of the case, as staff wrote it */
  title: string
  letter: string
  /** from 1, in the order of the plan */
  number: number
  items: { id: string; name: { en: string; fr: string } }[]
}

/** The visits that can be booked for a patient, in the order of their plans. Inside withTenant. */
export async function plannedVisits(tx: Transaction, patientId: string): Promise<PlannedVisit[]> {
  const cases = await patientCases(tx, patientId)
  return cases.flatMap(({ title, plans }) =>
    plans.flatMap((plan) => {
      const version = shownVersion(plan)
      if (!version || version.state === 'declined') return []
      return version.content.phases
        .flatMap(({ visits }) => visits)
        .map(({ id, items }, index) => ({
          planId: plan.id,
          visitId: id,
          title,
          letter: plan.letter,
          number: index + 1,
          items: items
            .filter((item) => !['done', 'declined'].includes(plan.itemStates[item.id]?.state ?? ''))
            .map((item) => ({ id: item.id, name: item.name })),
        }))
        .filter(({ items }) => items.length > 0)
    }),
  )
}

function shownVersion({ versions }: Plan): PlanVersion | undefined {
  return versions.findLast(({ state }) => state !== 'draft')
}
