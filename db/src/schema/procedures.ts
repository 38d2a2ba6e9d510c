import { sql } from 'drizzle-orm'
import { integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { procedureCategories, siteKinds, type ProcedureMilestone } from '../plan-rules/index.ts'
import { instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { ofTenant } from './tenant-columns.ts'

/** A practice's catalogue. Plans hold copies: what changes here changes no plan. */
export const procedures = pgTable(
  'procedures',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    code: text('code').notNull(), // the practice's own
    nameEn: text('name_en').notNull(),
    nameFr: text('name_fr').notNull(),
    category: text('category', { enum: procedureCategories }).notNull(),
    site: text('site', { enum: siteKinds }).notNull(),
    per: text('per', { enum: ['item', 'tooth'] }).notNull(),
    feeCents: integer('fee_cents').notNull(),
    taxIds: text('tax_ids')
      .array()
      .notNull()
      .default(sql`'{}'`),
    milestones: jsonb('milestones')
      .$type<ProcedureMilestone[]>()
      .notNull()
      .default(sql`'[]'`),
    archivedAt: instant('archived_at'), // not offered any more; plans keep it
    changedAt: instant('changed_at').notNull().defaultNow(),
  },
  (procedure) => [
    uniqueIndex('procedures_code').on(procedure.tenantId, sql`lower(${procedure.code})`),
    ownTenantOnly(procedure.tenantId),
  ],
)
