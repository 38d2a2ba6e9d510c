import {
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { Calibration } from './annotations.ts'
import { instant } from './columns.ts'
import { instances } from './instances.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { changed, created, ofTenant } from './tenant-columns.ts'

/**
 * The landmarks that the analyses need, in the order in which they are asked for: along the skull base, the upper jaw,
 * the incisors, the chin, the lower jaw to its joint, the ramus, the soft tissue.
 */
export const cephLandmarks = [
  'S',
  'N',
  'Po',
  'Or',
  'ANS',
  'PNS',
  'A',
  'U1-tip',
  'U1-apex',
  'L1-tip',
  'L1-apex',
  'B',
  'Pm',
  'Pog',
  'Gn',
  'Me',
  'Go',
  'Ar',
  'R1',
  'R2',
  'R3',
  'R4',
  'Pn',
  'LL',
  'Pog-soft',
] as const
export type CephLandmark = (typeof cephLandmarks)[number]

/** What millimetres were on the image: how they are known, and how many a column is wide; null when none are known. */
export type CephCalibration = { kind: Calibration; columnMm: number | null }

/** The tracing of a lateral cephalogram. It belongs to whoever the image belongs to. */
export const cephTracings = pgTable(
  'ceph_tracings',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    instanceId: uuid('instance_id')
      .notNull()
      .references(() => instances.id, { onDelete: 'cascade' }),
    frame: integer('frame').notNull(), // 1-based
    /** the image's calibration when somebody last looked at it: another one since is told */
    calibration: jsonb('calibration').$type<CephCalibration>().notNull(),
    ...created(),
    deletedAt: instant('deleted_at'), // can be taken back
  },
  (tracing) => [
    uniqueIndex('ceph_tracings_tenant_id').on(tracing.tenantId, tracing.id), // for sameTenant
    index('ceph_tracings_instance').on(tracing.instanceId, tracing.frame),
    ownTenantOnly(tracing.tenantId),
  ],
)

/** `skipped`: somebody looked and could not tell where it lies; `cleared`: a point that was taken away again. */
export const cephPointStates = ['placed', 'skipped', 'cleared'] as const
export type CephPointState = (typeof cephPointStates)[number]

/** Each place that a landmark of a tracing ever had; only added to. The one of the highest version counts. */
export const cephPoints = pgTable(
  'ceph_points',
  {
    tracingId: uuid('tracing_id').notNull(),
    landmark: text('landmark', { enum: cephLandmarks }).notNull(),
    version: integer('version').notNull(), // 1 for the first
    tenantId: ofTenant(),
    state: text('state', { enum: cephPointStates }).notNull(),
    /** of the frame with its upper left corner at 0, 0, in pixels (PS3.3 §C.18.6.1.1); null unless placed */
    column: doublePrecision('column_at'),
    row: doublePrecision('row_at'),
    ...changed(),
  },
  (point) => [
    primaryKey({ columns: [point.tracingId, point.landmark, point.version] }),
    sameTenant(point.tenantId, point.tracingId, cephTracings).onDelete('cascade'),
    ownTenantOnly(point.tenantId),
  ],
)
