import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ofPatient } from './patient-column.ts'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { created, ofTenant } from './tenant-columns.ts'
import { users } from './users.ts'

/** What whoever treats a patient must know first. */
export const alertKinds = ['allergy', 'medication', 'pregnancy', 'pacemaker', 'other'] as const
export type AlertKind = (typeof alertKinds)[number]

/** One alert of a patient, until it ends. What changed is a new row, so that what was known when can be told. */
export const patientAlerts = pgTable(
  'patient_alerts',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    patientId: ofPatient(),
    kind: text('kind', { enum: alertKinds }).notNull(),
    text: text('text').notNull().default(''), // to what, which; '' where the kind says all
    ...created(),
    endedBy: uuid('ended_by').references(() => users.id),
    endedAt: instant('ended_at'), // holds no longer; can be taken back
  },
  (alert) => [
    index('patient_alerts_patient').on(alert.tenantId, alert.patientId),
    sameTenant(alert.tenantId, alert.patientId, patients),
    ownTenantOnly(alert.tenantId),
  ],
)
