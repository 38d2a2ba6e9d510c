import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '@bitewing/db'
import type { PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import type { Archive } from '../archive/archive.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { sweepSpool } from '../originals/sweep-spool.ts'
import { aloneInRound } from './alone-in-round.ts'
import { createBell } from './bell.ts'
import { checkCheckpoint } from './checkpoint.ts'
import { followChanges } from './follow-changes.ts'
import { ingestAssigned } from './ingest-assigned.ts'
import { createHostAddresses, type HostAddresses } from './host-addresses.ts'
import { listSpool } from './spool-entry.ts'
import { takeSpooled } from './take-spooled.ts'

export type IngestDependencies = {
  db: Database
  jobs: PgBoss
  archive: Archive
  objectStore: ObjectStore
  log: Logger
  /** absolute path; Orthanc's hook puts duplicates there, and files on their way lie below it */
  spoolDir: string
  hostAddresses: HostAddresses
}

/** How long an arrival waits at most when nothing rings the bell, in ms. */
const pollMs = 1000
const retryMs = 1000
const duplicatesPerRound = 50

/**
 * Takes over what arrives by C-STORE: follows the changes feed of the archive, takes the duplicates that the hook in
 * Orthanc hands over, and takes in what operators gave to a practice. Any number of workers may run this; one of
 * them at a time does it.
 *
 * Every step is safe to repeat, so that a worker may end anywhere.
 */
export async function startIngest(
  ports: Omit<IngestDependencies, 'hostAddresses'>,
): Promise<{ stop(): Promise<void> }> {
  const { db, log, spoolDir } = ports
  const dependencies = { ...ports, hostAddresses: createHostAddresses({ log }) }
  for (const name of ['ingest', 'quarantine']) {
    await mkdir(join(spoolDir, name), { recursive: true, mode: 0o700 })
  }
  await sweepSpool(join(spoolDir, 'ingest'))
  const bell = createBell(spoolDir)
  const stopping = new AbortController()
  const { signal } = stopping

  let feedIsKnown = false
  const round = async () => {
    if (!feedIsKnown) await checkCheckpoint(dependencies)
    feedIsKnown = true
    return takeSome(dependencies)
  }
  const run = async () => {
    while (!signal.aborted) {
      try {
        if ((await aloneInRound(db, round)) === 'more') continue
      } catch (error) {
        log.warn({ err: error }, 'arrivals could not be taken over and will be tried again')
        feedIsKnown = false // Orthanc may come back with another database
        await pause(retryMs, signal)
      }
      await bell.rung(pollMs, signal)
    }
  }
  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
      bell.close()
    },
  }
}

/** A part of what waits; `more` when there is more of it. */
async function takeSome(dependencies: IngestDependencies): Promise<'more' | 'done'> {
  // Listed before the feed is read: what a duplicate is a duplicate of is in the feed by then, and comes first.
  const duplicates = await listSpool(dependencies.spoolDir)
  if ((await followChanges(dependencies)) === 'more') return 'more'
  for (const name of duplicates.slice(0, duplicatesPerRound)) await takeSpooled(dependencies, name)
  await ingestAssigned(dependencies)
  return duplicates.length > duplicatesPerRound ? 'more' : 'done'
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  signal.addEventListener('abort', () => resolve(), { once: true })
  await promise
  clearTimeout(timer)
}
