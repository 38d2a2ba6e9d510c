import { desc, eq } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { openedPatients } from '../schema/index.ts'

/** Keeps that somebody opened a patient's page, and whether they saw the images there. Inside withTenant. */
export async function noteOpened(
  tx: Transaction,
  opened: { tenantId: string; userId: string; patientId: string; sawImages: boolean },
): Promise<void> {
  const { sawImages, ...row } = opened
  const now = new Date()
  const seen = sawImages ? { imagesSeenAt: now } : {}
  await tx
    .insert(openedPatients)
    .values({ ...row, openedAt: now, ...seen })
    .onConflictDoUpdate({
      target: [openedPatients.tenantId, openedPatients.userId, openedPatients.patientId],
      set: { openedAt: now, ...seen },
    })
}

/** Whom a user opened last, the latest first, by id. Inside withTenant. */
export async function lastOpened(tx: Transaction, userId: string, limit: number): Promise<string[]> {
  const rows = await tx
    .select({ id: openedPatients.patientId })
    .from(openedPatients)
    .where(eq(openedPatients.userId, userId))
    .orderBy(desc(openedPatients.openedAt))
    .limit(limit)
  return rows.map(({ id }) => id)
}
