import { withTenant, type Database } from '@bitewing/db'
import { sql } from 'drizzle-orm'
import type { ObjectName } from '../object-store/object-store.ts'

/** Each holds a connection to Postgres while a picture is made; what comes beyond is made without. */
const locksMax = 2
const waitMsMax = 15_000
const lookAgainMs = 100

/**
 * Lets one of all processes make an object that several want at once: whoever has its lock in Postgres makes it, the
 * others look for it until it is there. Nobody waits for ever, nor for Postgres: who finds no lock to be had, none left,
 * or nothing after some seconds makes it too, which is dearer and does no harm.
 *
 * @returns a function that resolves with what `read` found meanwhile, null where this caller's `work` did it
 */
export function createMakeOnce({ db }: { db: Database }) {
  let locks = 0

  return async function makeOnce(
    { tenantId, name }: ObjectName,
    read: () => Promise<Buffer | null>,
    work: () => Promise<void>,
  ): Promise<Buffer | null> {
    for (const deadline = performance.now() + waitMsMax; performance.now() < deadline && locks < locksMax;) {
      let begun = false
      locks += 1
      try {
        const outcome = await withTenant(db, tenantId, async (tx) => {
          const { rows } = await tx.execute<{ ours: boolean }>(
            sql`SELECT pg_try_advisory_xact_lock(hashtextextended(${`rendition ${tenantId} ${name}`}, 0)) AS ours`,
          )
          if (rows[0]?.ours !== true) return 'taken' as const
          const there = await read() // by whoever had the lock until now
          if (there) return there
          begun = true
          await work()
          return null
        })
        if (outcome !== 'taken') return outcome
      } catch (error) {
        if (begun) throw error
        break // Postgres is away
      } finally {
        locks -= 1
      }
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs))
      const there = await read()
      if (there) return there
    }
    await work()
    return null
  }
}
