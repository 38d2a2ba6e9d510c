import type { Database, Transaction } from '../database.ts'
import { inTransaction } from '../in-transaction.ts'
import { isTenantId } from './is-tenant-id.ts'

/**
 * Runs `work` in a transaction that sees and changes the rows of one practice alone (row-level security).
 * Every query on tenant data goes through here.
 *
 * @param tenantId id of the practice, from an authenticated credential, never from a request's parameters
 * @see askInTenant for reading in one round trip
 * @see asSystem for the few rows that belong to no practice
 */
export function withTenant<T>(
  db: Database,
  tenantId: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  // part of a statement, where there are no parameters
  if (!isTenantId(tenantId)) return Promise.reject(new Error('A practice is named by a UUID'))
  return inTransaction(db.client, `BEGIN; SET LOCAL bitewing.tenant_id = '${tenantId}'`, work)
}
