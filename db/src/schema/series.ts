import { date, index, integer, jsonb, pgTable, text, time, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { deletions } from './deletions.ts'
import { ownTenantNotDeleted } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { studies, type DicomJsonAttributes } from './studies.ts'
import { ofTenant } from './tenant-columns.ts'

/** One row per series a tenant holds. */
export const series = pgTable(
  'series',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    studyId: uuid('study_id').notNull(),
    seriesInstanceUid: text('series_instance_uid').notNull(), // (0020,000E)
    modality: text('modality').notNull().default(''), // (0008,0060)
    seriesNumber: integer('series_number'), // (0020,0011)
    seriesDescription: text('series_description').notNull().default(''), // (0008,103E)
    bodyPartExamined: text('body_part_examined').notNull().default(''), // (0018,0015)
    laterality: text('laterality').notNull().default(''), // (0020,0060)
    seriesDate: date('series_date'), // (0008,0021)
    seriesTime: time('series_time', { precision: 6 }), // (0008,0031)
    performedStepStartDate: date('performed_step_start_date'), // (0040,0244)
    performedStepStartTime: time('performed_step_start_time', { precision: 6 }), // (0040,0245)
    instanceCount: integer('instance_count').notNull().default(0), // (0020,1209)
    attributes: jsonb('attributes').$type<DicomJsonAttributes>().notNull(), // series-level DICOM JSON of the first instance
    version: integer('version').notNull().default(1),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    deletionId: uuid('deletion_id'), // deleted, and may still come back
  },
  (row) => [
    uniqueIndex('series_tenant_id').on(row.tenantId, row.id), // for sameTenant
    uniqueIndex('series_study_uid').on(row.studyId, row.seriesInstanceUid),
    index('series_tenant_uid').on(row.tenantId, row.seriesInstanceUid),
    sameTenant(row.tenantId, row.studyId, studies),
    sameTenant(row.tenantId, row.deletionId, deletions),
    ownTenantNotDeleted(row.tenantId, row.deletionId),
  ],
)
