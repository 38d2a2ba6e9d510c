import { sql } from 'drizzle-orm'
import { index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { PlanContent } from '../plan-rules/index.ts'
import { bytea, instant } from './columns.ts'
import { plans } from './plans.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { changed, ofTenant } from './tenant-columns.ts'
import { users } from './users.ts'

/** A draft is written on; from `presented` on nothing in it changes any more (a trigger sees to it). */
export const planVersionStates = ['draft', 'presented', 'signed', 'declined', 'replaced'] as const
export type PlanVersionState = (typeof planVersionStates)[number]

/** What a plan says: version 1, 2, 3 …; one of them at most is a draft. */
export const planVersions = pgTable(
  'plan_versions',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    planId: uuid('plan_id').notNull(),
    number: integer('number').notNull(),
    state: text('state', { enum: planVersionStates }).notNull().default('draft'),
    content: jsonb('content').$type<PlanContent>().notNull(),
    revision: integer('revision').notNull().default(1), // counts what was saved of a draft
    ...changed(),
    presentedBy: uuid('presented_by').references(() => users.id),
    presentedAt: instant('presented_at'),
    frozen: text('frozen'), // canonical JSON of all that a signature binds; see db/src/plans/present-version.ts
    digest: bytea('digest'), // SHA-256 of `frozen`
  },
  (version) => [
    uniqueIndex('plan_versions_tenant_id').on(version.tenantId, version.id), // for sameTenant
    uniqueIndex('plan_versions_number').on(version.planId, version.number),
    uniqueIndex('plan_versions_one_draft')
      .on(version.planId)
      .where(sql`state = 'draft'`),
    index('plan_versions_tenant').on(version.tenantId, version.state),
    sameTenant(version.tenantId, version.planId, plans),
    ownTenantOnly(version.tenantId),
  ],
)
