import { and, eq, or, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { instances, plans, planVersions, studies, treatmentCases } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { standingCases } from './standing-cases.ts'

/**
 * Our id of the study an image lies in, when a version of a plan names that image and it is still the same patient's;
 * null otherwise. What a link to the version opens: its pictures, and nothing else of their studies.
 */
export function findPlanPicture(
  db: Database,
  {
    tenantId,
    planVersionId,
    sopInstanceUid,
  }: { tenantId: string; planVersionId: string; sopInstanceUid: string },
): Promise<string | null> {
  return withTenant(db, tenantId, async (tx) => {
    const [row] = await tx
      .select({ studyId: instances.studyId })
      .from(instances)
      .innerJoin(planVersions, eq(planVersions.id, planVersionId))
      .innerJoin(plans, eq(plans.id, planVersions.planId))
      .innerJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
      .innerJoin(
        studies,
        and(eq(studies.id, instances.studyId), eq(studies.patientId, treatmentCases.patientId)),
      )
      .where(
        and(
          eq(instances.sopInstanceUid, sopInstanceUid),
          standingCases(),
          or(
            sql`jsonb_path_exists(${planVersions.content}, '$.phases[*].visits[*].items[*].images[*] ? (@ == $image)',
              jsonb_build_object('image', ${instances.id}::text))`,
            sql`jsonb_path_exists(${planVersions.content}, '$.comparisons[*].images[*].instanceId ? (@ == $image)',
              jsonb_build_object('image', ${instances.id}::text))`,
          ),
        ),
      )
    return row?.studyId ?? null
  })
}
