import { and, desc, eq, isNull } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import {
  cephPoints,
  cephTracings,
  instances,
  studies,
  type CephLandmark,
  type CephPointState,
  type FramePoint,
} from '../schema/index.ts'

export type CephPointChange = {
  landmark: CephLandmark
  /** version that was changed; 0 for the first */
  basedOn: number
  state: CephPointState
  /** null unless placed */
  at: FramePoint | null
}

export type SavedCephPoint =
  | { outcome: 'saved'; version: number; studyId: string }
  /** somebody else has placed, moved or taken it away since: theirs stays */
  | { outcome: 'changed' }
  /** no such tracing of this patient, or a place outside of the picture */
  | { outcome: 'absent' }

/**
 * Keeps where a landmark lies, as one more version of it. The same sent again is kept once. Inside withTenant.
 *
 * @param userId who placed it
 */
export async function savePoint(
  tx: Transaction,
  tenantId: string,
  tracing: { id: string; patientId: string },
  change: CephPointChange,
  userId: string,
): Promise<SavedCephPoint> {
  const [held] = await tx
    .select({ studyId: studies.id, columns: instances.columns, rows: instances.rows })
    .from(cephTracings)
    .innerJoin(instances, eq(instances.id, cephTracings.instanceId))
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(
      and(
        eq(cephTracings.id, tracing.id),
        eq(studies.patientId, tracing.patientId),
        isNull(cephTracings.deletedAt),
      ),
    )
    // one after the other, so that of two changes of one state the second sees the first
    .for('update', { of: cephTracings })
  const at = change.state === 'placed' ? change.at : null
  const isPlaced = change.state === 'placed'
  const within = (value: number | undefined, length: number | null | undefined) =>
    value !== undefined && value >= 0 && value <= (length ?? Infinity)
  if (!held || (isPlaced && !(within(at?.[0], held.columns) && within(at?.[1], held.rows))))
    return { outcome: 'absent' }

  const [latest] = await tx
    .select()
    .from(cephPoints)
    .where(and(eq(cephPoints.tracingId, tracing.id), eq(cephPoints.landmark, change.landmark)))
    .orderBy(desc(cephPoints.version))
    .limit(1)
  const same =
    latest?.state === change.state && latest.column === (at?.[0] ?? null) && latest.row === (at?.[1] ?? null)
  if (latest && same) return { outcome: 'saved', version: latest.version, studyId: held.studyId }
  if ((latest?.version ?? 0) !== change.basedOn) return { outcome: 'changed' }

  const version = change.basedOn + 1
  await tx.insert(cephPoints).values({
    tracingId: tracing.id,
    tenantId,
    landmark: change.landmark,
    version,
    state: change.state,
    column: at?.[0] ?? null,
    row: at?.[1] ?? null,
    changedBy: userId,
  })
  return { outcome: 'saved', version, studyId: held.studyId }
}
