import type { Database, Transaction } from '../database.ts'
import { inTransaction } from '../in-transaction.ts'

const begin = `BEGIN; SET LOCAL bitewing.system = 'on'; SET LOCAL bitewing.tenant_id = ''`

/**
 * WARNING: outside every practice. Sees what belongs to none (quarantine, checkpoints, the system's own audit
 * chain) and no tenant's rows. For the worker and the operator's pages only.
 */
export function asSystem<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return inTransaction(db.client, begin, work)
}
