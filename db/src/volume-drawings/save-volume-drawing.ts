import { and, eq, isNull, ne } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import {
  series,
  studies,
  volumeDrawings,
  type CurveSettings,
  type PatientPoint,
  type VolumeDrawingKind,
} from '../schema/index.ts'

export type VolumeDrawingChange = {
  id: string
  studyInstanceUid: string
  seriesInstanceUid: string
  kind: VolumeDrawingKind
  points: PatientPoint[]
  settings: CurveSettings | null
  /** version that was changed; 0 for a new drawing */
  basedOn: number
  isDeleted: boolean
}

export type SavedVolumeDrawing =
  | { outcome: 'saved'; version: number; studyId: string }
  /** somebody else has changed it, or drawn the series' curve, meanwhile: theirs stays */
  | { outcome: 'changed' }
  | { outcome: 'absent' }

/**
 * Keeps a new, changed, deleted or restored drawing. A change on another version than the current one never takes its
 * place, and a series never has two curves. Inside withTenant.
 */
export async function saveVolumeDrawing(
  tx: Transaction,
  tenantId: string,
  change: VolumeDrawingChange,
  userId: string,
): Promise<SavedVolumeDrawing> {
  const [held] = await tx
    .select({ id: series.id, studyId: studies.id })
    .from(series)
    .innerJoin(studies, eq(studies.id, series.studyId))
    .where(
      and(
        eq(studies.studyInstanceUid, change.studyInstanceUid),
        eq(series.seriesInstanceUid, change.seriesInstanceUid),
      ),
    )
    // two people who draw a curve at the same time come one after the other
    .for('update', { of: series })
  if (!held) return { outcome: 'absent' }

  if (change.kind === 'curve' && !change.isDeleted) {
    const [another] = await tx
      .select({ id: volumeDrawings.id })
      .from(volumeDrawings)
      .where(
        and(
          eq(volumeDrawings.seriesId, held.id),
          eq(volumeDrawings.kind, 'curve'),
          isNull(volumeDrawings.deletedAt),
          ne(volumeDrawings.id, change.id),
        ),
      )
    if (another) return { outcome: 'changed' }
  }

  const content = {
    points: change.points,
    settings: change.settings,
    deletedAt: change.isDeleted ? new Date() : null,
    changedBy: userId,
  }
  const [added] = await tx
    .insert(volumeDrawings)
    .values({
      ...content,
      id: change.id,
      tenantId,
      seriesId: held.id,
      kind: change.kind,
      createdBy: userId,
    })
    .onConflictDoNothing()
    .returning({ version: volumeDrawings.version })
  if (added) return { outcome: 'saved', version: added.version, studyId: held.studyId }

  const [before] = await tx
    .select()
    .from(volumeDrawings)
    .where(and(eq(volumeDrawings.id, change.id), eq(volumeDrawings.seriesId, held.id)))
    .for('update')
  // the id is another practice's, or lies in another series: not ours to change
  if (!before || before.kind !== change.kind) return { outcome: 'absent' }
  const same =
    JSON.stringify([before.points, settingsOf(before), before.deletedAt !== null]) ===
    JSON.stringify([change.points, settingsOf(change), change.isDeleted])
  if (same) return { outcome: 'saved', version: before.version, studyId: held.studyId }
  if (before.version !== change.basedOn) return { outcome: 'changed' }

  const version = before.version + 1
  await tx
    .update(volumeDrawings)
    .set({ ...content, version, changedAt: new Date() })
    .where(eq(volumeDrawings.id, change.id))
  return { outcome: 'saved', version, studyId: held.studyId }
}

/** Postgres keeps the keys of JSON in an order of its own. */
function settingsOf({ settings }: { settings: CurveSettings | null }) {
  return settings && [settings.thicknessMm, settings.projection, settings.spacingMm]
}
