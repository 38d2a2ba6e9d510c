import { and, eq, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { orthodonticCases, patients } from '../schema/index.ts'
import type { OrthodonticContent } from './orthodontic-content.ts'

export type SavedOrthodonticCase =
  | { saved: true; version: number }
  /** `absent`: there is no such patient; `changed`: somebody else has changed it since */
  | { saved: false; why: 'absent' | 'changed' }

/**
 * Keeps what staff wrote of a patient's orthodontic treatment. Inside withTenant.
 *
 * @param change.version the one that was changed; 0 where nothing was saved yet
 * @param userId who saves
 */
export async function saveOrthodonticCase(
  tx: Transaction,
  tenantId: string,
  patientId: string,
  change: { version: number; content: OrthodonticContent },
  userId: string,
): Promise<SavedOrthodonticCase> {
  const { version, content } = change
  const [patient] = await tx.select({ id: patients.id }).from(patients).where(eq(patients.id, patientId))
  if (!patient) return { saved: false, why: 'absent' }
  const [saved] =
    version === 0
      ? await tx
          .insert(orthodonticCases)
          .values({ tenantId, patientId, content, createdBy: userId, changedBy: userId })
          .onConflictDoNothing()
          .returning({ version: orthodonticCases.version })
      : await tx
          .update(orthodonticCases)
          .set({
            content,
            version: sql`${orthodonticCases.version} + 1`,
            changedBy: userId,
            changedAt: new Date(),
          })
          .where(and(eq(orthodonticCases.patientId, patientId), eq(orthodonticCases.version, version)))
          .returning({ version: orthodonticCases.version })
  return saved ? { saved: true, version: saved.version } : { saved: false, why: 'changed' }
}
