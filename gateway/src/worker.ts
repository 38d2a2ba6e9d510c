import { setPriority } from 'node:os'
import { join } from 'node:path'
import { createSessions, foldStorageCounts, listen } from '@bitewing/db'
import { anchorHeads } from './audit/anchor-heads.ts'
import { trimChanges } from './changes/trim-changes.ts'
import { composeSystem } from './compose.ts'
import { purgeDeletions } from './deletion/purge-deletions.ts'
import { endOnSignal } from './end-on-signal.ts'
import { readEnvironment } from './environment.ts'
import { startIngest } from './ingest/start-ingest.ts'
import { createBudget } from './jobs/budget.ts'
import { createCalm } from './jobs/calm.ts'
import { every } from './jobs/every.ts'
import { workOff } from './jobs/work-off.ts'
import { fillArchive } from './originals/fill-archive.ts'
import { secureOriginal } from './originals/secure-original.ts'
import { makeLargeRenditions } from './renditions/make-large-renditions.ts'
import { noteDeletions } from './manifest/note-deletions.ts'
import { createTenantNotes } from './manifest/note-tenants.ts'
import { applyAllTiers } from './tiers/apply-all-tiers.ts'
import { createRecallRounds } from './tiers/follow-recalls.ts'
import { noteTerms } from './tiers/note-terms.ts'
import { makeRenditions } from './renditions/make-renditions.ts'
import { retryRenditions } from './renditions/retry-renditions.ts'

/**
 * A third of what the gateway gets where both want the processor: somebody waits for an upload or a page, and nobody for a
 * thumbnail. Arrivals by C-STORE still come through at once where the machine is not fully busy.
 */
const niceness = 5

/** The worker's process: arrivals, jobs and what has to be done now and then. Any number may run. */
const environment = readEnvironment(process.env)
setPriority(niceness)
const system = await composeSystem(environment, 'worker')
const { db, jobs, log, objectStore } = system
const sessions = createSessions({ db, secure: false })
const { privateKey } = system.signingKey
const noteTenants = createTenantNotes(system)

/** Small originals go several at once, large ones (an upload to a bucket holds some parts in memory) alone. */
const originalsAtOnce = 6
const originalBytesAtOnce = 64 * 1024 * 1024
/** Some more frames than are decoded at once, so that none of the processes waits for the next. */
const framesAtOnce = environment.PIXEL_PROCESSES + 2
const frameBytesAtOnce = 256 * 1024 * 1024
/** After these an image whose decoding crashes or takes too long is marked so, with about a minute between. */
const crashesMax = 4

/** Originals older than months are in no hurry: the store is read a little at a time, and the rest waits for the next run. */
const tierPauseMs = 3_600_000
const tierBudget = { originalsMax: 5_000, bytesMax: 20 * 1024 ** 3 }

const originalRoom = createBudget(originalBytesAtOnce)
const frameRoom = createBudget(frameBytesAtOnce)
const calm = createCalm()
const arrivals = await listen(db, {
  hear: { bitewing_studies: () => calm.disturb() },
  trouble: (error) => log.warn({ err: error }, 'arrivals will be followed again'),
})
const stopJobs = await Promise.all([
  workOff(system, 'secure-original', originalsAtOnce, (job) => secureOriginal(system, job, originalRoom)),
  // nobody waits for it, and Orthanc takes the processor from those who do
  workOff(
    system,
    'fill-archive',
    1,
    async (job) => {
      await calm.wait()
      await fillArchive({ ...system, folder: join(system.spoolDir, 'ingest') }, job, originalRoom)
    },
    3,
  ),
  workOff(system, 'make-renditions', framesAtOnce, (job, tries) =>
    makeRenditions(system, job, { room: frameRoom, lastTry: tries + 1 >= crashesMax }),
  ),
  // queued for later anyway, and nobody waits for them
  workOff(
    system,
    'make-large-renditions',
    1,
    async (job) => {
      await calm.wait()
      await makeLargeRenditions(system, job)
    },
    3,
  ),
])
const ingest = await startIngest(system)

const stops = [
  every(2000, 'anchoring audit heads', () => anchorHeads({ db, objectStore, privateKey }), log),
  every(15_000, 'noting practices in the object store', noteTenants, log),
  every(
    5000,
    'noting deletions in the object store',
    () => noteDeletions({ db, objectStore, privateKey }),
    log,
  ),
  every(600_000, 'sweeping ended sessions', () => sessions.sweep(), log),
  every(60_000, 'purging deletions', () => purgeDeletions(system), log),
  every(3_600_000, 'trimming the feeds of changes', () => trimChanges(db), log),
  every(5_000, 'fetching originals out of the archive', createRecallRounds(system), log),
  every(tierPauseMs, 'moving originals between tiers', () => applyAllTiers(system, tierBudget), log),
  every(60_000, 'noting what storage costs', () => noteTerms(system, environment.STORAGE_PRICES), log),
  every(60_000, 'adding up what is stored', () => foldStorageCounts(db), log),
  every(3_600_000, 'queueing renditions of earlier versions', () => retryRenditions({ db, jobs }), log),
]
log.info('the worker runs')

endOnSignal(log, async () => {
  calm.end()
  await Promise.all([arrivals.close(), ingest.stop(), ...[...stops, ...stopJobs].map((stop) => stop())])
  // what the last seconds recorded is anchored before the end
  await anchorHeads({ db, objectStore, privateKey }).catch(() => {})
  await system.close()
})
