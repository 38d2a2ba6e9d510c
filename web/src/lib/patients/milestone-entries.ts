import type { TreatmentCase } from '@bitewing/db'
import { milestoneDays, nextMilestone, planItems, type Site } from '@bitewing/db/plan-rules'
import { shownVersion } from '#lib/plans/newest-version.ts'

/** A milestone of a treatment on the patient's timeline. */
export type MilestoneEntry = {
  id: string
  caseId: string
  planLetter: string
  name: { en: string; fr: string }
  procedure: { en: string; fr: string }
  site: Site
  /** ISO: when it was reached, or is expected */
  day: string
  expected: string | null
  actual: string | null
}

/** What was reached of treatments, and what those under way wait for where it is expected on a day. */
export function milestoneEntries(cases: readonly TreatmentCase[]): MilestoneEntry[] {
  return cases.flatMap(({ id: caseId, plans }) =>
    plans.flatMap((plan) => {
      const version = shownVersion(plan)
      if (!version || version.state === 'draft') return []
      return planItems(version.content).flatMap(({ id: itemId, name: procedure, site, milestones = [] }) => {
        const standing = plan.itemStates[itemId]
        const days = milestoneDays(milestones, standing, plan.milestoneStates)
        const next = nextMilestone(milestones, standing, plan.milestoneStates)
        return milestones.flatMap(({ id, name }) => {
          const { expected = null, actual = null } = days[id] ?? {}
          const day = actual ?? (next?.milestone.id === id ? expected : null)
          if (day === null) return []
          return [
            {
              id: `milestone-${id}`,
              caseId,
              planLetter: plan.letter,
              name,
              procedure,
              site,
              day,
              expected,
              actual,
            },
          ]
        })
      })
    }),
  )
}
