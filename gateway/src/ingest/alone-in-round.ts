import { asSystem, type Database } from '@bitewing/db'
import { sql } from 'drizzle-orm'

/** Any number that no other advisory lock of ours uses. */
const lockKey = 4_250_118_201

/**
 * Runs `work` unless another worker is at it. That spares double work and no more: each step bears being done twice,
 * even at once, so a lock that is lost with its connection does no harm.
 *
 * @returns what `work` returned; null when it was not run
 */
export function aloneInRound<T>(db: Database, work: () => Promise<T>): Promise<T | null> {
  return asSystem(db, async (tx) => {
    const {
      rows: [row],
    } = await tx.execute<{ locked: boolean }>(sql`SELECT pg_try_advisory_xact_lock(${lockKey}) AS locked`)
    return row?.locked ? work() : null
  })
}
