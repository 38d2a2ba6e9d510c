import { index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { deletions } from './deletions.ts'
import { ownTenantOnly } from './policies.ts'
import { tenants } from './tenants.ts'

/** The instances of each deletion by their UIDs: what was there once, and is gone (410) and not unknown (404). */
export const deletedInstances = pgTable(
  'deleted_instances',
  {
    deletionId: uuid('deletion_id')
      .notNull()
      .references(() => deletions.id),
    instanceId: uuid('instance_id').notNull(), // ours; its row may be purged
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    studyInstanceUid: text('study_instance_uid').notNull(),
    seriesInstanceUid: text('series_instance_uid').notNull(),
    sopInstanceUid: text('sop_instance_uid').notNull(),
  },
  (row) => [
    primaryKey({ columns: [row.deletionId, row.instanceId] }),
    index('deleted_instances_study').on(row.tenantId, row.studyInstanceUid, row.seriesInstanceUid),
    index('deleted_instances_sop').on(row.tenantId, row.sopInstanceUid),
    ownTenantOnly(row.tenantId),
  ],
)
