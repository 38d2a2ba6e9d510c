import { sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'

/** Who books, moves or brings back looks for what overlaps one after another: two at once would not see each other. */
export async function lockAppointments(tx: Transaction, tenantId: string): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`appointments ${tenantId}`}, 0))`)
}
