import { pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { instances } from './instances.ts'
import { ownTenantOnly } from './policies.ts'
import { byUser, ofTenant } from './tenant-columns.ts'

/** Which orthodontic view a photograph is, as staff say; it stands above what the image's own codes say. */
export const photographViews = pgTable(
  'photograph_views',
  {
    instanceId: uuid('instance_id')
      .primaryKey()
      .references(() => instances.id, { onDelete: 'cascade' }),
    tenantId: ofTenant(),
    view: text('view'), // keyword of ADA Standard 1107, `IV25`; null: taken back, the image's codes count again
    assignedBy: byUser('assigned_by'),
    assignedAt: instant('assigned_at').notNull().defaultNow(),
  },
  (row) => [ownTenantOnly(row.tenantId)],
)
