import { sql } from 'drizzle-orm'
import { index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { deletions } from './deletions.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { ofTenant } from './tenant-columns.ts'

/** The instances of each deletion by their UIDs: what was there once, and is gone (410) and not unknown (404). */
export const deletedInstances = pgTable(
  'deleted_instances',
  {
    deletionId: uuid('deletion_id').notNull(),
    instanceId: uuid('instance_id').notNull(), // ours; its row may be purged
    tenantId: ofTenant(),
    studyInstanceUid: text('study_instance_uid').notNull(),
    seriesInstanceUid: text('series_instance_uid').notNull(),
    sopInstanceUid: text('sop_instance_uid').notNull(),
    leftOrthancId: text('left_orthanc_id'), // Orthanc's file stayed at the purge, since another practice relies on it
    leftReceivedAt: instant('left_received_at'), // when Orthanc received that
  },
  (row) => [
    primaryKey({ columns: [row.deletionId, row.instanceId] }),
    index('deleted_instances_study').on(row.tenantId, row.studyInstanceUid, row.seriesInstanceUid),
    index('deleted_instances_left')
      .on(row.tenantId, row.leftOrthancId)
      .where(sql`left_orthanc_id IS NOT NULL`),
    index('deleted_instances_sop').on(row.tenantId, row.sopInstanceUid),
    sameTenant(row.tenantId, row.deletionId, deletions),
    ownTenantOnly(row.tenantId),
  ],
)
