import { canonicalJson, type Json } from './canonical-json.ts'
import type { PlanComparison, PlanContent, PlanItem, PlanPhase, PlanVisit } from './plan-content.ts'

/** Two people changed the same thing: theirs stands in the plan, ours is kept to be taken up again. */
export type PlanConflict = {
  /** null: of the plan itself */
  itemId: string | null
  phaseId: string | null
  visitId: string | null
  field: string
  ours: Json
  theirs: Json
}

type Ids = Pick<PlanConflict, 'itemId' | 'phaseId' | 'visitId'>
const nowhere: Ids = { itemId: null, phaseId: null, visitId: null }

/**
 * Brings two people's changes of one plan together: what only one of them changed is taken from them; what both
 * added is there twice over; what one changed and the other removed stays. Where both changed the same field to
 * different values, theirs stands and ours is told as a conflict: nobody's text is lost.
 *
 * @param base   what both began from
 * @param ours   what is not stored yet
 * @param theirs what is stored by now
 */
export function mergePlans(
  base: PlanContent,
  ours: PlanContent,
  theirs: PlanContent,
): { content: PlanContent; conflicts: PlanConflict[] } {
  const conflicts: PlanConflict[] = []
  function field<T extends Json>(at: Ids, name: string, was: T | undefined, our: T, their: T): T {
    if (same(our, their)) return their
    if (was !== undefined && same(was, our)) return their
    if (was !== undefined && same(was, their)) return our
    conflicts.push({ ...at, field: name, ours: our, theirs: their })
    return their
  }
  function mergeItem(was: PlanItem | undefined, our: PlanItem, their: PlanItem): PlanItem {
    const at = { ...nowhere, itemId: their.id }
    const milestones = field(
      at,
      'milestones',
      was && (was.milestones ?? []),
      our.milestones ?? [],
      their.milestones ?? [],
    )
    const f = <K extends keyof Omit<PlanItem, 'milestones'>>(name: K) =>
      field(at, name, was?.[name], our[name], their[name])
    return {
      id: their.id,
      procedureId: f('procedureId'),
      code: f('code'),
      name: f('name'),
      site: f('site'),
      per: f('per'),
      feeCents: f('feeCents'),
      discount: f('discount'),
      taxIds: f('taxIds'),
      providerId: f('providerId'),
      priority: f('priority'),
      note: f('note'),
      images: f('images'),
      ...(milestones.length > 0 ? { milestones } : {}),
    }
  }

  const [b, o, t] = [flatten(base), flatten(ours), flatten(theirs)]
  const items = mergeAll(b.items, o.items, t.items, mergeItem)
  // a thing that stays takes what it lies in with it, even where the other has removed that
  const visitOf = (id: string): string =>
    placed(b.visitOf.get(id), o.visitOf.get(id), t.visitOf.get(id)) ?? ''
  const keptVisits = new Set([...items.keys()].map(visitOf))
  const visits = mergeAll(
    b.visits,
    o.visits,
    t.visits,
    (was, our, their) => ({
      ...their,
      title: field({ ...nowhere, visitId: their.id }, 'title', was?.title, our.title, their.title),
    }),
    keptVisits,
  )
  const phaseOf = (id: string): string =>
    placed(b.phaseOf.get(id), o.phaseOf.get(id), t.phaseOf.get(id)) ?? ''
  const keptPhases = new Set([...visits.keys()].map(phaseOf))
  const phases = mergeAll(
    b.phases,
    o.phases,
    t.phases,
    (was, our, their) => ({
      ...their,
      title: field({ ...nowhere, phaseId: their.id }, 'title', was?.title, our.title, their.title),
    }),
    keptPhases,
  )

  const inOrder = (ids: Iterable<string>, wasOrder: string[], ourOrder: string[], theirOrder: string[]) =>
    mergeOrder([...ids], wasOrder, ourOrder, theirOrder)
  const comparedOf = ({ comparisons = [] }: PlanContent) =>
    new Map<string, PlanComparison>(comparisons.map((each) => [each.id, each]))
  const [bc, oc, tc] = [comparedOf(base), comparedOf(ours), comparedOf(theirs)]
  // copies that nobody writes in: of two, the one that was put in anew
  const compared = mergeAll(bc, oc, tc, (was, our, their) => (was && same(was, their) ? our : their))
  const comparisons = inOrder(compared.keys(), [...bc.keys()], [...oc.keys()], [...tc.keys()]).flatMap(
    (id) => compared.get(id) ?? [],
  )
  const content: PlanContent = {
    ...(comparisons.length > 0 ? { comparisons } : {}),
    title: field(nowhere, 'title', base.title, ours.title, theirs.title),
    note: field(nowhere, 'note', base.note, ours.note, theirs.note),
    currency: field(nowhere, 'currency', base.currency, ours.currency, theirs.currency),
    taxes: field(nowhere, 'taxes', base.taxes, ours.taxes, theirs.taxes),
    discount: field(nowhere, 'discount', base.discount, ours.discount, theirs.discount),
    phases: inOrder(phases.keys(), [...b.phases.keys()], [...o.phases.keys()], [...t.phases.keys()]).flatMap(
      (phaseId) => {
        const phase = phases.get(phaseId)
        if (!phase) return []
        const inside = [...visits.keys()].filter((id) => phaseOf(id) === phaseId)
        return [
          {
            ...phase,
            visits: inOrder(inside, [...b.visits.keys()], [...o.visits.keys()], [...t.visits.keys()]).flatMap(
              (visitId) => {
                const visit = visits.get(visitId)
                if (!visit) return []
                const within = [...items.keys()].filter((id) => visitOf(id) === visitId)
                const ordered = inOrder(within, [...b.items.keys()], [...o.items.keys()], [...t.items.keys()])
                return [{ ...visit, items: ordered.flatMap((id) => items.get(id) ?? []) }]
              },
            ),
          },
        ]
      },
    ),
  }
  return { content, conflicts }
}

/** Whose place counts: who moved it; theirs when both did. */
function placed(was: string | undefined, our: string | undefined, their: string | undefined) {
  if (their === undefined) return our
  if (our === undefined || our === was) return their
  return their === was ? our : their
}

function mergeAll<T extends Json>(
  base: Map<string, T>,
  ours: Map<string, T>,
  theirs: Map<string, T>,
  merge: (was: T | undefined, our: T, their: T) => T,
  kept: ReadonlySet<string> = new Set(),
): Map<string, T> {
  const merged = new Map<string, T>()
  for (const id of new Set([...theirs.keys(), ...ours.keys(), ...kept])) {
    const [was, our, their] = [base.get(id), ours.get(id), theirs.get(id)]
    if (our !== undefined && their !== undefined) merged.set(id, merge(was, our, their))
    else {
      const left = our ?? their ?? was
      if (left === undefined) continue
      // removed by one: gone, unless the other has changed it meanwhile, or something in it stays
      if (was === undefined || kept.has(id) || ((our ?? their) !== undefined && !same(was, left)))
        merged.set(id, left)
    }
  }
  return merged
}

/** Theirs, or ours where only we have changed the order; what the chosen order lacks comes after its neighbour. */
function mergeOrder(ids: string[], base: string[], ours: string[], theirs: string[]): string[] {
  const among = (order: string[]) => order.filter((id) => ids.includes(id))
  const [wasOrder, ourOrder, theirOrder] = [among(base), among(ours), among(theirs)]
  const common = (order: string[], other: string[]) => order.filter((id) => other.includes(id))
  const theyMoved = !same(common(theirOrder, wasOrder), common(wasOrder, theirOrder))
  const [first, second] = theyMoved ? [theirOrder, ourOrder] : [ourOrder, theirOrder]
  const order = [...first]
  for (const rest of [second, wasOrder]) {
    for (const [index, id] of rest.entries()) {
      if (order.includes(id)) continue
      const before = rest.slice(0, index).findLast((each) => order.includes(each))
      order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, id)
    }
  }
  return order
}

function flatten({ phases }: PlanContent) {
  const visits = phases.flatMap((phase) => phase.visits.map((visit) => ({ visit, phaseId: phase.id })))
  const items = visits.flatMap(({ visit }) => visit.items.map((item) => ({ item, visitId: visit.id })))
  return {
    phases: new Map<string, PlanPhase>(phases.map((phase) => [phase.id, { ...phase, visits: [] }])),
    visits: new Map<string, PlanVisit>(visits.map(({ visit }) => [visit.id, { ...visit, items: [] }])),
    items: new Map<string, PlanItem>(items.map(({ item }) => [item.id, item])),
    phaseOf: new Map(visits.map(({ visit, phaseId }) => [visit.id, phaseId])),
    visitOf: new Map(items.map(({ item, visitId }) => [item.id, visitId])),
  }
}

function same(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b)
}
