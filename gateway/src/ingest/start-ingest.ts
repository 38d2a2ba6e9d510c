import type { PgBoss } from 'pg-boss'
import type { Database } from '@bitewing/db'
import type { Logger } from 'pino'
import type { Archive } from '../archive/archive.ts'
import { every } from '../jobs/every.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { followChanges } from './follow-changes.ts'
import { ingestAssigned } from './ingest-assigned.ts'
import { withIngestLock } from './with-ingest-lock.ts'

export type IngestDependencies = {
  db: Database
  jobs: PgBoss
  archive: Archive
  objectStore: ObjectStore
  log: Logger
  /** folder for files on their way; absolute path */
  spoolDir: string
}

const pauseMs = 400

/**
 * Takes over what arrives by C-STORE: follows the changes feed of the archive, and takes in what operators gave
 * to a practice. Any number of workers may run this; one of them at a time does it.
 */
export function startIngest(dependencies: IngestDependencies): { stop(): Promise<void> } {
  const { db, log } = dependencies
  const stop = every(
    pauseMs,
    'taking over arrivals',
    () =>
      withIngestLock(db, async () => {
        await followChanges(dependencies)
        await ingestAssigned(dependencies)
      }),
    log,
  )
  return { stop }
}
