import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { closeDatabase, connectDatabase } from '@bitewing/db'

export type WorkerWatch = {
  /**
   * Waits until the worker has nothing left to do: what it makes after an arrival would else share the processor
   * with what is measured next, the peer's turn among it. The large renditions that nobody has begun to make are
   * taken back: those in AVIF take seconds each, on a busy machine half a minute, and no measurement waits for them. What
   * is done some seconds later is waited for.
   *
   * @throws when nothing is finished for two minutes
   */
  idle(): Promise<void>
  /**
   * Takes back the renditions that nobody has begun to make, so that thousands of slices that only fill a disk do
   * not keep the worker busy while other things are measured.
   */
  dropRenditions(): Promise<void>
  /**
   * Waits until so many images in all have their renditions, since the system began.
   *
   * @returns when it was so, as `performance.now()` tells it, to 20 ms
   * @throws when that takes longer than a minute
   */
  renditionsMade(count: number): Promise<number>
  /** Waits until there is no job at all, also of those that begin later. @throws when that takes longer than five minutes */
  allDone(): Promise<void>
  /**
   * Waits until Postgres has looked at the studies that were stored, as it does by itself within half a minute: until
   * then it plans searches without knowing how many there are. @throws when that takes longer than two minutes
   */
  analysed(): Promise<void>
  close(): Promise<void>
}

const idleMsMax = 60_000
/** The worker has claimed up to 40 jobs, and gives way to all others: how long it takes says how busy the machine is. */
const standstillMsMax = 120_000

/** Less than the delay after which the worker begins to make large renditions. */
const takeBackEveryMs = 5000

/**
 * @param dataFolder of a running system
 * @param withoutLarge takes the large renditions back as long as it watches, and not when it waits for the worker alone
 */
export async function watchWorker(
  dataFolder: string,
  signal: AbortSignal,
  { withoutLarge = false } = {},
): Promise<WorkerWatch> {
  const facts = JSON.parse(await readFile(join(dataFolder, 'runtime.json'), 'utf8')) as {
    environment: { DATABASE_URL: string } // written by npm start
  }
  const db = connectDatabase(facts.environment.DATABASE_URL, 1)
  const takeBackLarge = () =>
    db.client.query(
      `DELETE FROM pgboss.job WHERE name = 'make-large-renditions' AND state IN ('created', 'retry')`,
    )
  // a turn that fails is made up for by the next, and the last one ends with the system
  const timer = withoutLarge
    ? setInterval(() => void takeBackLarge().catch(() => {}), takeBackEveryMs).unref()
    : undefined
  return {
    async idle() {
      let deadline = performance.now() + standstillMsMax
      for (let before = Infinity; ;) {
        signal.throwIfAborted()
        await takeBackLarge()
        const {
          rows: [jobs],
        } = await db.client.query<{ count: number }>(`
          SELECT count(*)::int AS count FROM pgboss.job
          WHERE state IN ('created', 'retry', 'active') AND (start_after <= now() OR name <> 'make-large-renditions')`)
        const left = jobs?.count ?? 0
        if (left === 0) return
        if (left < before) deadline = performance.now() + standstillMsMax
        before = left
        if (performance.now() > deadline) {
          throw new Error(`The worker has finished nothing for two minutes, and ${left} jobs are left`)
        }
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    },
    async dropRenditions() {
      await db.client.query(
        `DELETE FROM pgboss.job WHERE name = 'make-renditions' AND state IN ('created', 'retry')`,
      )
    },
    async allDone() {
      const deadline = performance.now() + 5 * idleMsMax
      for (;;) {
        signal.throwIfAborted()
        const {
          rows: [jobs],
        } = await db.client.query<{ count: number }>(`
          SELECT count(*)::int AS count FROM pgboss.job WHERE state IN ('created', 'retry', 'active')`)
        if (jobs?.count === 0) return
        if (performance.now() > deadline) throw new Error('The worker is still at work after five minutes')
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    },
    async renditionsMade(count) {
      const deadline = performance.now() + idleMsMax
      for (;;) {
        signal.throwIfAborted()
        const {
          rows: [jobs],
        } = await db.client.query<{ count: number }>(`
          SELECT count(*)::int AS count FROM pgboss.job WHERE name = 'make-renditions' AND state = 'completed'`)
        const now = performance.now()
        if ((jobs?.count ?? 0) >= count) return now
        if (now > deadline) throw new Error('The worker has not made all renditions after a minute')
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    async analysed() {
      const deadline = performance.now() + standstillMsMax
      for (;;) {
        signal.throwIfAborted()
        const {
          rows: [left],
        } = await db.client.query<{ isSeen: boolean }>(`
          SELECT n_mod_since_analyze <= 100 + n_live_tup / 50 AND n_ins_since_vacuum <= 200 + n_live_tup / 20 AS "isSeen"
          FROM pg_stat_user_tables WHERE relname = 'studies'`)
        if (left?.isSeen) return
        if (performance.now() > deadline)
          throw new Error('Postgres has not analysed the studies in two minutes')
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    },
    async close() {
      clearInterval(timer)
      await closeDatabase(db)
    },
  }
}
