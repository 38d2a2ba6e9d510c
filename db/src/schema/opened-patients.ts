import { index, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { byUser, ofTenant } from './tenant-columns.ts'

/** Who opened whose page last when: a user's recent patients, and whether anybody has looked since images came. */
export const openedPatients = pgTable(
  'opened_patients',
  {
    tenantId: ofTenant(),
    userId: byUser('user_id'),
    patientId: uuid('patient_id').notNull(),
    openedAt: instant('opened_at').notNull().defaultNow(),
    imagesSeenAt: instant('images_seen_at'), // when they last saw the images there; null without the right to
  },
  (row) => [
    primaryKey({ columns: [row.tenantId, row.userId, row.patientId] }),
    index('opened_patients_patient').on(row.patientId),
    index('opened_patients_recent').on(row.tenantId, row.userId, row.openedAt),
    sameTenant(row.tenantId, row.patientId, patients).onDelete('cascade'),
    ownTenantOnly(row.tenantId),
  ],
)
