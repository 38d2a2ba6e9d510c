import { sql } from 'drizzle-orm'
import { bigint, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { ofTenant } from './tenant-columns.ts'

export const changeKinds = [
  'study.stored',
  'series.stored',
  'instance.stored',
  'study.deleted',
  'series.deleted',
  'instance.deleted',
  'study.restored',
  'series.restored',
  'instance.restored',
] as const
export type ChangeKind = (typeof changeKinds)[number]

/**
 * What came, went and came back, for integrators; written by triggers on studies, series and instances. A row gets its
 * number when the feed is first read after its commit (see `read-changes.ts`).
 */
export const changes = pgTable(
  'changes',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    tenantId: ofTenant(),
    sequence: bigint('sequence', { mode: 'number' }), // 1, 2, 3 … within the practice; null until it is numbered
    kind: text('kind', { enum: changeKinds }).notNull(),
    studyInstanceUid: text('study_instance_uid').notNull(),
    seriesInstanceUid: text('series_instance_uid'),
    sopInstanceUid: text('sop_instance_uid'),
    at: instant('at').notNull().defaultNow(),
  },
  (change) => [
    uniqueIndex('changes_sequence').on(change.tenantId, change.sequence),
    index('changes_tenant_at').on(change.tenantId, change.at),
    index('changes_unnumbered')
      .on(change.tenantId, change.id)
      .where(sql`sequence IS NULL`),
    ownTenantOnly(change.tenantId),
  ],
)
