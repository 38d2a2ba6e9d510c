import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { PlanContent } from '../plan-rules/index.ts'
import { instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { changed, created, ofTenant } from './tenant-columns.ts'

/** Treatment plans that a practice begins others from. Nothing in them is of a patient; plans made of one are copies. */
export const planTemplates = pgTable(
  'plan_templates',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    name: text('name').notNull(),
    content: jsonb('content').$type<PlanContent>().notNull(), // see `templateOf`
    ...created(),
    ...changed(),
    deletedAt: instant('deleted_at'), // can be taken back
  },
  (template) => [index('plan_templates_tenant').on(template.tenantId), ownTenantOnly(template.tenantId)],
)
