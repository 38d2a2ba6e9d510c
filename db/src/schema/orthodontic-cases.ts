import { integer, jsonb, pgTable, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { OrthodonticContent } from '../orthodontics/orthodontic-content.ts'
import { instant } from './columns.ts'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { tenants } from './tenants.ts'
import { users } from './users.ts'

/** The orthodontic treatment of a patient as staff keep it: dates, milestones, visits, measures. One per patient. */
export const orthodonticCases = pgTable(
  'orthodontic_cases',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenants.id),
    patientId: uuid('patient_id')
      .notNull()
      .references(() => patients.id),
    content: jsonb('content').$type<OrthodonticContent>().notNull(),
    /** counts changes: who saves over a state that somebody else has changed is told */
    version: integer('version').notNull().default(1),
    createdBy: uuid('created_by')
      .notNull()
      .references(() => users.id),
    createdAt: instant('created_at').notNull().defaultNow(),
    changedBy: uuid('changed_by')
      .notNull()
      .references(() => users.id),
    changedAt: instant('changed_at').notNull().defaultNow(),
  },
  (row) => [
    uniqueIndex('orthodontic_cases_patient').on(row.tenantId, row.patientId),
    ownTenantOnly(row.tenantId),
  ],
)
