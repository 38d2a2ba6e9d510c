import { and, eq } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database } from '../database.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { patientIdentifiers, patients } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { foldName } from './fold-name.ts'

/** A person as the front desk writes them down. */
export type NewPatient = {
  familyName: string
  givenName: string
  birthDate: string | null // ISO date
  sex: 'F' | 'M' | 'O' | null
  phone: string | null
  email: string | null
  /** the number that X-ray machines will send as Patient ID (0010,0020); null when there is none yet */
  number: string | null
}

/**
 * A patient before any image of theirs: whatever comes under their number then is theirs.
 *
 * @returns `number` when another patient has it
 */
export function createPatient(
  db: Database,
  staff: Staff,
  { number, ...person }: NewPatient,
): Promise<{ outcome: 'created'; id: string } | { outcome: 'number' }> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const { tenantId } = staff
    const taken =
      number === null
        ? []
        : await tx
            .select({ id: patientIdentifiers.id })
            .from(patientIdentifiers)
            .where(
              and(
                eq(patientIdentifiers.kind, 'dicom'),
                eq(patientIdentifiers.issuer, ''),
                eq(patientIdentifiers.value, number),
              ),
            )
    if (taken.length > 0) return { outcome: 'number' } as const
    const nameFold = foldName(`${person.familyName} ${person.givenName}`).slice(0, 500) // indexed
    const [made] = await tx
      .insert(patients)
      .values({ tenantId, ...person, nameFold })
      .returning({ id: patients.id })
    if (!made) throw new Error('the patient was not written')
    if (number !== null) {
      const claimed = await tx
        .insert(patientIdentifiers)
        .values({ tenantId, patientId: made.id, kind: 'dicom', issuer: '', value: number })
        .onConflictDoNothing()
        .returning({ id: patientIdentifiers.id })
      if (claimed.length === 0) {
        // another desk, or the first image under it, was at the same moment first
        await tx.delete(patients).where(eq(patients.id, made.id))
        return { outcome: 'number' } as const
      }
    }
    await recordInTransaction(tx, { ...staffEvent(staff), kind: 'patient.created', patientId: made.id })
    return { outcome: 'created', id: made.id } as const
  })
}
