import { index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ofPatient } from './patient-column.ts'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { changed, created, ofTenant } from './tenant-columns.ts'

/** How two pictures lie on each other: side by side, under a divider, one through the other, in turns, subtracted. */
export const comparisonModes = ['side', 'slider', 'overlay', 'blink', 'difference'] as const
export type ComparisonMode = (typeof comparisonModes)[number]

/** Column and row of a frame as shown, mirrored or not, in pixels made square: rows × pixel height ÷ width. */
export type ImagePoint = [x: number, y: number]

/** One picture of a comparison; the first is what the others lie on. */
export type ComparedImage = {
  instanceId: string
  frame: number // 1-based
  /** shown left to right reversed, as a photograph taken in a mirror is */
  mirrored: boolean
  /** how its place on the first was found; `none` when it has none */
  placedBy: 'none' | 'landmarks' | 'automatic'
  /** [a, b, dx, dy]: (x, y) of this one lies at (ax − by + dx, bx + ay + dy) of the first */
  similarity: [a: number, b: number, dx: number, dy: number] | null
  /** the same places in this one and in the first */
  landmarks: { here: ImagePoint; there: ImagePoint }[]
  /** how far places that belong together lie apart, in pixels of the first; null when it cannot be told */
  errorPixels: number | null
}

/** A comparison of images of one patient over time, as it was left. */
export const comparisons = pgTable(
  'comparisons',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    patientId: ofPatient(),
    title: text('title').notNull(), // as staff wrote it; may be empty
    mode: text('mode', { enum: comparisonModes }).notNull(),
    images: jsonb('images').$type<ComparedImage[]>().notNull(),
    /** counts changes: who saves over a state that somebody else has changed is told */
    version: integer('version').notNull().default(1),
    ...created(),
    ...changed(),
    deletedAt: instant('deleted_at'), // can be taken back
  },
  (comparison) => [
    uniqueIndex('comparisons_tenant_id').on(comparison.tenantId, comparison.id), // for sameTenant
    index('comparisons_patient').on(comparison.tenantId, comparison.patientId, comparison.changedAt),
    sameTenant(comparison.tenantId, comparison.patientId, patients),
    ownTenantOnly(comparison.tenantId),
  ],
)
