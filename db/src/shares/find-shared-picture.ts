import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { comparisons, instances, shareComparisons, studies } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

/**
 * Our id of the study an image lies in, when a comparison of a link shows that frame of it, and it is still the same
 * patient's; null otherwise. As `findPlanPicture` for plans: pictures, and nothing else of their studies.
 */
export function findSharedPicture(
  db: Database,
  {
    tenantId,
    shareId,
    sopInstanceUid,
    frame,
  }: { tenantId: string; shareId: string; sopInstanceUid: string; frame: number },
): Promise<string | null> {
  return withTenant(db, tenantId, async (tx) => {
    const [row] = await tx
      .select({ studyId: instances.studyId })
      .from(shareComparisons)
      .innerJoin(comparisons, eq(comparisons.id, shareComparisons.comparisonId))
      .innerJoin(instances, eq(instances.sopInstanceUid, sopInstanceUid))
      .innerJoin(
        studies,
        and(eq(studies.id, instances.studyId), eq(studies.patientId, comparisons.patientId)),
      )
      .where(
        and(
          eq(shareComparisons.shareId, shareId),
          isNull(shareComparisons.removedAt),
          sql`${shareComparisons.images} @> jsonb_build_array(
            jsonb_build_object('instanceId', ${instances.id}::text, 'frame', ${frame}::int))`,
        ),
      )
      .limit(1)
    return row?.studyId ?? null
  })
}
