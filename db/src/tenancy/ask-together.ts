import type { Database } from '../database.ts'
import { DatabaseAway } from '../database-away.ts'
import { askInTenant, type AnswerRow, type Question } from './ask-in-tenant.ts'

type Asking = { question: Question; resolve(rows: AnswerRow[]): void; reject(reason: unknown): void }

/** More of them than connections of one process have requests under way at a time. */
const togetherMax = 64
const waiting = new WeakMap<Database['client'], Map<string, Asking[]>>()

/**
 * As `askInTenant`, for one question that an index answers at once: those that one practice asks in the same turn of
 * the event loop share a round trip and the scope. None waits for that turn to end but those that came in it, and
 * none is answered from what was asked before it came.
 *
 * Not for searches, behind which the others would wait.
 *
 * @returns its rows
 * @throws {DatabaseAway}
 */
export function askTogether(
  db: Pick<Database, 'client'>,
  tenantId: string,
  question: Question,
): Promise<AnswerRow[]> {
  const ofDatabase = waiting.get(db.client) ?? new Map<string, Asking[]>()
  waiting.set(db.client, ofDatabase)
  return new Promise((resolve, reject) => {
    const asking = { question, resolve, reject }
    const others = ofDatabase.get(tenantId)
    if (others && others.length < togetherMax) {
      others.push(asking)
      return
    }
    const some = [asking]
    ofDatabase.set(tenantId, some)
    // after what this turn has read from all connections
    setImmediate(() => {
      if (ofDatabase.get(tenantId) === some) ofDatabase.delete(tenantId)
      void ask(some)
    })
  })

  async function ask(some: Asking[]): Promise<void> {
    try {
      const answers = await askInTenant(
        db,
        tenantId,
        some.map(({ question }) => question),
      )
      for (const [index, { resolve }] of some.entries()) resolve(answers[index] ?? [])
    } catch (error) {
      // one that Postgres refuses fails alone
      if (some.length === 1 || error instanceof DatabaseAway) for (const { reject } of some) reject(error)
      else await Promise.all(some.map((one) => ask([one])))
    }
  }
}
