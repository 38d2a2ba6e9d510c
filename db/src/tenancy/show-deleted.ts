import { sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'

/**
 * WARNING: from here on the transaction sees also what the practice deleted and may still restore. For deleting,
 * restoring and purging, and for keeping originals safe meanwhile.
 */
export async function showDeleted(tx: Transaction): Promise<void> {
  await tx.execute(sql`SELECT set_config('bitewing.deleted', 'on', true)`)
}
