import { desc, eq } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { shares } from '../schema/index.ts'

/** The links made to a version of a plan, the newest first: live, over and revoked. Inside withTenant. */
export async function planShares(
  tx: Transaction,
  versionId: string,
): Promise<
  {
    id: string
    recipient: string
    createdAt: Date
    expiresAt: Date
    revokedAt: Date | null
    openedCount: number
  }[]
> {
  return tx
    .select({
      id: shares.id,
      recipient: shares.recipient,
      createdAt: shares.createdAt,
      expiresAt: shares.expiresAt,
      revokedAt: shares.revokedAt,
      openedCount: shares.openedCount,
    })
    .from(shares)
    .where(eq(shares.planVersionId, versionId))
    .orderBy(desc(shares.createdAt))
}
