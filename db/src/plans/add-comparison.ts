import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { areImagesOf } from '../patients/are-images-of.ts'
import { comparisonsMax, type PlanComparison } from '../plan-rules/index.ts'
import { recordInTransaction } from '../audit/audit.ts'
import { comparisons, plans, planVersions, treatmentCases, type ComparedImage } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { staffEvent, type Staff } from './staff.ts'
import { standingCases } from './standing-cases.ts'

/**
 * Puts a copy of a comparison into a draft, in the place of an earlier copy of it. Whoever writes on the draft at the
 * same time is told when they save, as by a colleague's change.
 *
 * @returns `frozen` when the version was presented meanwhile, `full` when the plan has as many as it may, `absent` when
 *   the patient has no such comparison or version, or one of its images is not theirs any more
 */
export function addComparison(
  db: Database,
  staff: Staff,
  { patientId, versionId, comparisonId }: { patientId: string; versionId: string; comparisonId: string },
): Promise<'added' | 'frozen' | 'full' | 'absent'> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const [version] = await tx
      .select({ state: planVersions.state, content: planVersions.content })
      .from(planVersions)
      .innerJoin(plans, eq(plans.id, planVersions.planId))
      .innerJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
      .where(and(eq(planVersions.id, versionId), standingCases(patientId)))
      .for('update', { of: planVersions })
    const [comparison] = await tx
      .select()
      .from(comparisons)
      .where(
        and(
          eq(comparisons.id, comparisonId),
          eq(comparisons.patientId, patientId),
          isNull(comparisons.deletedAt),
        ),
      )
    if (!version || !comparison) return 'absent'
    if (version.state !== 'draft') return 'frozen'
    const images = comparison.images.map(({ instanceId }) => instanceId)
    if (!(await areImagesOf(tx, patientId, images))) return 'absent'
    const { content } = version
    const others = (content.comparisons ?? []).filter(({ id }) => id !== comparisonId)
    if (others.length >= comparisonsMax) return 'full'
    const copy: PlanComparison = {
      id: comparison.id,
      title: comparison.title,
      mode: comparison.mode,
      images: comparison.images.map(copyOf),
    }
    await tx
      .update(planVersions)
      .set({
        content: { ...content, comparisons: [...others, copy] },
        revision: sql`${planVersions.revision} + 1`,
        changedBy: staff.userId,
        changedAt: new Date(),
      })
      .where(eq(planVersions.id, versionId))
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'plan.changed',
      patientId,
      detail: { versionId, comparisonId },
    })
    return 'added'
  })
}

function copyOf(image: ComparedImage): PlanComparison['images'][number] {
  const { instanceId, frame, mirrored, placedBy, similarity, errorPixels } = image
  const millionths = (value: number) => Math.round(value * 1e6)
  return {
    instanceId,
    frame,
    mirrored,
    placedBy,
    similarityMillionths: similarity && [
      millionths(similarity[0]),
      millionths(similarity[1]),
      millionths(similarity[2]),
      millionths(similarity[3]),
    ],
    errorMillionths: errorPixels === null ? null : millionths(errorPixels),
  }
}
