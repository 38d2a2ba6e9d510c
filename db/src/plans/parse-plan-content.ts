import { z } from 'zod'
import {
  comparisonsMax,
  feeCentsMax,
  isTooth,
  milestoneCountMax,
  milestoneNameMax,
  milestonesMax,
  milestoneUnits,
  planItems,
  sortSurfaces,
  sortTeeth,
  surfaces,
  type PlanContent,
} from '../plan-rules/index.ts'

const cents = z.int().min(0).max(feeCentsMax)
const text = (charactersMax: number) => z.string().max(charactersMax)
const both = z.strictObject({ en: text(200), fr: text(200) })
const tooth = z.string().refine(isTooth)

const Discount = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('percent'), hundredths: z.int().min(0).max(10_000) }),
  z.strictObject({ kind: z.literal('amount'), cents }),
])

const Site = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mouth') }),
  z.strictObject({ kind: z.literal('arch'), arch: z.enum(['upper', 'lower']) }),
  z.strictObject({
    kind: z.literal('quadrant'),
    quadrant: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  }),
  z
    .strictObject({
      kind: z.literal('teeth'),
      teeth: z.array(tooth).max(52),
      surfaces: z.record(tooth, z.array(z.enum(surfaces)).max(5)),
    })
    .transform((site) => ({
      ...site,
      teeth: sortTeeth(site.teeth),
      surfaces: Object.fromEntries(
        Object.entries(site.surfaces)
          .filter(([each, chosen]) => site.teeth.includes(each) && chosen.length > 0)
          .map(([each, chosen]) => [each, sortSurfaces(chosen)]),
      ),
    })),
])

const Milestone = z.strictObject({
  id: z.uuid(),
  name: z.strictObject({ en: text(milestoneNameMax).min(1), fr: text(milestoneNameMax).min(1) }),
  after: z
    .strictObject({ count: z.int().min(0).max(milestoneCountMax), unit: z.enum(milestoneUnits) })
    .nullable(),
})

const Item = z
  .strictObject({
    id: z.uuid(),
    procedureId: z.uuid().nullable(),
    code: text(20),
    name: both,
    site: Site,
    per: z.enum(['item', 'tooth']),
    feeCents: cents,
    discount: Discount,
    taxIds: z.array(text(40)).max(8),
    providerId: z.uuid().nullable(),
    priority: z.union([z.literal(1), z.literal(2), z.literal(3)]),
    note: text(4000),
    images: z.array(z.uuid()).max(24),
    milestones: z.array(Milestone).max(milestonesMax).optional(),
  })
  .transform(({ milestones, ...item }) => (milestones?.length ? { ...item, milestones } : item))

const Comparison = z.strictObject({
  id: z.uuid(),
  title: text(200),
  mode: z.enum(['side', 'slider', 'overlay', 'blink', 'difference']),
  images: z
    .array(
      z.strictObject({
        instanceId: z.uuid(),
        frame: z.int().min(1),
        mirrored: z.boolean(),
        placedBy: z.enum(['none', 'landmarks', 'automatic']),
        similarityMillionths: z.tuple([z.int(), z.int(), z.int(), z.int()]).nullable(),
        errorMillionths: z.int().min(0).nullable(),
      }),
    )
    .min(2)
    .max(4),
})

const Content = z
  .strictObject({
    title: text(200),
    note: text(8000),
    currency: z.string().regex(/^[A-Z]{3}$/),
    taxes: z
      .array(z.strictObject({ id: text(40).min(1), name: both, ratePpm: z.int().min(0).max(1_000_000) }))
      .max(8),
    discount: Discount,
    phases: z
      .array(
        z.strictObject({
          id: z.uuid(),
          title: text(200),
          visits: z
            .array(z.strictObject({ id: z.uuid(), title: text(200), items: z.array(Item).max(200) }))
            .max(60),
        }),
      )
      .max(20),
    comparisons: z.array(Comparison).min(1).max(comparisonsMax).optional(),
  })
  // absent is absent: no key without a value gets into what is signed
  .transform(({ comparisons, ...content }): PlanContent =>
    comparisons ? { ...content, comparisons } : content,
  )
  .refine((content) => isConsistent(content))

/** Ids once each, and no tax that the plan does not know. */
function isConsistent(content: PlanContent): boolean {
  const visits = content.phases.flatMap((phase) => phase.visits)
  const items = planItems(content)
  const milestones = items.flatMap((item) => item.milestones ?? [])
  const ids = [...content.phases, ...visits, ...items, ...milestones].map(({ id }) => id)
  const taxes = content.taxes.map(({ id }) => id)
  const compared = (content.comparisons ?? []).map(({ id }) => id)
  return (
    items.length <= 400 &&
    new Set(ids).size === ids.length &&
    new Set(taxes).size === taxes.length &&
    new Set(compared).size === compared.length &&
    items.every(
      ({ taxIds }) => new Set(taxIds).size === taxIds.length && taxIds.every((id) => taxes.includes(id)),
    )
  )
}

/** A plan's content as it comes from a browser, within limits and in one form; null when it is none. */
export function parsePlanContent(value: unknown): PlanContent | null {
  const parsed = Content.safeParse(value)
  return parsed.success ? parsed.data : null
}
