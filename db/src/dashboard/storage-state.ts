import { count, eq } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { instances } from '../schema/index.ts'
import { readStorageUsage } from '../storage/storage-usage.ts'

/** What an owner should know of the store: bytes of originals and renditions, and images still being secured. Inside withTenant. */
export async function storageState(
  tx: Transaction,
): Promise<{ originalBytes: number; renditionBytes: number; pending: number }> {
  const { originals, renditions } = await readStorageUsage(tx)
  const [row] = await tx
    .select({ pending: count() })
    .from(instances)
    .where(eq(instances.originalState, 'pending'))
  return {
    originalBytes: originals.hot.bytes + originals.warm.bytes + originals.cold.bytes,
    renditionBytes: renditions.bytes,
    pending: row?.pending ?? 0,
  }
}
