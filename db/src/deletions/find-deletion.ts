import { and, desc, eq, isNull } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { deletedInstances, deletions } from '../schema/index.ts'
import type { ImageScope } from './delete-images.ts'

/**
 * The newest deletion of what these UIDs name, or of something in it, that was not undone.
 *
 * @returns null when the practice never had it, or has it again
 */
export async function findDeletion(
  tx: Transaction,
  tenantId: string,
  scope: ImageScope,
): Promise<{ deletionId: string; isPurged: boolean } | null> {
  const [found] = await tx
    .select({ deletionId: deletions.id, purgedAt: deletions.purgedAt })
    .from(deletedInstances)
    .innerJoin(deletions, eq(deletions.id, deletedInstances.deletionId))
    .where(
      and(
        eq(deletedInstances.tenantId, tenantId),
        eq(deletedInstances.studyInstanceUid, scope.study),
        scope.series === undefined ? undefined : eq(deletedInstances.seriesInstanceUid, scope.series),
        scope.instance === undefined ? undefined : eq(deletedInstances.sopInstanceUid, scope.instance),
        isNull(deletions.restoredAt),
      ),
    )
    .orderBy(desc(deletions.deletedAt))
    .limit(1)
  return found ? { deletionId: found.deletionId, isPurged: found.purgedAt !== null } : null
}
