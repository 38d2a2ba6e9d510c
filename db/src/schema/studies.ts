import { sql } from 'drizzle-orm'
import {
  bigint,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  time,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { deletions } from './deletions.ts'
import { patients } from './patients.ts'
import { ownTenantNotDeleted } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { ofTenant } from './tenant-columns.ts'

/**
 * How sure the link from a study to a patient is.
 * - `created`: no patient had this identifier, so one was made from the images;
 * - `matched`: identifier known, name and birth date agree;
 * - `doubtful`: identifier known, but name or birth date differ: staff must look;
 * - `confirmed`: staff said so;
 * - `unmatched`: the images name nobody.
 */
export const matchStates = ['created', 'matched', 'doubtful', 'confirmed', 'unmatched'] as const
export type MatchState = (typeof matchStates)[number]

/** DICOM JSON attributes, keyed by eight uppercase hex digits (PS3.18 Annex F). */
export type DicomJsonAttributes = Record<
  string,
  { vr: string; Value?: unknown[]; InlineBinary?: string; BulkDataURI?: string }
>

/** One row per study a tenant holds. Two tenants may hold the same Study Instance UID. */
export const studies = pgTable(
  'studies',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    studyInstanceUid: text('study_instance_uid').notNull(), // (0020,000D)
    patientId: uuid('patient_id'), // the practice's patient, see match_state
    matchState: text('match_state', { enum: matchStates }).notNull(),
    dicomPatientId: text('dicom_patient_id').notNull().default(''), // (0010,0020) as received
    dicomPatientIdFold: text('dicom_patient_id_fold').generatedAlwaysAs(sql`lower(dicom_patient_id)`),
    issuerOfPatientId: text('issuer_of_patient_id').notNull().default(''), // (0010,0021)
    patientName: text('patient_name').notNull().default(''), // (0010,0010) as UTF-8, groups joined with =
    patientNameFold: text('patient_name_fold').notNull().default(''), // folded for search
    patientBirthDate: date('patient_birth_date'), // (0010,0030); null when absent, empty or not a date
    patientSex: text('patient_sex').notNull().default(''), // (0010,0040)
    studyDate: date('study_date'), // (0008,0020); null when absent, empty or not a date
    studyTime: time('study_time', { precision: 6 }), // (0008,0030)
    accessionNumber: text('accession_number').notNull().default(''), // (0008,0050)
    accessionNumberFold: text('accession_number_fold').generatedAlwaysAs(sql`lower(accession_number)`),
    studyId: text('study_id').notNull().default(''), // (0020,0010)
    studyDescription: text('study_description').notNull().default(''), // (0008,1030)
    referringPhysicianName: text('referring_physician_name').notNull().default(''), // (0008,0090)
    referringPhysicianNameFold: text('referring_physician_name_fold').notNull().default(''),
    modalities: text('modalities').array().notNull().default([]), // (0008,0061), sorted; a kilobyte of them at most
    sopClassUids: text('sop_class_uids').array().notNull().default([]), // (0008,0062), sorted
    seriesCount: integer('series_count').notNull().default(0), // (0020,1206)
    instanceCount: integer('instance_count').notNull().default(0), // (0020,1208)
    bytes: bigint('bytes', { mode: 'number' }).notNull().default(0), // of all originals
    attributes: jsonb('attributes').$type<DicomJsonAttributes>().notNull(), // study-level DICOM JSON of the first instance
    version: integer('version').notNull().default(1), // grows with every change below it; part of cache keys and ETags
    arrivedAt: instant('arrived_at').notNull().defaultNow(), // first instance
    updatedAt: instant('updated_at').notNull().defaultNow(), // last instance
    deletionId: uuid('deletion_id'), // deleted, and may still come back
  },
  (study) => [
    uniqueIndex('studies_tenant_id').on(study.tenantId, study.id), // for sameTenant
    uniqueIndex('studies_tenant_uid').on(study.tenantId, study.studyInstanceUid),
    // those that searches use hold what is counted by as well (migrations 0010, 0045), and order text by its bytes (0043)
    index('studies_tenant_date').on(
      study.tenantId,
      study.studyDate.desc().nullsLast(),
      study.studyTime.desc().nullsLast(),
      study.id,
    ),
    index('studies_tenant_patient').on(study.tenantId, study.patientId),
    index('studies_tenant_dicom_patient').on(study.tenantId, study.dicomPatientId),
    index('studies_tenant_patient_id_fold').on(study.tenantId, study.dicomPatientIdFold),
    index('studies_tenant_accession_fold').on(study.tenantId, study.accessionNumberFold),
    index('studies_tenant_name').on(study.tenantId, study.patientNameFold),
    index('studies_modalities').using('gin', study.modalities),
    sameTenant(study.tenantId, study.patientId, patients),
    sameTenant(study.tenantId, study.deletionId, deletions),
    ownTenantNotDeleted(study.tenantId, study.deletionId),
  ],
)
