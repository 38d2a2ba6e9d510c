import { pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { created, ofTenant } from './tenant-columns.ts'

/** Two patients who look like one and are two, as staff say. */
export const patientDistinctions = pgTable(
  'patient_distinctions',
  {
    tenantId: ofTenant(),
    /** the lower id of the two */
    oneId: uuid('one_id')
      .notNull()
      .references(() => patients.id),
    otherId: uuid('other_id')
      .notNull()
      .references(() => patients.id),
    ...created(),
  },
  (row) => [primaryKey({ columns: [row.tenantId, row.oneId, row.otherId] }), ownTenantOnly(row.tenantId)],
)
