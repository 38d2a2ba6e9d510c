import { index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { tenants } from './tenants.ts'
import { users } from './users.ts'

/** What a patient is treated for: one or more plans (A, B …) answer it. */
export const treatmentCases = pgTable(
  'treatment_cases',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    patientId: uuid('patient_id')
      .notNull()
      .references(() => patients.id),
    title: text('title').notNull(), // as staff wrote it
    version: integer('version').notNull().default(1), // counts changes of the title
    createdBy: uuid('created_by')
      .notNull()
      .references(() => users.id),
    createdAt: instant('created_at').notNull().defaultNow(),
    deletedAt: instant('deleted_at'), // can be taken back
  },
  (row) => [
    index('treatment_cases_patient').on(row.tenantId, row.patientId, row.createdAt),
    ownTenantOnly(row.tenantId),
  ],
)
