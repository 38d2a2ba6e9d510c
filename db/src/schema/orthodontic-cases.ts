import { integer, jsonb, pgTable, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { OrthodonticContent } from '../orthodontics/orthodontic-content.ts'
import { ofPatient } from './patient-column.ts'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { changed, created, ofTenant } from './tenant-columns.ts'

/** The orthodontic treatment of a patient as staff keep it: dates, milestones, visits, measures. One per patient. */
export const orthodonticCases = pgTable(
  'orthodontic_cases',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    patientId: ofPatient(),
    content: jsonb('content').$type<OrthodonticContent>().notNull(),
    /** counts changes: who saves over a state that somebody else has changed is told */
    version: integer('version').notNull().default(1),
    ...created(),
    ...changed(),
  },
  (row) => [
    uniqueIndex('orthodontic_cases_patient').on(row.tenantId, row.patientId),
    sameTenant(row.tenantId, row.patientId, patients),
    ownTenantOnly(row.tenantId),
  ],
)
