import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { closeDatabase, connectDatabase } from '@bitewing/db'

export type WorkerWatch = {
  /**
   * Waits until the worker has nothing left to do: what it makes after an arrival would else share the processor
   * with what is measured next, the peer's turn among it.
   *
   * @throws when that takes longer than a minute
   */
  idle(): Promise<void>
  /**
   * Takes back the renditions that nobody has begun to make, so that thousands of slices that only fill a disk do
   * not keep the worker busy while other things are measured.
   */
  dropRenditions(): Promise<void>
  close(): Promise<void>
}

const idleMsMax = 60_000

/** @param dataFolder of a running system */
export async function watchWorker(dataFolder: string, signal: AbortSignal): Promise<WorkerWatch> {
  const facts = JSON.parse(await readFile(join(dataFolder, 'runtime.json'), 'utf8')) as {
    environment: { DATABASE_URL: string } // written by npm start
  }
  const db = connectDatabase(facts.environment.DATABASE_URL, 1)
  return {
    async idle() {
      const deadline = performance.now() + idleMsMax
      for (;;) {
        signal.throwIfAborted()
        const {
          rows: [jobs],
        } = await db.client.query<{ count: number }>(`
          SELECT count(*)::int AS count FROM pgboss.job WHERE state IN ('created', 'retry', 'active')`)
        if (jobs?.count === 0) return
        if (performance.now() > deadline) throw new Error('The worker is still at work after a minute')
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    },
    async dropRenditions() {
      await db.client.query(
        `DELETE FROM pgboss.job WHERE name = 'make-renditions' AND state IN ('created', 'retry')`,
      )
    },
    close: () => closeDatabase(db),
  }
}
