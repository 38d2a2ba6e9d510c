import { bigint, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { instances } from './instances.ts'
import { ownTenantOnly } from './policies.ts'
import { ofTenant } from './tenant-columns.ts'

/**
 * Renditions that were made because somebody asked, and are kept until others push them out: further sizes and
 * frames, viewports. Those that every image has are counted in `instances.rendition_bytes`.
 */
export const keptRenditions = pgTable(
  'kept_renditions',
  {
    tenantId: ofTenant(),
    name: text('name').notNull(), // in the practice's part of the object store
    instanceId: uuid('instance_id')
      .notNull()
      .references(() => instances.id, { onDelete: 'cascade' }),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    usedAt: instant('used_at').notNull().defaultNow(), // to the hour
  },
  (row) => [
    primaryKey({ columns: [row.tenantId, row.name] }),
    index('kept_renditions_instance').on(row.instanceId),
    index('kept_renditions_used').on(row.tenantId, row.usedAt),
    ownTenantOnly(row.tenantId),
  ],
)
