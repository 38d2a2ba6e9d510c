import { bigint, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { instances } from './instances.ts'
import { ownTenantOnly } from './policies.ts'
import { ofTenant } from './tenant-columns.ts'

/** Other content that came by C-STORE under a SOP Instance UID the practice already has; staff decide. */
export const instanceConflicts = pgTable(
  'instance_conflicts',
  {
    id: uuid('id').primaryKey().defaultRandom(), // its bytes: conflicts/{id} in the object store
    tenantId: ofTenant(),
    instanceId: uuid('instance_id')
      .notNull()
      .references(() => instances.id), // the one that was first and stays
    dataSetDigest: bytea('data_set_digest').notNull(),
    fileBytes: bigint('file_bytes', { mode: 'number' }).notNull(),
    callingAeTitle: text('calling_ae_title'),
    decidedAt: instant('decided_at'),
    arrivedAt: instant('arrived_at').notNull().defaultNow(),
  },
  (conflict) => [
    uniqueIndex('instance_conflicts_digest').on(
      conflict.tenantId,
      conflict.instanceId,
      conflict.dataSetDigest,
    ),
    index('instance_conflicts_open').on(conflict.tenantId, conflict.decidedAt),
    ownTenantOnly(conflict.tenantId),
  ],
)
