import type { PlanMilestone } from './milestones.ts'
import type { Surface } from './surfaces.ts'
import type { Fdi, Quadrant } from './teeth.ts'

/** Where something is done. */
export type Site =
  | { kind: 'mouth' }
  | { kind: 'arch'; arch: 'upper' | 'lower' }
  | { kind: 'quadrant'; quadrant: Quadrant }
  | { kind: 'teeth'; teeth: Fdi[]; surfaces: Record<Fdi, Surface[]> }

/** What a procedure is done on: what must be chosen before it can be planned. */
export const siteKinds = ['mouth', 'arch', 'quadrant', 'teeth', 'surfaces'] as const
export type SiteKind = (typeof siteKinds)[number]

export type Discount =
  { kind: 'none' } | { kind: 'percent'; hundredths: number } | { kind: 'amount'; cents: number }

/** A tax as it was when the plan was made. */
export type Tax = {
  /** the practice's own name for it, never shown */
  id: string
  name: { en: string; fr: string }
  /** parts per million: 5 % is 50,000, 9.975 % is 99,750 */
  ratePpm: number
}

/** One procedure in a plan: a copy of the catalogue's as it was, which later changes there leave alone. */
export type PlanItem = {
  id: string
  procedureId: string | null
  code: string
  name: { en: string; fr: string }
  site: Site
  /** the fee counts once, or once per tooth */
  per: 'item' | 'tooth'
  feeCents: number
  discount: Discount
  /** taxes of the plan that apply */
  taxIds: string[]
  /** a member of the practice */
  providerId: string | null
  /** 1 is the most pressing, 3 may wait */
  priority: 1 | 2 | 3
  note: string
  /** our ids of images of this patient */
  images: string[]
  /** the steps it takes, in their order; absent where there are none */
  milestones?: PlanMilestone[]
}

export type PlanVisit = { id: string; title: string; items: PlanItem[] }
export type PlanPhase = { id: string; title: string; visits: PlanVisit[] }

/** One picture of a comparison in a plan; the first is what the others lie on. Numbers are whole, as all that is signed. */
export type PlanComparedImage = {
  /** our id of an image of this patient */
  instanceId: string
  frame: number // 1-based
  mirrored: boolean
  placedBy: 'none' | 'landmarks' | 'automatic'
  /** [a, b, dx, dy] in millionths: (x, y) of this one lies at (ax − by + dx, bx + ay + dy) of the first, in square pixels */
  similarityMillionths: [a: number, b: number, dx: number, dy: number] | null
  /** how far places that belong together lie apart, in millionths of a pixel of the first; null when it cannot be told */
  errorMillionths: number | null
}

/** A comparison as it was when it was put into the plan: what is changed of it later leaves the plan alone. */
export type PlanComparison = {
  /** of the practice's comparison; once in a plan */
  id: string
  title: string
  mode: 'side' | 'slider' | 'overlay' | 'blink' | 'difference'
  images: PlanComparedImage[]
}

/** A version of a plan as people write it. Amounts are whole cents, the smallest unit of the currency: see `currencyDigits`. */
export type PlanContent = {
  /** of the alternative: what sets it apart */
  title: string
  /** for the patient, in plain words */
  note: string
  /** ISO 4217 */
  currency: string
  taxes: Tax[]
  /** on everything, after the items' own */
  discount: Discount
  phases: PlanPhase[]
  /** before and after, shown to the patient; absent where there is none */
  comparisons?: PlanComparison[]
}

/** All items in the order of the plan. */
export function planItems(content: PlanContent): PlanItem[] {
  return content.phases.flatMap(({ visits }) => visits.flatMap(({ items }) => items))
}

/** Our ids of all images that a plan shows: of its items, and of its comparisons. */
export function planImageIds(content: PlanContent): string[] {
  return [
    ...planItems(content).flatMap(({ images }) => images),
    ...(content.comparisons ?? []).flatMap(({ images }) => images.map(({ instanceId }) => instanceId)),
  ]
}

export const comparisonsMax = 12
export const feeCentsMax = 10_000_000
