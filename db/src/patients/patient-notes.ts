import { and, asc, desc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { AuditKind } from '../audit/audit-event.ts'
import type { Database, Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { patientNotes as table, patientNoteVersions, patients } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

export type PatientNote = {
  id: string
  /** ISO date on the timeline */
  day: string
  version: number
  /** the oldest first; the last is what the note says */
  versions: { number: number; text: string; writtenAt: Date; writtenBy: string | null }[]
}

/** The notes on a patient, of the latest day first, with all that they ever said. Inside withTenant. */
export async function patientNotes(tx: Transaction, patientId: string): Promise<PatientNote[]> {
  const notes = await tx
    .select({ id: table.id, day: table.day, version: table.version })
    .from(table)
    .where(and(eq(table.patientId, patientId), isNull(table.deletedAt)))
    .orderBy(desc(table.day), desc(table.createdAt))
    .limit(notesMax)
  if (notes.length === 0) return []
  const versions = await tx
    .select({
      noteId: patientNoteVersions.noteId,
      number: patientNoteVersions.number,
      text: patientNoteVersions.text,
      writtenAt: patientNoteVersions.writtenAt,
      writtenBy: userName(patientNoteVersions.writtenBy),
    })
    .from(patientNoteVersions)
    .where(
      inArray(
        patientNoteVersions.noteId,
        notes.map(({ id }) => id),
      ),
    )
    .orderBy(asc(patientNoteVersions.number))
  return notes.map((each) => ({
    ...each,
    versions: versions.filter(({ noteId }) => noteId === each.id).map(({ noteId: _, ...version }) => version),
  }))
}

/** More than anybody reads. */
const notesMax = 500

/**
 * Writes a note, or another version of one.
 *
 * @param note.held null: a new one, else the version that was read
 * @returns `changed` when somebody else has written another version since
 */
export function saveNote(
  db: Database,
  staff: Staff,
  note: { patientId: string; held: { id: string; version: number } | null; day: string; text: string },
): Promise<'saved' | 'changed' | 'absent'> {
  const { patientId, held, day, text } = note
  return withTenant(db, staff.tenantId, async (tx) => {
    const [patient] = await tx.select({ id: patients.id }).from(patients).where(eq(patients.id, patientId))
    if (!patient) return 'absent'
    let saved: { id: string; version: number } | undefined
    if (held === null)
      [saved] = await tx
        .insert(table)
        .values({ tenantId: staff.tenantId, patientId, day, createdBy: staff.userId })
        .returning({ id: table.id, version: table.version })
    else {
      const own = and(eq(table.id, held.id), eq(table.patientId, patientId), isNull(table.deletedAt))
      const [found] = await tx.select({ version: table.version }).from(table).where(own).for('update')
      if (!found) return 'absent'
      if (found.version !== held.version) return 'changed'
      ;[saved] = await tx
        .update(table)
        .set({ day, version: sql`${table.version} + 1` })
        .where(own)
        .returning({ id: table.id, version: table.version })
    }
    if (!saved) throw new Error('the note was not written')
    await tx.insert(patientNoteVersions).values({
      noteId: saved.id,
      number: saved.version,
      tenantId: staff.tenantId,
      text,
      writtenBy: staff.userId,
    })
    await record(tx, staff, 'note.saved', patientId, { noteId: saved.id, version: saved.version })
    return 'saved'
  })
}

/** Takes a note off the timeline, or puts it back. @returns whether there was one to take or put back */
export function removeNote(
  db: Database,
  staff: Staff,
  { patientId, noteId, removed }: { patientId: string; noteId: string; removed: boolean },
): Promise<boolean> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const changed = await tx
      .update(table)
      .set({ deletedAt: removed ? new Date() : null })
      .where(
        and(
          eq(table.id, noteId),
          eq(table.patientId, patientId),
          removed ? isNull(table.deletedAt) : isNotNull(table.deletedAt),
        ),
      )
      .returning({ id: table.id })
    if (changed.length === 0) return false
    await record(tx, staff, removed ? 'note.removed' : 'note.restored', patientId, { noteId })
    return true
  })
}

function record(
  tx: Transaction,
  staff: Staff,
  kind: AuditKind,
  patientId: string,
  detail: Record<string, string | number>,
) {
  return recordInTransaction(tx, { ...staffEvent(staff), kind, patientId, detail })
}
