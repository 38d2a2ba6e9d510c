import { sql } from 'drizzle-orm'
import { boolean, index, jsonb, pgPolicy, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import type { MountTemplate, RecordStage } from './mounts.ts'
import { appRole } from './policies.ts'

/** When a practice is open: from Monday to Sunday, each day's spans in minutes since midnight, in order and apart. */
export type OpeningHours = readonly (readonly { from: number; to: number }[])[]

/** Which mounts a practice makes, and what its sets of orthodontic records hold. */
export type MountSettings = {
  /** those that are offered; what was made stays */
  templates: readonly MountTemplate[]
  /** numbers of cells of the template `orthodontic-records` that are not taken at a stage, and so are not missing */
  notTaken: Partial<Record<RecordStage, readonly number[]>>
}

/** Mean and standard deviation of a cephalometric measure, in degrees or millimetres. */
export type CephNorm = { mean: number; deviation: number }

/** Norms that a practice has set for itself, by the measure; for the others those that ship count. */
export type CephNorms = Readonly<Record<string, CephNorm>>

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
    openingHours: jsonb('opening_hours').$type<OpeningHours>(), // in its time zone; null where nobody has said
    mountSettings: jsonb('mount_settings').$type<MountSettings>(), // null: the usual ones
    cephNorms: jsonb('ceph_norms').$type<CephNorms>(), // null: none of its own
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
    // of these columns alone: name, locale, time_zone, opening_hours, mount_settings, ceph_norms, second_factor_required
    pgPolicy('own_tenant_changes', {
      for: 'update',
      to: appRole,
      using: sql`${tenant.id} = current_tenant_id()`,
      withCheck: sql`${tenant.id} = current_tenant_id()`,
    }),
  ],
)
