import { sql } from 'drizzle-orm'
import type { Database, Transaction } from '../database.ts'

/**
 * WARNING: outside every practice. Sees what belongs to none (quarantine, checkpoints, the system's own audit
 * chain) and no tenant's rows. For the worker and the operator's pages only.
 */
export function asSystem<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.execute(
      sql`SELECT set_config('bitewing.system', 'on', true), set_config('bitewing.tenant_id', '', true)`,
    )
    return work(tx)
  })
}
