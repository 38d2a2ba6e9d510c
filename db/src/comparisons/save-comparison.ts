import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { areImagesOf } from '../patients/are-images-of.ts'
import { comparisons, type ComparedImage, type ComparisonMode } from '../schema/index.ts'

export type ComparisonDraft = {
  patientId: string
  title: string
  mode: ComparisonMode
  images: ComparedImage[]
}

export type SavedComparison =
  | { saved: true; id: string; version: number }
  /** `absent`: comparison or patient; `image`: one is not of this patient; `changed`: somebody else has saved since */
  | { saved: false; why: 'absent' | 'image' | 'changed' }

/**
 * Keeps a comparison, a new one or a changed one. Inside withTenant.
 *
 * @param over the comparison and the version that was opened; null for a new one
 * @param userId who saves
 */
export async function saveComparison(
  tx: Transaction,
  tenantId: string,
  draft: ComparisonDraft,
  over: { id: string; version: number } | null,
  userId: string,
): Promise<SavedComparison> {
  const images = draft.images.map(({ instanceId }) => instanceId)
  if (images.length === 0 || !(await areImagesOf(tx, draft.patientId, images)))
    return { saved: false, why: 'image' }

  const values = { title: draft.title, mode: draft.mode, images: draft.images, changedBy: userId }
  if (over === null) {
    const [made] = await tx
      .insert(comparisons)
      .values({ ...values, tenantId, patientId: draft.patientId, createdBy: userId })
      .returning({ id: comparisons.id, version: comparisons.version })
    return made ? { saved: true, ...made } : { saved: false, why: 'absent' }
  }
  const own = and(
    eq(comparisons.id, over.id),
    eq(comparisons.patientId, draft.patientId),
    isNull(comparisons.deletedAt),
  )
  const [changed] = await tx
    .update(comparisons)
    .set({ ...values, version: sql`${comparisons.version} + 1`, changedAt: new Date() })
    .where(and(own, eq(comparisons.version, over.version)))
    .returning({ id: comparisons.id, version: comparisons.version })
  if (changed) return { saved: true, ...changed }
  const [there] = await tx.select({ id: comparisons.id }).from(comparisons).where(own)
  return { saved: false, why: there ? 'changed' : 'absent' }
}
