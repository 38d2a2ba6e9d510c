import { nextMilestone, planItems, type Fdi, type ItemState, type PlanItem } from '@bitewing/db/plan-rules'
import type { ShownPlan } from './shown-plans.ts'

/** What a plan does on a tooth, how far it is, and what it waits for. */
export type ToothTreatment = Pick<ShownPlan, 'caseId' | 'plan'> & {
  item: PlanItem
  state: ItemState
  next: ReturnType<typeof nextMilestone>
}

/** What plans do on any of some teeth. */
export function treatmentOn(plans: readonly ShownPlan[], teeth: readonly Fdi[]): ToothTreatment[] {
  return plans.flatMap(({ caseId, plan, content, states }) =>
    planItems(content)
      .filter(({ site }) => site.kind === 'teeth' && site.teeth.some((tooth) => teeth.includes(tooth)))
      .map((item) => ({
        caseId,
        plan,
        item,
        state: states[item.id]?.state ?? 'proposed',
        next: nextMilestone(item.milestones ?? [], states[item.id], plan.milestoneStates),
      })),
  )
}
