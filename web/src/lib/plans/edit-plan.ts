import {
  planItems,
  type PlanConflict,
  type PlanContent,
  type PlanItem,
  type PlanMilestone,
  type PlanPhase,
  type PlanVisit,
} from '@bitewing/db/plan-rules'

/** Pure changes of a plan's content: each returns a new one and leaves the old alone, so that every step can be taken back. */

function mapVisits(content: PlanContent, change: (visit: PlanVisit) => PlanVisit): PlanContent {
  return {
    ...content,
    phases: content.phases.map((phase) => ({ ...phase, visits: phase.visits.map(change) })),
  }
}

export function patchItem(content: PlanContent, id: string, patch: Partial<PlanItem>): PlanContent {
  return mapVisits(content, (visit) => ({
    ...visit,
    items: visit.items.map((item) => (item.id === id ? { ...item, ...patch } : item)),
  }))
}

/** The steps of an item; what has none says nothing of them. */
export function setMilestones(content: PlanContent, id: string, milestones: PlanMilestone[]): PlanContent {
  return mapVisits(content, (visit) => ({
    ...visit,
    items: visit.items.map((item) => {
      if (item.id !== id) return item
      const { milestones: _, ...rest } = item
      return milestones.length > 0 ? { ...rest, milestones } : rest
    }),
  }))
}

export function removeItem(content: PlanContent, id: string): PlanContent {
  return mapVisits(content, (visit) => ({ ...visit, items: visit.items.filter((item) => item.id !== id) }))
}

export function addItems(content: PlanContent, visitId: string, items: PlanItem[]): PlanContent {
  return mapVisits(content, (visit) =>
    visit.id === visitId ? { ...visit, items: [...visit.items, ...items] } : visit,
  )
}

/** @param index among the visit's other items */
export function moveItem(content: PlanContent, id: string, visitId: string, index: number): PlanContent {
  const item = content.phases
    .flatMap(({ visits }) => visits.flatMap(({ items }) => items))
    .find((each) => each.id === id)
  if (!item) return content
  return mapVisits(content, (visit) => {
    const others = visit.items.filter((each) => each.id !== id)
    return { ...visit, items: visit.id === visitId ? others.toSpliced(index, 0, item) : others }
  })
}

/** One step up or down: within its visit, and from its ends into the next one. */
export function stepItem(content: PlanContent, id: string, by: -1 | 1): PlanContent {
  const visits = content.phases.flatMap((phase) => phase.visits)
  const at = visits.findIndex(({ items }) => items.some((item) => item.id === id))
  const visit = visits[at]
  if (!visit) return content
  const index = visit.items.findIndex((item) => item.id === id) + by
  if (index >= 0 && index < visit.items.length) return moveItem(content, id, visit.id, index)
  const next = visits[at + by]
  return next ? moveItem(content, id, next.id, by < 0 ? next.items.length : 0) : content
}

export function patchVisit(content: PlanContent, id: string, patch: Partial<PlanVisit>): PlanContent {
  return mapVisits(content, (visit) => (visit.id === id ? { ...visit, ...patch } : visit))
}

export function patchPhase(content: PlanContent, id: string, patch: Partial<PlanPhase>): PlanContent {
  return {
    ...content,
    phases: content.phases.map((phase) => (phase.id === id ? { ...phase, ...patch } : phase)),
  }
}

export function addVisit(content: PlanContent, phaseId: string): PlanContent {
  return {
    ...content,
    phases: content.phases.map((phase) =>
      phase.id === phaseId
        ? { ...phase, visits: [...phase.visits, { id: crypto.randomUUID(), title: '', items: [] }] }
        : phase,
    ),
  }
}

export function addPhase(content: PlanContent): PlanContent {
  const visits = [{ id: crypto.randomUUID(), title: '', items: [] }]
  return { ...content, phases: [...content.phases, { id: crypto.randomUUID(), title: '', visits }] }
}

/** Takes a visit out with all that is in it, and its phase with the last one; a plan keeps one phase. */
export function removeVisit(content: PlanContent, id: string): PlanContent {
  const phases = content.phases
    .map((phase) => ({ ...phase, visits: phase.visits.filter((visit) => visit.id !== id) }))
    .filter(({ visits }) => visits.length > 0)
  return phases.length === 0 ? addPhase({ ...content, phases: [] }) : { ...content, phases }
}

/** Takes a before and after out of the plan; the comparison itself stays. */
export function removeComparison(content: PlanContent, id: string): PlanContent {
  const { comparisons = [], ...rest } = content
  const left = comparisons.filter((each) => each.id !== id)
  return left.length > 0 ? { ...rest, comparisons: left } : rest
}

/** Puts our text of a conflict in the place of theirs. */
export function takeOurs(content: PlanContent, conflict: PlanConflict): PlanContent {
  const patch = { [conflict.field]: conflict.ours }
  if (conflict.itemId !== null) {
    // none at all is absent, as everywhere
    const taken = patchItem(content, conflict.itemId, patch)
    const item = planItems(taken).find(({ id }) => id === conflict.itemId)
    return setMilestones(taken, conflict.itemId, item?.milestones ?? [])
  }
  if (conflict.visitId !== null) return patchVisit(content, conflict.visitId, patch)
  if (conflict.phaseId !== null) return patchPhase(content, conflict.phaseId, patch)
  return { ...content, ...patch }
}
