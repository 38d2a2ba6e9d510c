import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { planVersions } from './plan-versions.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { studies } from './studies.ts'
import { created, ofTenant } from './tenant-columns.ts'

/** Links by which a patient sees one study, one version of a plan, or comparisons alone, without an account. */
export const shares = pgTable(
  'shares',
  {
    id: uuid('id').primaryKey().defaultRandom(), // in the path of everything the link opens: /s/{id}
    tenantId: ofTenant(),
    studyId: uuid('study_id'),
    planVersionId: uuid('plan_version_id'),
    tokenHash: bytea('token_hash').notNull(), // SHA-256 of the token in the link
    recipient: text('recipient').notNull(), // as staff wrote it
    ...created(),
    expiresAt: instant('expires_at').notNull(),
    revokedAt: instant('revoked_at'),
    openedCount: integer('opened_count').notNull().default(0), // exchanges of the token
    lastOpenedAt: instant('last_opened_at'),
  },
  (share) => [
    uniqueIndex('shares_tenant_id').on(share.tenantId, share.id), // for sameTenant
    uniqueIndex('shares_token').on(share.tokenHash),
    // neither: what it shows is in share_comparisons
    check('shares_open_one_thing', sql`${share.studyId} IS NULL OR ${share.planVersionId} IS NULL`),
    index('shares_plan_version').on(share.planVersionId),
    index('shares_tenant_study').on(share.tenantId, share.studyId),
    sameTenant(share.tenantId, share.studyId, studies),
    sameTenant(share.tenantId, share.planVersionId, planVersions),
    ownTenantOnly(share.tenantId),
  ],
)
