import { eq } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { patients, studies } from '../schema/index.ts'

/** Where a study is filed, by its UID; null when the practice holds none such. Inside withTenant. */
export async function findStudy(
  tx: Transaction,
  studyInstanceUid: string,
): Promise<{ id: string; patient: { id: string; familyName: string; givenName: string } | null } | null> {
  const [row] = await tx
    .select({
      id: studies.id,
      patientId: patients.id,
      familyName: patients.familyName,
      givenName: patients.givenName,
    })
    .from(studies)
    .leftJoin(patients, eq(patients.id, studies.patientId))
    .where(eq(studies.studyInstanceUid, studyInstanceUid))
  if (!row) return null
  const { id, patientId, familyName, givenName } = row
  return {
    id,
    patient:
      patientId && familyName !== null && givenName !== null
        ? { id: patientId, familyName, givenName }
        : null,
  }
}
