import { index, pgTable, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { instances } from './instances.ts'
import { ownTenantOnly } from './policies.ts'
import { ofTenant } from './tenant-columns.ts'

/** Originals that the object store is fetching from its archive because somebody asked for them. */
export const recalls = pgTable(
  'recalls',
  {
    instanceId: uuid('instance_id')
      .primaryKey()
      .references(() => instances.id, { onDelete: 'cascade' }),
    tenantId: ofTenant(),
    begunAt: instant('begun_at').notNull().defaultNow(),
    readyBy: instant('ready_by').notNull(), // when the store says it takes longest
  },
  (row) => [index('recalls_tenant').on(row.tenantId), ownTenantOnly(row.tenantId)],
)
