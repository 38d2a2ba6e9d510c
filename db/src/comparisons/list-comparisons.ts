import { and, desc, eq, isNull } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import { comparisons, type ComparedImage, type ComparisonMode } from '../schema/index.ts'

export type Comparison = {
  id: string
  title: string
  mode: ComparisonMode
  images: ComparedImage[]
  version: number
  changedAt: Date
  /** who saved it last, by name; null when nobody of that id is left */
  changedBy: string | null
}

/** What was compared and kept for a patient, the latest first. Inside withTenant. */
export async function listComparisons(tx: Transaction, patientId: string): Promise<Comparison[]> {
  const rows = await tx
    .select({
      id: comparisons.id,
      title: comparisons.title,
      mode: comparisons.mode,
      images: comparisons.images,
      version: comparisons.version,
      changedAt: comparisons.changedAt,
      changedBy: userName(comparisons.changedBy),
    })
    .from(comparisons)
    .where(and(eq(comparisons.patientId, patientId), isNull(comparisons.deletedAt)))
    .orderBy(desc(comparisons.changedAt), desc(comparisons.id))
    .limit(comparisonsMax)
  return rows
}

/** More than anybody looks through; the oldest are then found by their pictures. */
const comparisonsMax = 200
