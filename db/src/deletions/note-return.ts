import { eq, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { deletions, instances, series, studies } from '../schema/index.ts'
import { showDeleted } from '../tenancy/show-deleted.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

/**
 * Whether an instance that is arriving belongs to what the practice deleted and may still restore: it is deleted
 * itself, or its series or study is. If so that is noted with the deletion, where staff see it, and the deletion is
 * not purged before they decide.
 */
export function noteReturn(
  db: Database,
  tenantId: string,
  uids: { studyInstanceUid: string; seriesInstanceUid: string; sopInstanceUid: string },
): Promise<boolean> {
  return withTenant(db, tenantId, async (tx) => {
    await showDeleted(tx)
    const { rows } = await tx.execute<{ deletion_id: string }>(sql`
      SELECT ${instances.deletionId} AS deletion_id FROM ${instances}
      WHERE ${instances.tenantId} = ${tenantId} AND ${instances.sopInstanceUid} = ${uids.sopInstanceUid} AND ${instances.deletionId} IS NOT NULL
      UNION ALL
      SELECT coalesce(${series.deletionId}, ${studies.deletionId}) FROM ${studies}
        LEFT JOIN ${series} ON ${series.studyId} = ${studies.id} AND ${series.seriesInstanceUid} = ${uids.seriesInstanceUid}
      WHERE ${studies.tenantId} = ${tenantId} AND ${studies.studyInstanceUid} = ${uids.studyInstanceUid}
        AND coalesce(${series.deletionId}, ${studies.deletionId}) IS NOT NULL
      LIMIT 1`)
    const deletionId = rows[0]?.deletion_id
    if (deletionId === undefined) return false
    await tx
      .update(deletions)
      .set({ returnedCount: sql`${deletions.returnedCount} + 1`, returnedAt: new Date() })
      .where(eq(deletions.id, deletionId))
    return true
  })
}
