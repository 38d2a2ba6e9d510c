import { eq } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { patients, studies } from '../schema/index.ts'

type FoundStudy = {
  id: string
  studyDate: string | null
  patient: { id: string; familyName: string; givenName: string; birthDate: string | null } | null
}

/** Where a study is filed, by its UID; null when the practice holds none such. Inside withTenant. */
export async function findStudy(tx: Transaction, studyInstanceUid: string): Promise<FoundStudy | null> {
  const [row] = await tx
    .select({
      id: studies.id,
      studyDate: studies.studyDate,
      patientId: patients.id,
      familyName: patients.familyName,
      givenName: patients.givenName,
      birthDate: patients.birthDate,
    })
    .from(studies)
    .leftJoin(patients, eq(patients.id, studies.patientId))
    .where(eq(studies.studyInstanceUid, studyInstanceUid))
  if (!row) return null
  const { id, studyDate, patientId, familyName, givenName, birthDate } = row
  return {
    id,
    studyDate,
    patient:
      patientId && familyName !== null && givenName !== null
        ? { id: patientId, familyName, givenName, birthDate }
        : null,
  }
}
