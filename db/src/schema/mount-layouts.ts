import { index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { changed, created, ofTenant } from './tenant-columns.ts'

/** Of a cell: a sensor lying or standing, a square, or a panoramic. */
export const cellShapes = ['lying', 'standing', 'square', 'wide'] as const
export type CellShape = (typeof cellShapes)[number]

/** What a cell of a practice's own layout waits for. */
export type AwaitedImage =
  | { kind: 'bitewing' | 'periapical'; teeth: readonly string[] } // FDI
  /** keyword of ADA Standard 1107, whatever mirror it is taken in */
  | { kind: 'photograph'; view: string }
  /** `free`: for any image that somebody puts there */
  | { kind: 'panoramic' | 'cephalogram' | 'model' | 'free' }

/** `awaits` null: a gap, where no image lies. */
export type LayoutCell = { shape: CellShape; awaits: AwaitedImage | null }

/** Cells beside each other, row beneath row, as one looks at the patient: the patient's right is at the left. */
export type LayoutRows = readonly (readonly LayoutCell[])[]

/** Layouts of mounts that a practice has made for itself. */
export const mountLayouts = pgTable(
  'mount_layouts',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    name: text('name').notNull(),
    rows: jsonb('rows').$type<LayoutRows>().notNull(),
    /** counts changes: who saves over a state that somebody else has changed is told */
    version: integer('version').notNull().default(1),
    ...created(),
    ...changed(),
    deletedAt: instant('deleted_at'), // can be taken back; mounts made by it stay
  },
  (layout) => [index('mount_layouts_tenant').on(layout.tenantId), ownTenantOnly(layout.tenantId)],
)
