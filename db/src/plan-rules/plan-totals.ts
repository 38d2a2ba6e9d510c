import type { Discount, PlanContent, PlanItem } from './plan-content.ts'

/** Whole cents throughout. */
export type ItemAmounts = {
  /** fee × how often it counts */
  gross: number
  /** the item's own discount and its part of the plan's */
  discount: number
  /** what is left, before taxes */
  net: number
}

export type Sum = {
  gross: number
  discount: number
  net: number
  /** by the tax's id, only those that apply to something */
  taxes: Record<string, number>
  total: number
}

export type PlanTotals = {
  items: Record<string, ItemAmounts>
  visits: Record<string, Sum>
  phases: Record<string, Sum>
  plan: Sum
}

/** `numerator / denominator` to the nearest whole, halves up; both at least 0, denominator above. */
export function roundHalfUp(numerator: number, denominator: number): number {
  return Math.floor((2 * numerator + denominator) / (2 * denominator))
}

/** How often an item's fee counts. */
export function itemQuantity({ per, site }: Pick<PlanItem, 'per' | 'site'>): number {
  return per === 'tooth' && site.kind === 'teeth' ? Math.max(1, site.teeth.length) : 1
}

/**
 * What a plan costs, in whole cents.
 *
 * The rules, in this order: an item's discount is taken of its fee, to the nearest cent, halves up, and never more
 * than the fee. The plan's discount is shared out over the items in proportion to what is left of each, so that the
 * parts add up to it exactly (largest remainder, earlier items first). A tax is taken once per visit, of the sum of
 * the items it applies to, to the nearest cent, halves up: a visit is what is billed. Phases are sums of visits, the
 * plan is the sum of its phases: what is shown always adds up.
 *
 * @param without items that the patient declines: each of the others costs what it was shown to cost, its part of the
 *   plan's discount among it, and the sums are theirs alone
 */
export function planTotals(
  { phases, taxes, discount }: Pick<PlanContent, 'phases' | 'taxes' | 'discount'>,
  without: ReadonlySet<string> = new Set(),
): PlanTotals {
  const everyItem = phases.flatMap(({ visits }) => visits.flatMap(({ items }) => items))
  const own = everyItem.map((item) => {
    const gross = item.feeCents * itemQuantity(item)
    return { id: item.id, gross, left: gross - discountOf(item.discount, gross) }
  })
  const left = own.reduce((sum, item) => sum + item.left, 0)
  const parts = shareOut(
    discountOf(discount, left),
    own.map((item) => item.left),
  )
  const items: Record<string, ItemAmounts> = {}
  for (const [index, { id, gross, left }] of own.entries()) {
    const net = left - (parts[index] ?? 0)
    items[id] = { gross, discount: gross - net, net }
  }

  const totals: PlanTotals = { items, visits: {}, phases: {}, plan: nothing() }
  for (const phase of phases) {
    const ofPhase = nothing()
    for (const visit of phase.visits) {
      const sum = nothing()
      const counted = visit.items.filter(({ id }) => !without.has(id))
      for (const { id } of counted) {
        const amounts = items[id]
        if (!amounts) continue
        sum.gross += amounts.gross
        sum.discount += amounts.discount
        sum.net += amounts.net
      }
      sum.total = sum.net
      for (const tax of taxes) {
        const taxed = counted.filter(({ taxIds }) => taxIds.includes(tax.id))
        if (taxed.length === 0) continue
        const base = taxed.reduce((total, { id }) => total + (items[id]?.net ?? 0), 0)
        const amount = roundHalfUp(base * tax.ratePpm, 1_000_000)
        sum.taxes[tax.id] = amount
        sum.total += amount
      }
      totals.visits[visit.id] = sum
      add(ofPhase, sum)
    }
    totals.phases[phase.id] = ofPhase
    add(totals.plan, ofPhase)
  }
  return totals
}

/** What a discount takes of an amount, in whole cents: never more than there is. */
function discountOf(discount: Discount, cents: number): number {
  switch (discount.kind) {
    case 'none':
      return 0
    case 'percent':
      return Math.min(cents, roundHalfUp(cents * discount.hundredths, 10_000))
    case 'amount':
      return Math.min(cents, discount.cents)
  }
}

/** Parts of `cents` in proportion to the weights, which add up to it exactly (largest remainder). */
function shareOut(cents: number, weights: readonly number[]): number[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  if (whole === 0 || cents === 0) return weights.map(() => 0)
  // both factors may be large: whole cents stay exact as BigInt
  const exact = weights.map((weight) => BigInt(cents) * BigInt(weight))
  const parts = exact.map((product) => Number(product / BigInt(whole)))
  let rest = cents - parts.reduce((sum, part) => sum + part, 0)
  const byRemainder = exact
    .map((product, index) => ({ index, remainder: product % BigInt(whole) }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1))
  for (const { index, remainder } of byRemainder) {
    if (rest === 0 || remainder === 0n) break
    parts[index] = (parts[index] ?? 0) + 1
    rest--
  }
  return parts
}

function nothing(): Sum {
  return { gross: 0, discount: 0, net: 0, taxes: {}, total: 0 }
}

function add(to: Sum, sum: Sum): void {
  to.gross += sum.gross
  to.discount += sum.discount
  to.net += sum.net
  to.total += sum.total
  for (const [id, amount] of Object.entries(sum.taxes)) to.taxes[id] = (to.taxes[id] ?? 0) + amount
}
