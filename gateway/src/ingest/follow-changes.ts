import { asSystem } from '@bitewing/db'
import { archiveCheckpoints } from '@bitewing/db/schema'
import { eq, sql } from 'drizzle-orm'
import { takeArrival } from './take-arrival.ts'
import type { IngestDependencies } from './start-ingest.ts'

const archiveId = 'default'
const changesPerRead = 100
/** Arrivals taken over at the same time. */
const concurrency = 4

/**
 * Takes over every instance that the changes feed shows since the checkpoint, and moves the checkpoint when a
 * page of the feed is done. Interrupted anywhere, the page is read again: taking an arrival twice changes nothing.
 */
export async function followChanges(dependencies: IngestDependencies): Promise<void> {
  const { db, archive } = dependencies
  for (;;) {
    const since = await readCheckpoint(dependencies)
    const { changes, last, done } = await archive.changes(since, changesPerRead)
    if (changes.length === 0 && last <= since) return

    const waiting = changes.filter(({ kind }) => kind === 'NewInstance').map(({ orthancId }) => orthancId)
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          await takeArrival(dependencies, next)
        }
      }),
    )
    await asSystem(db, (tx) =>
      tx
        .insert(archiveCheckpoints)
        .values({ archiveId, lastChange: last })
        .onConflictDoUpdate({
          target: archiveCheckpoints.archiveId,
          set: { lastChange: last, updatedAt: sql`now()` },
        }),
    )
    if (done) return
  }
}

/** A feed that ends before the checkpoint belongs to a new, empty Orthanc: it is followed from its start. */
async function readCheckpoint({ db, archive, log }: IngestDependencies): Promise<number> {
  const [row] = await asSystem(db, (tx) =>
    tx
      .select({ lastChange: archiveCheckpoints.lastChange })
      .from(archiveCheckpoints)
      .where(eq(archiveCheckpoints.archiveId, archiveId)),
  )
  const checkpoint = row?.lastChange ?? 0
  if (checkpoint === 0 || (await archive.lastChange()) >= checkpoint) return checkpoint
  log.warn({ archiveId }, 'the archive was replaced; its changes are followed from the start')
  return 0
}
