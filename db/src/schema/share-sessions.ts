import { index, pgTable, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { shares } from './shares.ts'
import { ofTenant } from './tenant-columns.ts'

/** One per device that opened a share link; its cookie's SHA-256. Ends with the share. */
export const shareSessions = pgTable(
  'share_sessions',
  {
    idHash: bytea('id_hash').primaryKey(), // SHA-256 of the cookie's value
    publicId: uuid('public_id').notNull().defaultRandom(), // names the device in the audit log
    tenantId: ofTenant(),
    shareId: uuid('share_id').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (session) => [
    index('share_sessions_share').on(session.shareId),
    sameTenant(session.tenantId, session.shareId, shares),
    ownTenantOnly(session.tenantId),
  ],
)
