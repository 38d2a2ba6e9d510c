import { and, eq } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { instances, modelScales, studies, type ModelUnit } from '../schema/index.ts'

/**
 * Keeps what staff say of a model's unit, or takes it back. Inside withTenant.
 *
 * @param unit null: nothing is said any more
 * @returns our id of the study; null when the patient has no such model
 */
export async function saveModelScale(
  tx: Transaction,
  tenantId: string,
  which: { instanceId: string; patientId: string },
  unit: ModelUnit | null,
  userId: string,
): Promise<string | null> {
  const [model] = await tx
    .select({ studyId: studies.id })
    .from(instances)
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(
      and(
        eq(instances.id, which.instanceId),
        eq(studies.patientId, which.patientId),
        eq(instances.imageKind, 'model'),
      ),
    )
  if (!model) return null
  const said = { unit, changedBy: userId, changedAt: new Date() }
  await tx
    .insert(modelScales)
    .values({ ...said, tenantId, instanceId: which.instanceId })
    .onConflictDoUpdate({ target: modelScales.instanceId, set: said })
  return model.studyId
}
