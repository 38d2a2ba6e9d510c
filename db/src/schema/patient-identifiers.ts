import { index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ofPatient } from './patient-column.ts'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { ofTenant } from './tenant-columns.ts'

/**
 * Every identifier a patient is known by, with who issued it: a machine's Patient ID (0010,0020) with its
 * issuer (0010,0021), a practice number, a health insurance number. One value of one issuer names one patient.
 */
export const patientIdentifiers = pgTable(
  'patient_identifiers',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    patientId: ofPatient(),
    kind: text('kind', { enum: ['dicom', 'practice', 'insurance'] }).notNull(),
    issuer: text('issuer').notNull().default(''), // (0010,0021); '' where none is named
    value: text('value').notNull(), // (0010,0020)
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (identifier) => [
    uniqueIndex('patient_identifiers_value').on(
      identifier.tenantId,
      identifier.kind,
      identifier.issuer,
      identifier.value,
    ),
    index('patient_identifiers_patient').on(identifier.patientId),
    sameTenant(identifier.tenantId, identifier.patientId, patients),
    ownTenantOnly(identifier.tenantId),
  ],
)
