import { index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ofPatient } from './patient-column.ts'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { created, ofTenant } from './tenant-columns.ts'

/** What a patient is treated for: one or more plans (A, B …) answer it. */
export const treatmentCases = pgTable(
  'treatment_cases',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    patientId: ofPatient(),
    title: text('title').notNull(), // as staff wrote it
    version: integer('version').notNull().default(1), // counts changes of the title
    ...created(),
    deletedAt: instant('deleted_at'), // can be taken back
  },
  (row) => [
    uniqueIndex('treatment_cases_tenant_id').on(row.tenantId, row.id), // for sameTenant
    index('treatment_cases_patient').on(row.tenantId, row.patientId, row.createdAt),
    sameTenant(row.tenantId, row.patientId, patients),
    ownTenantOnly(row.tenantId),
  ],
)
