import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from './columns.ts'
import { deletions } from './deletions.ts'
import { ownTenantNotDeleted } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { series } from './series.ts'
import { studies } from './studies.ts'
import { ofTenant } from './tenant-columns.ts'

/** What a picture is to the practice; derived at arrival from SOP class, modality, view code, teeth and words. */
export const imageKinds = [
  'panoramic',
  'bitewing',
  'periapical',
  'cephalogram',
  'cbct',
  'intraoral-photograph',
  'face-photograph',
  'photograph',
  'model',
  'document',
  'report',
  'other',
] as const
export type ImageKind = (typeof imageKinds)[number]

/** Where in the object store an original lies, dearest and quickest first. */
export const storageTiers = ['hot', 'warm', 'cold'] as const
export type StorageTier = (typeof storageTiers)[number]

/** One row per SOP instance a tenant holds, and where its bytes are. */
export const instances = pgTable(
  'instances',
  {
    id: uuid('id').primaryKey(), // also names the original in the object store: originals/{id}
    tenantId: ofTenant(),
    studyId: uuid('study_id').notNull(),
    seriesId: uuid('series_id').notNull(),
    sopInstanceUid: text('sop_instance_uid').notNull(), // (0008,0018)
    sopClassUid: text('sop_class_uid').notNull(), // (0008,0016)
    transferSyntaxUid: text('transfer_syntax_uid').notNull(), // (0002,0010)
    instanceNumber: integer('instance_number'), // (0020,0013)
    rows: integer('rows'), // (0028,0010); null without pixel data
    columns: integer('columns'), // (0028,0011)
    bitsAllocated: integer('bits_allocated'), // (0028,0100)
    frames: integer('frames').notNull().default(0), // (0028,0008), 1 when absent and for video, 0 without pixel data
    contentDate: text('content_date'), // (0008,0023) as DA
    contentTime: text('content_time'), // (0008,0033) as TM
    imageKind: text('image_kind', { enum: imageKinds }).notNull(),
    teeth: text('teeth').array().notNull().default([]), // FDI numbers (ISO 3950)
    metadata: text('metadata').notNull(), // DICOM JSON object of the instance; bulk data references are relative
    frameIndex: jsonb('frame_index').$type<unknown>(), // byte ranges of the frames, see gateway/src/dicom
    bulkIndex: jsonb('bulk_index').$type<unknown>(), // byte ranges of bulk values, see gateway/src/dicom
    fileBytes: bigint('file_bytes', { mode: 'number' }).notNull(), // of the original
    fileSha256: bytea('file_sha256').notNull(),
    fileMd5: text('file_md5').notNull(), // lower case hex, to compare with what the archive holds
    dataSetDigest: bytea('data_set_digest'), // judges sameness, see gateway/src/dicom; null: not asked for yet
    archiveId: text('archive_id').notNull().default('default'), // which Orthanc
    orthancId: text('orthanc_id').notNull(),
    heldByArchive: boolean('held_by_archive').notNull(), // Orthanc holds exactly these bytes
    originalState: text('original_state', { enum: ['pending', 'secured'] }).notNull(),
    storageTier: text('storage_tier', { enum: storageTiers }).notNull().default('hot'), // noted before the store is asked
    tierUnsettled: boolean('tier_unsettled').notNull().default(false), // the store may not have it there yet
    recalledUntil: instant('recalled_until'), // cold, and read at once until then
    // `drawn`: no image, and still a picture of it for lists, as of a digital model
    renditionState: text('rendition_state', { enum: ['pending', 'made', 'none', 'failed', 'drawn'] })
      .notNull()
      .default('pending'),
    renditionReason: text('rendition_reason'), // why there is none
    renditionVersion: integer('rendition_version'), // of what made them or failed; see gateway/src/renditions
    renditionBytes: bigint('rendition_bytes', { mode: 'number' }).notNull().default(0), // of those every image has
    placeholder: bytea('placeholder'), // WebP a few pixels wide, for a page to show before anything is fetched
    origin: text('origin', { enum: ['stow', 'c-store'] }).notNull(),
    callingAeTitle: text('calling_ae_title'), // of a C-STORE
    arrivedAt: instant('arrived_at').notNull().defaultNow(),
    deletionId: uuid('deletion_id'), // deleted, and may still come back
  },
  (instance) => [
    uniqueIndex('instances_tenant_uid').on(instance.tenantId, instance.sopInstanceUid),
    index('instances_series').on(instance.seriesId, instance.instanceNumber),
    index('instances_study').on(instance.studyId),
    index('instances_orthanc').on(instance.orthancId),
    index('instances_without_renditions')
      .on(instance.tenantId, instance.renditionVersion)
      .where(sql`rendition_state = 'failed'`),
    // models that came before they were drawn, or whose job was lost
    index('instances_undrawn')
      .on(instance.tenantId)
      .where(sql`image_kind = 'model' AND rendition_state = 'none' AND rendition_version IS NULL`),
    index('instances_tier').on(instance.tenantId, instance.storageTier, instance.arrivedAt),
    index('instances_tier_unsettled')
      .on(instance.tenantId)
      .where(sql`tier_unsettled OR recalled_until IS NOT NULL`),
    // what a search tells as NEARLINE, see gateway/src/study-index/archived-condition.ts
    index('instances_archived')
      .on(instance.studyId, instance.seriesId)
      .where(sql`storage_tier = 'cold'`),
    index('instances_pending').on(instance.tenantId, instance.originalState, instance.arrivedAt),
    sameTenant(instance.tenantId, instance.studyId, studies),
    sameTenant(instance.tenantId, instance.seriesId, series),
    sameTenant(instance.tenantId, instance.deletionId, deletions),
    ownTenantNotDeleted(instance.tenantId, instance.deletionId),
  ],
)
