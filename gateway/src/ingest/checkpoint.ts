import { asSystem } from '@bitewing/db'
import { archiveCheckpoints } from '@bitewing/db/schema'
import { eq, sql } from 'drizzle-orm'
import type { Change } from '../archive/archive.ts'
import type { IngestDependencies } from './start-ingest.ts'

const archiveId = 'default'

/** Sequence number of the last change that was taken over; 0 when none was. */
export async function readCheckpoint(dependencies: IngestDependencies): Promise<number> {
  return (await read(dependencies))?.lastChange ?? 0
}

/**
 * @param lastChange where the feed goes on
 * @param landmark   a change before that, by which the feed is known again; null keeps the one before
 */
export async function moveCheckpoint(
  { db }: IngestDependencies,
  lastChange: number,
  landmark: Change | null,
): Promise<void> {
  const databaseId = landmark ? nameOf(landmark) : null
  await asSystem(db, (tx) =>
    tx
      .insert(archiveCheckpoints)
      .values({ archiveId, lastChange, databaseId: databaseId ?? '' })
      .onConflictDoUpdate({
        target: archiveCheckpoints.archiveId,
        set: { lastChange, updatedAt: sql`now()`, ...(databaseId === null ? {} : { databaseId }) },
      }),
  )
}

/**
 * Makes sure that the checkpoint belongs to this feed. Orthanc 1.10.1 gives its database no name, and a feed may end
 * before the checkpoint because what came last was deleted; but a change that is still there has kept its number, id
 * and time. Where it has not, or is gone, the feed is read from its start: that is slow, and changes nothing for
 * what is filed already.
 */
export async function checkCheckpoint(dependencies: IngestDependencies): Promise<void> {
  const { archive, log } = dependencies
  const row = await read(dependencies)
  if (!row || row.lastChange === 0) return
  const sequence = Number.parseInt(row.databaseId, 10)
  if (Number.isNaN(sequence)) {
    // nothing has arrived yet by which the feed could be known
    if ((await archive.lastChange()) >= row.lastChange) return
  } else {
    const { changes } = await archive.changes(sequence - 1, 1)
    if (changes.some((change) => nameOf(change) === row.databaseId)) return
  }
  log.warn({ archiveId }, 'the changes of the archive are read from the start')
  await moveCheckpoint(dependencies, 0, null)
}

function nameOf({ sequence, orthancId, date }: Change): string {
  return `${sequence} ${orthancId} ${date}`
}

async function read({ db }: IngestDependencies) {
  const [row] = await asSystem(db, (tx) =>
    tx.select().from(archiveCheckpoints).where(eq(archiveCheckpoints.archiveId, archiveId)),
  )
  return row ?? null
}
