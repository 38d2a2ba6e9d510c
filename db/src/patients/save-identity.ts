import { and, eq, inArray, isNull, or, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { formerIdentities, patientIdentifiers, patients, studies } from '../schema/index.ts'
import { showDeleted } from '../tenancy/show-deleted.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { foldName } from './fold-name.ts'

export type PatientIdentity = {
  familyName: string
  givenName: string
  birthDate: string | null // ISO date
  sex: string | null
}

export type SavedIdentity =
  | { outcome: 'saved' }
  /** somebody else corrected it meanwhile: what stands */
  | { outcome: 'changed'; standing: PatientIdentity }
  /** another patient has the number: perhaps the same person */
  | { outcome: 'number'; holder: { id: string; familyName: string; givenName: string } }
  /** images carry the number that was to go */
  | { outcome: 'number-in-use' }
  | { outcome: 'absent' }

/**
 * Corrects who a patient is on record, and the numbers they are known by to machines (0010,0020). What was on record
 * before stays readable (`former_identities`). Stored images keep what they say: searches and retrieved files name the
 * patient as the machine did; here the record's name is shown.
 *
 * A number under which images came stays with the patient: whatever comes under it is theirs.
 *
 * @param before what was seen
 * @param add    a number more; null for none
 * @param remove values of numbers without issuer that no image carries
 */
export function saveIdentity(
  db: Database,
  staff: Staff,
  wanted: {
    patientId: string
    before: PatientIdentity
    identity: PatientIdentity
    add: string | null
    remove: readonly string[]
  },
): Promise<SavedIdentity> {
  return withTenant(db, staff.tenantId, async (tx): Promise<SavedIdentity> => {
    const { tenantId, userId } = staff
    const { patientId, before, identity } = wanted
    const [held] = await tx
      .select({
        familyName: patients.familyName,
        givenName: patients.givenName,
        birthDate: patients.birthDate,
        sex: patients.sex,
      })
      .from(patients)
      .where(eq(patients.id, patientId))
      .for('update')
    if (!held) return { outcome: 'absent' }
    if (!isSame(held, before)) return { outcome: 'changed', standing: held }

    const taken = wanted.add === null ? null : await holderOf(tx, wanted.add)
    if (taken && taken.id !== patientId) return { outcome: 'number', holder: taken }
    if (wanted.remove.length > 0 && (await doImagesCarry(tx, patientId, wanted.remove)))
      return { outcome: 'number-in-use' }

    const changed: string[] = []
    if (!isSame(held, identity)) {
      changed.push('identity')
      await tx
        .insert(formerIdentities)
        .values({ tenantId, patientId, ...held, nameFold: nameFoldOf(held), changedBy: userId })
      const nameFold = nameFoldOf(identity)
      await tx
        .update(patients)
        .set({ ...identity, nameFold, updatedAt: new Date() })
        .where(eq(patients.id, patientId))
      // what was in doubt because of the record, and now agrees with it
      await tx
        .update(studies)
        .set({ matchState: 'matched' })
        .where(
          and(
            eq(studies.patientId, patientId),
            eq(studies.matchState, 'doubtful'),
            inArray(studies.patientNameFold, [nameFold, '']),
            or(
              isNull(studies.patientBirthDate),
              identity.birthDate === null ? undefined : eq(studies.patientBirthDate, identity.birthDate),
            ),
          ),
        )
    }
    if (wanted.remove.length > 0) {
      changed.push('number removed')
      await tx
        .delete(patientIdentifiers)
        .where(and(eq(patientIdentifiers.patientId, patientId), isNumber(wanted.remove)))
    }
    if (wanted.add !== null && !taken) {
      changed.push('number added')
      await tx
        .insert(patientIdentifiers)
        .values({ tenantId, patientId, kind: 'dicom', issuer: '', value: wanted.add })
    }
    if (changed.length > 0)
      await recordInTransaction(tx, {
        ...staffEvent(staff),
        kind: 'patient.changed',
        patientId,
        detail: { what: changed.join(', ') },
      })
    return { outcome: 'saved' }
  })
}

function nameFoldOf({ familyName, givenName }: PatientIdentity): string {
  return foldName(`${familyName} ${givenName}`).slice(0, 500) // indexed
}

function isSame(a: PatientIdentity, b: PatientIdentity): boolean {
  return (['familyName', 'givenName', 'birthDate', 'sex'] as const).every((key) => a[key] === b[key])
}

function isNumber(values: readonly string[]) {
  return and(
    eq(patientIdentifiers.kind, 'dicom'),
    eq(patientIdentifiers.issuer, ''),
    inArray(patientIdentifiers.value, [...values]),
  )
}

async function holderOf(tx: Transaction, number: string) {
  const [holder] = await tx
    .select({ id: patients.id, familyName: patients.familyName, givenName: patients.givenName })
    .from(patientIdentifiers)
    .innerJoin(patients, eq(patients.id, patientIdentifiers.patientId))
    .where(isNumber([number]))
  return holder ?? null
}

async function doImagesCarry(tx: Transaction, patientId: string, numbers: readonly string[]) {
  // those that were deleted may come back
  await showDeleted(tx)
  const [carrying] = await tx
    .select({ one: sql`1` })
    .from(studies)
    .where(
      and(
        eq(studies.patientId, patientId),
        eq(studies.issuerOfPatientId, ''),
        inArray(studies.dicomPatientId, [...numbers]),
      ),
    )
    .limit(1)
  return carrying !== undefined
}
