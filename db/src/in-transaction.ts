import { NodePgSession, NodePgTransaction } from 'drizzle-orm/node-postgres'
import { PgDialect } from 'drizzle-orm/pg-core'
import type pg from 'pg'
import { DatabaseAway, orDatabaseAway } from './database-away.ts'
import type { Transaction } from './database.ts'
import { interceptQueries } from './intercept-queries.ts'

/** A ROLLBACK is answered in less than a millisecond, or its connection is of no more use. */
const rollbackMs = 5000

const dialect = new PgDialect()

/**
 * Runs `work` in one transaction on one connection. What `work` asks after the transaction has failed or ended is
 * refused: it can reach neither this connection, which may serve another practice by then, nor a new one.
 * Its statements run one after another, whatever `work` awaits.
 *
 * Written out because drizzle's own loses the connection whose BEGIN fails, gives a dead one back to the pool,
 * and lets the error of a ROLLBACK hide the error that led to it.
 *
 * @param begin statements that begin the transaction, in one round trip; no parameters
 * @throws what `work` throws, or `DatabaseAway`; when COMMIT is lost with its connection, the outcome is not known
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  begin: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw orDatabaseAway(error)
  })
  let over: Error | null = null
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = (run: () => Promise<unknown>): Promise<unknown> => {
    const answer = last.then(async () => {
      if (over) throw over
      try {
        return await run()
      } catch (error) {
        throw orDatabaseAway(error)
      }
    })
    last = answer.catch(() => {})
    return answer
  }

  try {
    await client.query(begin)
    const session = new NodePgSession<Record<string, never>, Record<string, never>>(
      interceptQueries(client, inTurn),
      dialect,
      undefined,
    )
    const result = await work(new NodePgTransaction(dialect, session, undefined))
    await last
    over = new Error('The transaction is committed; a later statement cannot be part of it')
    const { command } = await client.query('COMMIT').catch((error: unknown) => {
      const reason = orDatabaseAway(error)
      if (reason instanceof DatabaseAway) reason.mayBeCommitted = true
      throw reason
    })
    // Postgres answers COMMIT with ROLLBACK, and no error, when an error of a statement was caught by `work`
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back: a statement of it had failed')
    client.release()
    return result
  } catch (error) {
    over = new Error('The transaction has failed; a later statement cannot be part of it', { cause: error })
    client.release(await rollback(client))
    throw orDatabaseAway(error)
  }
}

/** Never throws, nor takes long; returns why the connection cannot be used again, if it cannot. */
async function rollback(client: pg.PoolClient): Promise<Error | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Error>((resolve) => {
    timer = setTimeout(() => resolve(new Error('ROLLBACK was not answered')), rollbackMs)
  })
  const done = client.query('ROLLBACK').then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error('ROLLBACK failed')),
  )
  const unusable = await Promise.race([done, late])
  clearTimeout(timer)
  return unusable
}
