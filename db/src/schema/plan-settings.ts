import { integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { toothNotations, type Tax } from '../plan-rules/index.ts'
import { instant } from './columns.ts'
import { ownTenantOnly } from './policies.ts'
import { tenants } from './tenants.ts'

/** How a practice plans; no row until it has chosen or its first plan is made. */
export const planSettings = pgTable(
  'plan_settings',
  {
    tenantId: uuid('tenant_id')
      .primaryKey()
      .references(() => tenants.id),
    notation: text('notation', { enum: toothNotations }).notNull(),
    currency: text('currency').notNull(), // ISO 4217
    taxes: jsonb('taxes').$type<Tax[]>().notNull(),
    consentEn: text('consent_en').notNull(), // what a patient agrees to by signing
    consentFr: text('consent_fr').notNull(),
    version: integer('version').notNull().default(1), // counts changes
    changedAt: instant('changed_at').notNull().defaultNow(),
  },
  (row) => [ownTenantOnly(row.tenantId)],
)
