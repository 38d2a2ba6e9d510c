import { pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { instances } from './instances.ts'
import { ownTenantOnly } from './policies.ts'
import { tenants } from './tenants.ts'
import { users } from './users.ts'

/** Which orthodontic view a photograph is, as staff say; it stands above what the image's own codes say. */
export const photographViews = pgTable(
  'photograph_views',
  {
    instanceId: uuid('instance_id')
      .primaryKey()
      .references(() => instances.id, { onDelete: 'cascade' }),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    view: text('view'), // keyword of ADA Standard 1107, `IV25`; null: taken back, the image's codes count again
    assignedBy: uuid('assigned_by')
      .notNull()
      .references(() => users.id),
    assignedAt: instant('assigned_at').notNull().defaultNow(),
  },
  (row) => [ownTenantOnly(row.tenantId)],
)
