import { and, eq } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import {
  annotations,
  annotationVersions,
  instances,
  studies,
  type AnnotationKind,
  type FramePoint,
  type Measured,
} from '../schema/index.ts'

/** What an annotation says, whoever drew it and whenever. */
export type AnnotationContent = {
  points: FramePoint[]
  text: string
  millimetres: string | null
}

export type AnnotationChange = AnnotationContent & {
  /** names this change; sending it twice makes one */
  changeId: string
  id: string
  studyInstanceUid: string
  sopInstanceUid: string
  frame: number
  kind: AnnotationKind
  /** version that was changed; 0 for a new annotation */
  basedOn: number
  isDeleted: boolean
}

export type SavedAnnotation =
  | { outcome: 'saved'; id: string; version: number; studyId: string }
  /** somebody else had changed it: what was sent is kept as another annotation beside theirs */
  | { outcome: 'kept-beside'; id: string; version: number; studyId: string }
  /** to be deleted, and changed by somebody else meanwhile: it stays */
  | { outcome: 'changed'; id: string; version: number; studyId: string }
  | { outcome: 'absent' }

/**
 * Keeps a new, changed, deleted or restored annotation, and the state it has now as one more version. A change on
 * another version than the current one never takes its place. Inside withTenant.
 */
export async function saveAnnotation(
  tx: Transaction,
  tenantId: string,
  change: AnnotationChange,
  measured: Measured | null,
  userId: string,
): Promise<SavedAnnotation> {
  const [image] = await tx
    .select({ id: instances.id, studyId: instances.studyId, frames: instances.frames })
    .from(instances)
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(
      and(
        eq(studies.studyInstanceUid, change.studyInstanceUid),
        eq(instances.sopInstanceUid, change.sopInstanceUid),
      ),
    )
  if (!image || change.frame > image.frames) return { outcome: 'absent' }
  const { studyId } = image

  const write = async (id: string, version: number) => {
    await tx.insert(annotationVersions).values({
      annotationId: id,
      version,
      tenantId,
      points: change.points,
      text: change.text,
      millimetres: change.millimetres,
      isDeleted: change.isDeleted,
      changedBy: userId,
    })
  }
  const content = {
    points: change.points,
    text: change.text,
    millimetres: change.millimetres,
    measured,
    deletedAt: change.isDeleted ? new Date() : null,
    changedBy: userId,
  }
  const add = async (id: string) => {
    const [added] = await tx
      .insert(annotations)
      .values({
        ...content,
        id,
        tenantId,
        instanceId: image.id,
        frame: change.frame,
        kind: change.kind,
        createdBy: userId,
      })
      .onConflictDoNothing()
      .returning({ id: annotations.id })
    if (added) await write(id, 1)
    return added !== undefined
  }

  if (await add(change.id)) return { outcome: 'saved', id: change.id, version: 1, studyId }
  const [held] = await tx.select().from(annotations).where(eq(annotations.id, change.id)).for('update')
  // the id is another practice's, or lies on another image: not ours to change
  if (!held || held.instanceId !== image.id || held.frame !== change.frame) return { outcome: 'absent' }

  const same =
    JSON.stringify([held.points, held.text, held.millimetres, held.deletedAt !== null]) ===
    JSON.stringify([change.points, change.text, change.millimetres, change.isDeleted])
  if (same) return { outcome: 'saved', id: held.id, version: held.version, studyId }

  if (held.version === change.basedOn) {
    const version = held.version + 1
    await tx
      .update(annotations)
      .set({ ...content, version, changedAt: new Date() })
      .where(eq(annotations.id, held.id))
    await write(held.id, version)
    return { outcome: 'saved', id: held.id, version, studyId }
  }
  if (change.isDeleted) return { outcome: 'changed', id: held.id, version: held.version, studyId }
  await add(change.changeId)
  return { outcome: 'kept-beside', id: change.changeId, version: 1, studyId }
}
