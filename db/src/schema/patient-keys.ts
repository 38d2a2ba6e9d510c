import { index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { ofTenant } from './tenant-columns.ts'

/**
 * By what a patient is found, each key by its beginning; triggers on `patients` and `patient_identifiers` keep them.
 * - `name`: each word of the folded name;
 * - `identifier`: in lower case;
 * - `phone`: digits without the country's 1, and the last seven of them alone;
 * - `phone-end`: the digits backwards, for the last four that people know.
 *
 * LIKE is not leakproof, so that row-level security keeps Postgres from using an index for it; comparing is. The
 * column compares by bytes (COLLATE "C"), whatever the database's locale: a beginning is a range.
 */
export const patientKeys = pgTable(
  'patient_keys',
  {
    tenantId: ofTenant(),
    kind: text('kind', { enum: ['name', 'identifier', 'phone', 'phone-end'] }).notNull(),
    key: text('key').notNull(),
    patientId: uuid('patient_id').notNull(),
  },
  (row) => [
    primaryKey({ columns: [row.tenantId, row.kind, row.key, row.patientId] }),
    index('patient_keys_patient').on(row.patientId),
    sameTenant(row.tenantId, row.patientId, patients).onDelete('cascade'),
    ownTenantOnly(row.tenantId),
  ],
)
