import { bigint, index, pgTable, text } from 'drizzle-orm/pg-core'
import { imageKinds, storageTiers } from './instances.ts'
import { ownTenantOnly } from './policies.ts'
import { ofTenant } from './tenant-columns.ts'

/**
 * What takes space: originals, the renditions that every image has, those made on request and kept, and the copies of
 * originals that Orthanc has.
 */
export const storedThings = ['original', 'rendition', 'kept-rendition', 'orthanc-copy'] as const

/**
 * What each practice stores, as a sum of differences: triggers on `instances` and `kept_renditions` write a row for
 * each change and wait for nobody; the worker adds them up now and then. Only sums mean anything.
 */
export const storageCounts = pgTable(
  'storage_counts',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    tenantId: ofTenant(),
    what: text('what', { enum: storedThings }).notNull(),
    imageKind: text('image_kind', { enum: imageKinds }).notNull(),
    tier: text('tier', { enum: storageTiers }).notNull().default('hot'),
    objects: bigint('objects', { mode: 'number' }).notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(), // before encryption, which adds less than a thousandth
  },
  (row) => [
    index('storage_counts_tenant').on(row.tenantId, row.what, row.imageKind),
    ownTenantOnly(row.tenantId),
  ],
)
