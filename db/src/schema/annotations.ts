import {
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { instances } from './instances.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { changed, created, ofTenant } from './tenant-columns.ts'

/** `calibration`: a line on something whose length is known; the frame is measured by it. */
export const annotationKinds = [
  'length',
  'angle',
  'cobb',
  'ellipse',
  'freehand',
  'arrow',
  'text',
  'calibration',
] as const
export type AnnotationKind = (typeof annotationKinds)[number]

/** Where millimetres come from; `none` when there are none (PS3.3 §10.7.1). */
export const calibrations = [
  'hand',
  'geometry',
  'fiducial',
  'unknown',
  'plane',
  'magnification',
  'detector',
  'none',
] as const
export type Calibration = (typeof calibrations)[number]

/** Column and row of a frame with its upper left corner at 0, 0, in pixels (PS3.3 §C.18.6.1.1). */
export type FramePoint = [column: number, row: number]

export type Measured = { value: number; unit: 'mm' | 'mm2' | 'deg' | 'px' | 'px2'; calibration: Calibration }

/** What staff drew on a frame, as it is now. */
export const annotations = pgTable(
  'annotations',
  {
    id: uuid('id').primaryKey(), // made by whoever drew it, so that sending it twice makes one
    tenantId: ofTenant(),
    instanceId: uuid('instance_id')
      .notNull()
      .references(() => instances.id, { onDelete: 'cascade' }),
    frame: integer('frame').notNull(), // 1-based
    kind: text('kind', { enum: annotationKinds }).notNull(),
    points: jsonb('points').$type<FramePoint[]>().notNull(),
    text: text('text').notNull(), // as staff wrote it; may be empty
    millimetres: text('millimetres'), // of a calibration: the known length, as it was typed
    measured: jsonb('measured').$type<Measured>(), // null for what measures nothing
    version: integer('version').notNull().default(1), // counts changes
    ...created(),
    ...changed(),
    deletedAt: instant('deleted_at'), // can be taken back
  },
  (annotation) => [
    uniqueIndex('annotations_tenant_id').on(annotation.tenantId, annotation.id), // for sameTenant
    index('annotations_instance').on(annotation.instanceId, annotation.frame),
    ownTenantOnly(annotation.tenantId),
  ],
)

/** Each state that an annotation ever had; only added to. */
export const annotationVersions = pgTable(
  'annotation_versions',
  {
    annotationId: uuid('annotation_id').notNull(),
    version: integer('version').notNull(),
    tenantId: ofTenant(),
    points: jsonb('points').$type<FramePoint[]>().notNull(),
    text: text('text').notNull(),
    millimetres: text('millimetres'),
    isDeleted: boolean('is_deleted').notNull(),
    ...changed(),
  },
  (version) => [
    primaryKey({ columns: [version.annotationId, version.version] }),
    sameTenant(version.tenantId, version.annotationId, annotations).onDelete('cascade'),
    ownTenantOnly(version.tenantId),
  ],
)
