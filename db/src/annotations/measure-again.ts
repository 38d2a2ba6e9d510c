import { and, eq, isNull } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import {
  annotations,
  instances,
  type AnnotationKind,
  type FramePoint,
  type Measured,
} from '../schema/index.ts'

type Drawn = { kind: AnnotationKind; points: FramePoint[]; millimetres: string | null; createdAt: Date }

/**
 * Measures what lies on a frame again, after its calibration by hand has changed. Inside withTenant.
 *
 * @param measure from one annotation and all of the frame, the oldest first, to its figure
 */
export async function measureAgain(
  tx: Transaction,
  where: { sopInstanceUid: string; frame: number },
  measure: (annotation: Drawn, all: Drawn[]) => Measured | null,
): Promise<void> {
  const all = await tx
    .select({
      id: annotations.id,
      kind: annotations.kind,
      points: annotations.points,
      millimetres: annotations.millimetres,
      createdAt: annotations.createdAt,
      measured: annotations.measured,
    })
    .from(annotations)
    .innerJoin(instances, eq(instances.id, annotations.instanceId))
    .where(
      and(
        eq(instances.sopInstanceUid, where.sopInstanceUid),
        eq(annotations.frame, where.frame),
        isNull(annotations.deletedAt),
      ),
    )
    .orderBy(annotations.createdAt, annotations.id)
  for (const annotation of all) {
    const measured = measure(annotation, all)
    if (JSON.stringify(measured) === JSON.stringify(annotation.measured)) continue
    await tx.update(annotations).set({ measured }).where(eq(annotations.id, annotation.id))
  }
}
