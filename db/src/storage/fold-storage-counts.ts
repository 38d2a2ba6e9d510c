import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { asSystem } from '../tenancy/as-system.ts'

/** Adds up the differences that stand in `storage_counts`, of all practices; the sums stay what they are. */
export async function foldStorageCounts(db: Database): Promise<void> {
  await asSystem(db, (tx) => tx.execute(sql`SELECT door_fold_storage_counts()`))
}
