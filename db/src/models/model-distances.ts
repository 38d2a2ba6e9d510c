import { and, asc, eq, inArray, isNull } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import { instances, modelDistances, studies, type ModelPlace } from '../schema/index.ts'

/** A distance between two places on the models of a study, with who measured it. */
export type ModelDistance = {
  id: string
  studyId: string
  from: ModelPlace
  to: ModelPlace
  createdAt: Date
  /** by name; null when nobody of that id is left in the practice */
  createdBy: string | null
}

/** What staff measured on a patient's models and did not take away, the oldest first. Inside withTenant. */
export async function listModelDistances(tx: Transaction, patientId: string): Promise<ModelDistance[]> {
  return tx
    .select({
      id: modelDistances.id,
      studyId: modelDistances.studyId,
      from: modelDistances.from,
      to: modelDistances.to,
      createdAt: modelDistances.createdAt,
      createdBy: userName(modelDistances.createdBy),
    })
    .from(modelDistances)
    .innerJoin(studies, eq(studies.id, modelDistances.studyId))
    .where(and(eq(studies.patientId, patientId), isNull(modelDistances.deletedAt)))
    .orderBy(asc(modelDistances.createdAt), asc(modelDistances.id))
    .limit(distancesMax)
}

/** More than anybody reads. */
const distancesMax = 2000

/**
 * Keeps a distance between two places on models of one study, or takes it away, or brings it back. The same sent again
 * is kept once; where it lies never changes. Inside withTenant.
 *
 * @returns our id of the study; null when the patient has no such models, or another's distance has that id
 */
export async function saveModelDistance(
  tx: Transaction,
  tenantId: string,
  patientId: string,
  distance: { id: string; from: ModelPlace; to: ModelPlace; isDeleted: boolean },
  userId: string,
): Promise<string | null> {
  const { id, from, to, isDeleted } = distance
  const models = await tx
    .select({ id: instances.id, studyId: studies.id })
    .from(instances)
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(
      and(
        inArray(instances.id, [from.instanceId, to.instanceId]),
        eq(studies.patientId, patientId),
        eq(instances.imageKind, 'model'),
      ),
    )
  const [a, b] = [from, to].map(({ instanceId }) => models.find((model) => model.id === instanceId))
  if (!a || a.studyId !== b?.studyId) return null
  const deletedAt = isDeleted ? new Date() : null
  await tx
    .insert(modelDistances)
    .values({ id, tenantId, studyId: a.studyId, from, to, deletedAt, createdBy: userId, changedBy: userId })
    .onConflictDoNothing()
  const kept = await tx
    .update(modelDistances)
    .set({ deletedAt, changedBy: userId, changedAt: new Date() })
    .where(and(eq(modelDistances.id, id), eq(modelDistances.studyId, a.studyId)))
    .returning({ studyId: modelDistances.studyId })
  return kept[0]?.studyId ?? null
}
