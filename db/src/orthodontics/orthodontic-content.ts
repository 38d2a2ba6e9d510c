import { z } from 'zod'

const day = z.iso.date() // ISO, `2026-11-03`
const text = (lengthMax: number) => z.string().max(lengthMax)
const tooth = z.string().regex(/^([1-4][1-8]|[5-8][1-5])$/) // FDI

/** What an orthodontist fixes to teeth, or takes off them. */
export const applianceKinds = [
  'bracket',
  'tube',
  'band',
  'attachment',
  'button',
  'elastic',
  'separator',
  'expander',
  'retainer',
  'aligner',
] as const
export type ApplianceKind = (typeof applianceKinds)[number]

/** `none`: a count or an index */
export const measureUnits = ['mm', 'deg', 'none'] as const
export type MeasureUnit = (typeof measureUnits)[number]

const planned = z.object({ expected: day.nullable(), actual: day.nullable() })

const Visit = z.object({
  id: z.uuid(),
  day,
  /** as put in at this visit, `0.016 NiTi`; empty: the wire stayed; `-`: taken out */
  upperWire: text(80),
  lowerWire: text(80),
  appliances: z
    .array(
      z.object({
        id: z.uuid(),
        kind: z.enum(applianceKinds),
        change: z.enum(['placed', 'removed']),
        teeth: z.array(tooth).min(1).max(52),
      }),
    )
    .max(30),
  note: text(4000),
})

const Measure = z.object({
  id: z.uuid(),
  name: z.string().trim().min(1).max(80), // as the practice calls it
  unit: z.enum(measureUnits),
  /** from, to; in the measure's unit */
  normal: z.tuple([z.number(), z.number()]).nullable(),
  /** one a day at most */
  values: z.array(z.object({ day, value: z.number().min(-1000).max(1000) })).max(100),
})

/**
 * What staff keep of an orthodontic treatment. The two events are those of DICOM CID 4070: treatment started (SCT
 * 1332161000) and stopped (SCT 1340210007); record sets are told by their days from them.
 */
export const OrthodonticContent = z.object({
  started: planned,
  stopped: planned,
  milestones: z.array(planned.extend({ id: z.uuid(), name: text(120) })).max(40),
  visits: z.array(Visit).max(200),
  measures: z.array(Measure).max(30),
})
export type OrthodonticContent = z.infer<typeof OrthodonticContent>
export type OrthodonticVisit = z.infer<typeof Visit>
export type OrthodonticMeasure = z.infer<typeof Measure>

/** A treatment of which nothing is known yet. */
export const emptyOrthodonticContent: OrthodonticContent = {
  started: { expected: null, actual: null },
  stopped: { expected: null, actual: null },
  milestones: [],
  visits: [],
  measures: [],
}
