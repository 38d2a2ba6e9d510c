import { canonicalJson, type Json } from './canonical-json.ts'
import { planItems, type PlanContent, type PlanItem } from './plan-content.ts'

export type ItemChange =
  'fee' | 'site' | 'discount' | 'taxes' | 'provider' | 'priority' | 'note' | 'images' | 'milestones' | 'place'

export type PlanDifference = {
  added: PlanItem[]
  removed: PlanItem[]
  changed: { before: PlanItem; after: PlanItem; what: ItemChange[] }[]
  /** of the plan itself */
  title: boolean
  note: boolean
  discount: boolean
  comparisons: boolean
}

/** What sets two versions of a plan apart; items are known by their id, which they keep from version to version. */
export function comparePlans(before: PlanContent, after: PlanContent): PlanDifference {
  const [old, now] = [byId(before), byId(after)]
  const changed: PlanDifference['changed'] = []
  for (const [id, { item, visit }] of now) {
    const was = old.get(id)
    if (!was) continue
    const what: ItemChange[] = []
    if (was.item.feeCents !== item.feeCents || was.item.per !== item.per) what.push('fee')
    if (differ(was.item.site, item.site)) what.push('site')
    if (differ(was.item.discount, item.discount)) what.push('discount')
    if (differ(was.item.taxIds.toSorted(), item.taxIds.toSorted())) what.push('taxes')
    if (was.item.providerId !== item.providerId) what.push('provider')
    if (was.item.priority !== item.priority) what.push('priority')
    if (was.item.note !== item.note) what.push('note')
    if (differ(was.item.images, item.images)) what.push('images')
    if (differ(was.item.milestones ?? [], item.milestones ?? [])) what.push('milestones')
    if (was.visit !== visit) what.push('place')
    if (what.length > 0) changed.push({ before: was.item, after: item, what })
  }
  return {
    added: [...now.values()].filter(({ item }) => !old.has(item.id)).map(({ item }) => item),
    removed: [...old.values()].filter(({ item }) => !now.has(item.id)).map(({ item }) => item),
    changed,
    title: before.title !== after.title,
    note: before.note !== after.note,
    discount: differ(before.discount, after.discount),
    comparisons: differ(before.comparisons ?? [], after.comparisons ?? []),
  }
}

function byId(content: PlanContent): Map<string, { item: PlanItem; visit: string }> {
  const visits = content.phases.flatMap((phase) => phase.visits)
  const places = new Map(visits.flatMap(({ id, items }) => items.map((item) => [item.id, id] as const)))
  return new Map(planItems(content).map((item) => [item.id, { item, visit: places.get(item.id) ?? '' }]))
}

function differ(a: Json, b: Json): boolean {
  return canonicalJson(a) !== canonicalJson(b)
}
