import { date, index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ownTenantNotDeleted } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { ofTenant } from './tenant-columns.ts'

/** One row per person a practice treats: the practice's record, not DICOM's (see `patient_identifiers`). */
export const patients = pgTable(
  'patients',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    familyName: text('family_name').notNull(),
    givenName: text('given_name').notNull(),
    nameFold: text('name_fold').notNull(), // family and given, without diacritics, lower case: what search matches
    birthDate: date('birth_date'),
    sex: text('sex'), // (0010,0040): M, F, O
    phone: text('phone'),
    email: text('email'),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    /** the same person's record that this one went into; from then on nobody sees it, until that is undone */
    mergedInto: uuid('merged_into'),
  },
  (patient) => [
    uniqueIndex('patients_tenant_id').on(patient.tenantId, patient.id), // for sameTenant
    // holds merged_into as well: migration 0030
    index('patients_tenant_name').on(patient.tenantId, patient.nameFold),
    index('patients_tenant_birth').on(patient.tenantId, patient.birthDate),
    sameTenant(patient.tenantId, patient.mergedInto, patient),
    ownTenantNotDeleted(patient.tenantId, patient.mergedInto),
  ],
)
