import { bigint, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { ofTenant } from './tenant-columns.ts'

/**
 * One row per deletion of a study, series or instance. The images stay, unseen, until `purge_after`; the row stays for
 * ever, and says that what it names is gone.
 */
export const deletions = pgTable(
  'deletions',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    level: text('level', { enum: ['study', 'series', 'instance'] }).notNull(),
    studyId: uuid('study_id').notNull(), // ours; its row may be purged
    studyInstanceUid: text('study_instance_uid').notNull(),
    seriesInstanceUid: text('series_instance_uid'), // of a series or an instance
    sopInstanceUid: text('sop_instance_uid'), // of an instance
    instanceCount: integer('instance_count').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(), // of the originals
    actorKind: text('actor_kind').notNull(),
    actorId: text('actor_id'),
    deletedAt: instant('deleted_at').notNull().defaultNow(),
    purgeAfter: instant('purge_after').notNull(),
    returnedCount: integer('returned_count').notNull().default(0), // images of it that came again and were not taken
    returnedAt: instant('returned_at'),
    restoredAt: instant('restored_at'),
    purgeBegunAt: instant('purge_begun_at'), // from here on nothing can be restored
    purgedAt: instant('purged_at'),
    notedState: text('noted_state'), // what the practice's manifest in the object store says of it
  },
  (deletion) => [
    uniqueIndex('deletions_tenant_id').on(deletion.tenantId, deletion.id), // for sameTenant
    index('deletions_tenant_study').on(deletion.tenantId, deletion.studyInstanceUid),
    index('deletions_due').on(deletion.purgeAfter),
    ownTenantOnly(deletion.tenantId),
  ],
)
