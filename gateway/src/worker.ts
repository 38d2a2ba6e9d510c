import { auditSigningKey, createSessions } from '@bitewing/db'
import { anchorHeads } from './audit/anchor-heads.ts'
import { composeSystem } from './compose.ts'
import { endOnSignal } from './end-on-signal.ts'
import { readEnvironment } from './environment.ts'
import { startIngest } from './ingest/start-ingest.ts'
import { every } from './jobs/every.ts'
import { secureOriginal } from './originals/secure-original.ts'
import { makeRenditions } from './renditions/make-renditions.ts'

/** The worker's process: arrivals, jobs and what has to be done now and then. Any number may run. */
const environment = readEnvironment(process.env)
const system = await composeSystem(environment, 'worker')
const { db, jobs, log, objectStore } = system
const sessions = createSessions({ db, secure: false })
const { privateKey } = auditSigningKey(system.masterKey)

await jobs.work(
  'secure-original',
  { pollingIntervalSeconds: 1, batchSize: 1, localConcurrency: 4 },
  async ([job]) => {
    if (job) await secureOriginal(system, job.data as Parameters<typeof secureOriginal>[1])
  },
)
await jobs.work(
  'make-renditions',
  { pollingIntervalSeconds: 0.5, batchSize: 1, localConcurrency: 2 },
  async ([job]) => {
    if (job) await makeRenditions(system, job.data as Parameters<typeof makeRenditions>[1])
  },
)
const ingest = await startIngest(system)

const stops = [
  every(2000, 'anchoring audit heads', () => anchorHeads({ db, objectStore, privateKey }), log),
  every(600_000, 'sweeping ended sessions', () => sessions.sweep(), log),
]
log.info('the worker runs')

endOnSignal(log, async () => {
  await Promise.all([ingest.stop(), ...stops.map((stop) => stop())])
  // what the last seconds recorded is anchored before the end
  await anchorHeads({ db, objectStore, privateKey }).catch(() => {})
  await system.close()
})
