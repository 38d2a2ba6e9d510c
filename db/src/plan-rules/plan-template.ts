import { sameNumber } from './currency-digits.ts'
import { planMilestones } from './milestones.ts'
import type { PlanContent, PlanItem, Tax } from './plan-content.ts'
import type { Procedure } from './procedure.ts'

/**
 * What of a plan is of no patient: its phases and visits with their procedures, where they are done, and how pressing
 * they are. Notes, images, comparisons, discounts and who does it stay with the patient.
 */
export function templateOf(content: PlanContent): PlanContent {
  const { comparisons: _, ...rest } = content
  return {
    ...rest,
    note: '',
    discount: { kind: 'none' },
    phases: ofItems(content, (item) => ({
      ...item,
      discount: { kind: 'none' },
      providerId: null,
      note: '',
      images: [],
    })),
  }
}

/**
 * A plan that begins as a template reads, with items of its own. What is in the catalogue costs what it costs there now;
 * what is not offered any more keeps its name and fee.
 */
export function planOfTemplate(
  template: PlanContent,
  now: {
    currency: string
    taxes: Tax[]
    catalogue: readonly (Procedure & { id: string; archived: boolean })[]
  },
): PlanContent {
  const { currency, taxes, catalogue } = now
  const offered = new Map(catalogue.filter(({ archived }) => !archived).map((each) => [each.id, each]))
  const known = new Set(taxes.map(({ id }) => id))
  const phases = ofItems(templateOf(template), (item) => {
    const procedure = item.procedureId === null ? undefined : offered.get(item.procedureId)
    const { code, name, per, taxIds } = procedure ?? item
    const feeCents =
      procedure?.feeCents ?? sameNumber(item.feeCents, { from: template.currency, to: currency })
    return {
      ...item,
      ...planMilestones(item.milestones ?? []),
      id: crypto.randomUUID(),
      code,
      name,
      per,
      feeCents,
      taxIds: taxIds.filter((id) => known.has(id)),
    }
  })
  return {
    ...templateOf(template),
    currency,
    taxes,
    phases: phases.map((phase) => ({
      ...phase,
      id: crypto.randomUUID(),
      visits: phase.visits.map((visit) => ({ ...visit, id: crypto.randomUUID() })),
    })),
  }
}

function ofItems({ phases }: PlanContent, change: (item: PlanItem) => PlanItem): PlanContent['phases'] {
  return phases.map((phase) => ({
    ...phase,
    visits: phase.visits.map((visit) => ({ ...visit, items: visit.items.map(change) })),
  }))
}
