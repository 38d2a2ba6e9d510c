import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../database.ts'
import { planImageIds, type PlanContent } from '../plan-rules/index.ts'
import { instances, plans, planVersions, studies, treatmentCases } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import type { Staff } from './staff.ts'
import { standingCases } from './standing-cases.ts'

export type SavedDraft =
  | { outcome: 'saved'; revision: number }
  /** somebody else has saved meanwhile: what stands now, to be merged with */
  | { outcome: 'changed'; revision: number; content: PlanContent }
  /** it was presented meanwhile, and changes no more */
  | { outcome: 'frozen' }
  | { outcome: 'absent' }
  /** it names an image that is not this patient's */
  | { outcome: 'foreign-image' }

/**
 * Writes a draft anew, where nobody else has since it was read. Who saves may ask again with the same revision: the
 * answer is then `changed`, with what they have saved themselves.
 *
 * @param draft.revision what the changes began from
 */
export function saveDraft(
  db: Database,
  staff: Staff,
  draft: { patientId: string; versionId: string; revision: number; content: PlanContent },
): Promise<SavedDraft> {
  const { patientId, versionId, revision, content } = draft
  return withTenant(db, staff.tenantId, async (tx) => {
    const [version] = await tx
      .select({
        state: planVersions.state,
        revision: planVersions.revision,
        content: planVersions.content,
      })
      .from(planVersions)
      .innerJoin(plans, eq(plans.id, planVersions.planId))
      .innerJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
      .where(and(eq(planVersions.id, versionId), standingCases(patientId)))
      .for('update', { of: planVersions })
    if (!version) return { outcome: 'absent' }
    if (version.state !== 'draft') return { outcome: 'frozen' }
    if (version.revision !== revision)
      return { outcome: 'changed', revision: version.revision, content: version.content }
    if (!(await areOfPatient(tx, patientId, content))) return { outcome: 'foreign-image' }
    const [saved] = await tx
      .update(planVersions)
      .set({
        content,
        revision: sql`${planVersions.revision} + 1`,
        changedBy: staff.userId,
        changedAt: new Date(),
      })
      .where(eq(planVersions.id, versionId))
      .returning({ revision: planVersions.revision })
    return saved ? { outcome: 'saved', revision: saved.revision } : { outcome: 'absent' }
  })
}

async function areOfPatient(tx: Transaction, patientId: string, content: PlanContent): Promise<boolean> {
  const ids = [...new Set(planImageIds(content))]
  if (ids.length === 0) return true
  const found = await tx
    .select({ id: instances.id, patientId: studies.patientId })
    .from(instances)
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(inArray(instances.id, ids))
  // one that was deleted meanwhile is nobody's, and may stay named
  return found.every((image) => image.patientId === patientId)
}
