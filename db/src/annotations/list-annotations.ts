import { and, asc, eq, isNull } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import {
  annotations,
  instances,
  studies,
  type AnnotationKind,
  type FramePoint,
  type Measured,
} from '../schema/index.ts'

export type Annotation = {
  id: string
  sopInstanceUid: string
  frame: number // 1-based
  kind: AnnotationKind
  points: FramePoint[]
  text: string
  millimetres: string | null
  measured: Measured | null
  version: number
  createdAt: Date
  /** by name; null when nobody of that id is left in the practice */
  createdBy: string | null
  changedAt: Date
  changedBy: string | null
}

/** What staff drew on the images of a study and did not take away, the oldest first. Inside withTenant. */
export async function listAnnotations(tx: Transaction, studyInstanceUid: string): Promise<Annotation[]> {
  return tx
    .select({
      id: annotations.id,
      sopInstanceUid: instances.sopInstanceUid,
      frame: annotations.frame,
      kind: annotations.kind,
      points: annotations.points,
      text: annotations.text,
      millimetres: annotations.millimetres,
      measured: annotations.measured,
      version: annotations.version,
      createdAt: annotations.createdAt,
      createdBy: userName(annotations.createdBy),
      changedAt: annotations.changedAt,
      changedBy: userName(annotations.changedBy),
    })
    .from(annotations)
    .innerJoin(instances, eq(instances.id, annotations.instanceId))
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(and(eq(studies.studyInstanceUid, studyInstanceUid), isNull(annotations.deletedAt)))
    .orderBy(asc(annotations.createdAt), asc(annotations.id))
}
