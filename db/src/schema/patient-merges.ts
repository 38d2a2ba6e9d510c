import { index, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { OrthodonticContent } from '../orthodontics/orthodontic-content.ts'
import { instant } from './columns.ts'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { created, ofTenant } from './tenant-columns.ts'
import { users } from './users.ts'

/** What a record says of who a person is and how to reach them. */
export type MergedIdentity = {
  familyName: string
  givenName: string
  birthDate: string | null
  sex: string | null
  phone: string | null
  email: string | null
}

/** The orthodontic treatment of the record that stays, as it was: the merge made one of two. */
export type MergedTreatment = { version: number; content: OrthodonticContent }

/** Two records that staff found to be one person's: the one that stays, and the one that went into it. */
export const patientMerges = pgTable(
  'patient_merges',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    keptId: uuid('kept_id').notNull(),
    mergedId: uuid('merged_id').notNull(),
    before: jsonb('before').$type<MergedIdentity & { treatment?: MergedTreatment }>().notNull(), // of the record that stays
    after: jsonb('after').$type<MergedIdentity>().notNull(),
    ...created(),
    undoneBy: uuid('undone_by').references(() => users.id),
    undoneAt: instant('undone_at'),
  },
  (merge) => [
    uniqueIndex('patient_merges_tenant_id').on(merge.tenantId, merge.id), // for sameTenant
    index('patient_merges_kept').on(merge.tenantId, merge.keptId),
    index('patient_merges_merged').on(merge.tenantId, merge.mergedId),
    sameTenant(merge.tenantId, merge.keptId, patients),
    sameTenant(merge.tenantId, merge.mergedId, patients),
    ownTenantOnly(merge.tenantId),
  ],
)

/** What a merge moved, so that it can go back; rows are added, never changed. */
export const patientMergeRows = pgTable(
  'patient_merge_rows',
  {
    mergeId: uuid('merge_id').notNull(),
    tableName: text('table_name').notNull(),
    rowId: uuid('row_id').notNull(),
    tenantId: ofTenant(),
    matchState: text('match_state'), // of a study, before
  },
  (row) => [
    primaryKey({ columns: [row.mergeId, row.tableName, row.rowId] }),
    sameTenant(row.tenantId, row.mergeId, patientMerges),
    ownTenantOnly(row.tenantId),
  ],
)
