import { index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { tenantRoles } from './memberships.ts'
import { ownTenantOnly } from './policies.ts'
import { created, ofTenant } from './tenant-columns.ts'

/** Links by which somebody becomes a member of a practice, or sets a new password. Each works once. */
export const invitations = pgTable(
  'invitations',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    tokenHash: bytea('token_hash').notNull(), // SHA-256 of the token in the link
    purpose: text('purpose', { enum: ['join', 'password'] }).notNull(),
    email: text('email').notNull(), // lower case
    role: text('role', { enum: tenantRoles }).notNull(),
    ...created(),
    expiresAt: instant('expires_at').notNull(),
    acceptedAt: instant('accepted_at'),
    revokedAt: instant('revoked_at'),
  },
  (invitation) => [
    uniqueIndex('invitations_token').on(invitation.tokenHash),
    index('invitations_tenant').on(invitation.tenantId, invitation.createdAt),
    ownTenantOnly(invitation.tenantId),
  ],
)
