import { index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { series } from './series.ts'
import { changed, created, ofTenant } from './tenant-columns.ts'

/** `curve`: the panoramic curve through the arch, of which a series has one; the others measure. */
export const volumeDrawingKinds = ['curve', 'length', 'angle'] as const
export type VolumeDrawingKind = (typeof volumeDrawingKinds)[number]

/** A place in the patient, in millimetres to the left, the back and the head (PS3.3 §C.7.6.2.1.1). */
export type PatientPoint = [x: number, y: number, z: number]

/** How the panoramic along a curve is made. */
export type CurveSettings = {
  /** thickness of what is looked through, across the curve */
  thicknessMm: number
  /** of what is looked through: the mean, or the brightest */
  projection: 'average' | 'maximum'
  /** between two numbered cross-sections, along the curve */
  spacingMm: number
}

/** What staff drew in a volume: the panoramic curve, lengths and angles. */
export const volumeDrawings = pgTable(
  'volume_drawings',
  {
    id: uuid('id').primaryKey(), // made by whoever drew it, so that sending it twice makes one
    tenantId: ofTenant(),
    seriesId: uuid('series_id').notNull(),
    kind: text('kind', { enum: volumeDrawingKinds }).notNull(),
    points: jsonb('points').$type<PatientPoint[]>().notNull(),
    settings: jsonb('settings').$type<CurveSettings>(), // of a curve
    /** counts changes: who saves over a state that somebody else has changed is told */
    version: integer('version').notNull().default(1),
    ...created(),
    ...changed(),
    deletedAt: instant('deleted_at'), // can be taken back
  },
  (drawing) => [
    index('volume_drawings_series').on(drawing.tenantId, drawing.seriesId),
    sameTenant(drawing.tenantId, drawing.seriesId, series).onDelete('cascade'),
    ownTenantOnly(drawing.tenantId),
  ],
)
