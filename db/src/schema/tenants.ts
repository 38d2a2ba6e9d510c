import { sql } from 'drizzle-orm'
import { boolean, index, pgPolicy, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { appRole } from './policies.ts'

/** One row per practice. */
export const tenants = pgTable(
  'tenants',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    slug: text('slug').notNull(), // lower case letters, digits, hyphens
    name: text('name').notNull(),
    locale: text('locale').notNull().default('fr'), // fr or en: the language of shared pages by default
    timeZone: text('time_zone').notNull().default('America/Toronto'), // IANA: the practice's days and hours are in it
    wrappedDataKey: bytea('wrapped_data_key').notNull(), // AES-256 data key of the object store, wrapped by the master key
    secondFactorRequired: boolean('second_factor_required').notNull().default(false), // of everybody who works here
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (tenant) => [
    uniqueIndex('tenants_slug').on(tenant.slug),
    index('tenants_created').on(tenant.createdAt),
    pgPolicy('own_tenant_only', {
      for: 'select',
      to: appRole,
      using: sql`${tenant.id} = current_tenant_id()`,
    }),
    // of these columns alone: name, locale, time_zone, second_factor_required
    pgPolicy('own_tenant_changes', {
      for: 'update',
      to: appRole,
      using: sql`${tenant.id} = current_tenant_id()`,
      withCheck: sql`${tenant.id} = current_tenant_id()`,
    }),
  ],
)
