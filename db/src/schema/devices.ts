import { integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { ofTenant } from './tenant-columns.ts'

/** X-ray machines and workstations of a practice. With one registered, a C-STORE by any other is quarantined. */
export const devices = pgTable(
  'devices',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    aeTitle: text('ae_title').notNull(), // calling AE title
    host: text('host').notNull(),
    port: integer('port').notNull(),
    name: text('name'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (device) => [
    uniqueIndex('devices_tenant_ae_title').on(device.tenantId, device.aeTitle),
    ownTenantOnly(device.tenantId),
  ],
)
