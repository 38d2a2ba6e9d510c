import { desc, inArray } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import { shares } from '../schema/index.ts'

export type StudyShare = {
  id: string
  studyId: string
  recipient: string
  createdAt: Date
  /** name of the member of staff; null when they have left the practice */
  createdBy: string | null
  expiresAt: Date
  revokedAt: Date | null
  openedCount: number
  lastOpenedAt: Date | null
}

/** All links ever made to these studies, newest first: live, over and revoked. Inside withTenant. */
export async function studyShares(tx: Transaction, studyIds: string[]): Promise<StudyShare[]> {
  if (studyIds.length === 0) return []
  const rows = await tx
    .select({
      id: shares.id,
      studyId: shares.studyId,
      recipient: shares.recipient,
      createdAt: shares.createdAt,
      createdBy: userName(shares.createdBy),
      expiresAt: shares.expiresAt,
      revokedAt: shares.revokedAt,
      openedCount: shares.openedCount,
      lastOpenedAt: shares.lastOpenedAt,
    })
    .from(shares)
    .where(inArray(shares.studyId, studyIds))
    .orderBy(desc(shares.createdAt))
  return rows.map(({ studyId, ...share }) => ({
    ...share,
    studyId: studyId ?? '', // never: asked for by study
  }))
}
