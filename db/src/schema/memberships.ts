import { index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { byUser, ofTenant } from './tenant-columns.ts'

export const tenantRoles = ['owner', 'dentist', 'assistant', 'front-desk', 'auditor'] as const
export type TenantRole = (typeof tenantRoles)[number]

/** Who works in which practice, as what. */
export const memberships = pgTable(
  'memberships',
  {
    userId: byUser('user_id'),
    tenantId: ofTenant(),
    role: text('role', { enum: tenantRoles }).notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    disabledAt: instant('disabled_at'), // works here no longer; can be undone
    lastLogInAt: instant('last_log_in_at'), // opened a session here, or moved one here
  },
  (row) => [
    primaryKey({ columns: [row.userId, row.tenantId] }),
    index('memberships_tenant').on(row.tenantId),
    ownTenantOnly(row.tenantId),
  ],
)
