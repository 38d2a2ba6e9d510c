import { date, index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { ofPatient } from './patient-column.ts'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { changed, ofTenant } from './tenant-columns.ts'

/** Who a patient was on record until somebody corrected it; rows are added, never changed. */
export const formerIdentities = pgTable(
  'former_identities',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    patientId: ofPatient(),
    familyName: text('family_name').notNull(),
    givenName: text('given_name').notNull(),
    nameFold: text('name_fold').notNull(), // as in patients: they are still found by it
    birthDate: date('birth_date'),
    sex: text('sex'),
    ...changed(),
  },
  (former) => [
    index('former_identities_patient').on(former.tenantId, former.patientId),
    sameTenant(former.tenantId, former.patientId, patients),
    ownTenantOnly(former.tenantId),
  ],
)
