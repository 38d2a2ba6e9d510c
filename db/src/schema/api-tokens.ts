import { pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { ofTenant } from './tenant-columns.ts'

export const tokenScopes = ['read', 'write', 'delete'] as const
export type TokenScope = (typeof tokenScopes)[number]

/** Credentials of machines and viewers outside; the token is shown once, its SHA-256 is kept. */
export const apiTokens = pgTable(
  'api_tokens',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    tokenHash: bytea('token_hash').notNull(), // SHA-256
    name: text('name').notNull(),
    scopes: text('scopes', { enum: tokenScopes }).array().notNull(),
    expiresAt: instant('expires_at'), // null: no end
    revokedAt: instant('revoked_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (token) => [uniqueIndex('api_tokens_hash').on(token.tokenHash), ownTenantOnly(token.tenantId)],
)
