import { date, index, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { ofPatient } from './patient-column.ts'
import { patients } from './patients.ts'
import { ownTenantOnly } from './policies.ts'
import { sameTenant } from './same-tenant.ts'
import { byUser, created, ofTenant } from './tenant-columns.ts'

/** A note on a patient, at its day on the timeline; what it says stands in its versions. */
export const patientNotes = pgTable(
  'patient_notes',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    tenantId: ofTenant(),
    patientId: ofPatient(),
    day: date('day').notNull(), // in the practice's time zone
    version: integer('version').notNull().default(1), // the newest
    ...created(),
    deletedAt: instant('deleted_at'), // can be taken back
  },
  (note) => [
    uniqueIndex('patient_notes_tenant_id').on(note.tenantId, note.id), // for sameTenant
    index('patient_notes_patient').on(note.tenantId, note.patientId, note.day),
    sameTenant(note.tenantId, note.patientId, patients),
    ownTenantOnly(note.tenantId),
  ],
)

/** What a note said, from its first version on; rows are added, never changed. */
export const patientNoteVersions = pgTable(
  'patient_note_versions',
  {
    noteId: uuid('note_id').notNull(),
    number: integer('number').notNull(), // 1, 2, 3 …
    tenantId: ofTenant(),
    text: text('text').notNull(),
    writtenBy: byUser('written_by'),
    writtenAt: instant('written_at').notNull().defaultNow(),
  },
  (version) => [
    primaryKey({ columns: [version.noteId, version.number] }),
    sameTenant(version.tenantId, version.noteId, patientNotes),
    ownTenantOnly(version.tenantId),
  ],
)
