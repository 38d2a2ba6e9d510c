import { and, asc, eq, isNull } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { areImagesOf } from '../patients/are-images-of.ts'
import { comparisons, shareComparisons, type ComparedImage, type ComparisonMode } from '../schema/index.ts'

/** A comparison as somebody was given it. */
export type SharedComparison = {
  id: string
  patientId: string
  title: string
  mode: ComparisonMode
  images: ComparedImage[]
}

/**
 * What a link shows of before and after, in the order it was added. One of whose images was deleted or moved to another
 * patient since is left out. Inside withTenant.
 */
export async function sharedComparisons(tx: Transaction, shareId: string): Promise<SharedComparison[]> {
  const rows = await tx
    .select({
      id: shareComparisons.id,
      patientId: comparisons.patientId,
      title: shareComparisons.title,
      mode: shareComparisons.mode,
      images: shareComparisons.images,
    })
    .from(shareComparisons)
    .innerJoin(comparisons, eq(comparisons.id, shareComparisons.comparisonId))
    .where(and(eq(shareComparisons.shareId, shareId), isNull(shareComparisons.removedAt)))
    .orderBy(asc(shareComparisons.createdAt), asc(shareComparisons.id))
  const shown: SharedComparison[] = []
  for (const row of rows) {
    const images = row.images.map(({ instanceId }) => instanceId)
    if (await areImagesOf(tx, row.patientId, images)) shown.push(row)
  }
  return shown
}
