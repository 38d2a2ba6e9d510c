import { pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { created, ofTenant } from './tenant-columns.ts'

/** Two patients who look like one and are two, as staff say. */
export const patientDistinctions = pgTable(
  'patient_distinctions',
  {
    tenantId: ofTenant(),
    /** the lower id of the two */
    oneId: uuid('one_id').notNull(),
    otherId: uuid('other_id').notNull(),
    ...created(),
  },
  (row) => [
    primaryKey({ columns: [row.tenantId, row.oneId, row.otherId] }),
    sameTenant(row.tenantId, row.oneId, patients),
    sameTenant(row.tenantId, row.otherId, patients),
    ownTenantOnly(row.tenantId),
  ],
)
