import { sql } from 'drizzle-orm'
import { fromDrizzle, PgBoss, type Queue } from 'pg-boss'
import type { Transaction } from './database.ts'

/** Every queue and what its jobs carry: ids only, never patient data. */
export type JobPayloads = {
  /** Copy the original from the archive to the object store. */
  'secure-original': { tenantId: string; instanceId: string }
  /** Give the archive what the object store has. */
  'fill-archive': { tenantId: string; instanceId: string }
  /** Make the renditions that pages ask for first. */
  'make-renditions': { tenantId: string; instanceId: string }
  /** Make those that nobody waits for. */
  'make-large-renditions': { tenantId: string; instanceId: string }
}
export type JobName = keyof JobPayloads

const daySeconds = 24 * 3600
/**
 * A worker tells every five seconds that it is alive. One that was killed is noticed when its last word is 20 s old,
 * at the next look (`connectJobs`), and its jobs wait for the delay of another try: 30 to 50 seconds in all.
 */
const heartbeatSeconds = 20

const queueOptions: Record<JobName, Omit<Queue, 'name'>> = {
  'secure-original': {
    // an object store may be away for weeks; the original is safe when the job is done, and not before
    retryLimit: 1_000_000,
    retentionSeconds: 3650 * daySeconds,
    retryDelay: 5,
    retryBackoff: true,
    retryDelayMax: 600,
    expireInSeconds: 3600,
    heartbeatSeconds,
    notify: true,
    deleteAfterSeconds: daySeconds,
  },
  'fill-archive': {
    // the archive may be away or full for weeks
    retryLimit: 1_000_000,
    retentionSeconds: 3650 * daySeconds,
    retryDelay: 5,
    retryBackoff: true,
    retryDelayMax: 600,
    expireInSeconds: 3600,
    heartbeatSeconds,
    deleteAfterSeconds: daySeconds,
  },
  'make-renditions': {
    retryLimit: 50,
    retryDelay: 5,
    retryBackoff: true,
    retryDelayMax: 600,
    expireInSeconds: 1800,
    heartbeatSeconds,
    notify: true,
    deleteAfterSeconds: daySeconds,
  },
  // queued for later, when nobody tells: looked for instead
  'make-large-renditions': {
    retryLimit: 10,
    retryDelay: 30,
    retryBackoff: true,
    retryDelayMax: 3600,
    expireInSeconds: 1800,
    heartbeatSeconds,
    deleteAfterSeconds: daySeconds,
  },
}
export const jobNames = Object.keys(queueOptions) as JobName[]

/** Installs or updates the queue's schema and the queues; by the owner, at migration. */
export async function installJobs(ownerUrl: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: ownerUrl,
    schema: 'pgboss',
    max: 2,
    supervise: false,
    schedule: false,
  })
  boss.on('error', () => {}) // start() rejects with the reason
  await boss.start()
  try {
    for (const name of jobNames) {
      if (await boss.getQueue(name)) await boss.updateQueue(name, queueOptions[name])
      else await boss.createQueue(name, queueOptions[name])
    }
  } finally {
    await boss.stop({ graceful: false })
  }
}

/**
 * Opens the queue as the app's role.
 *
 * @param onError told of connection trouble; the queue goes on by itself
 */
export async function connectJobs(options: {
  url: string
  connectionsMax?: number
  /** true in the worker: looks after expired and finished jobs, and hears of new ones */
  supervise: boolean
  onError: (error: unknown) => void
}): Promise<PgBoss> {
  const boss = new PgBoss({
    connectionString: options.url,
    schema: 'pgboss',
    max: options.connectionsMax ?? 4,
    migrate: false,
    createSchema: false,
    schedule: false,
    supervise: options.supervise,
    useListenNotify: options.supervise,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 10,
    application_name: 'bitewing-jobs',
  })
  boss.on('error', options.onError)
  return boss.start()
}

/**
 * Puts a job on its queue inside the caller's transaction: it exists when the rows do, and only then.
 *
 * @param delaySeconds before it may begin
 */
export async function enqueue<N extends JobName>(
  boss: PgBoss,
  tx: Transaction,
  name: N,
  payload: JobPayloads[N],
  delaySeconds = 0,
): Promise<void> {
  await boss.send(name, payload, { db: fromDrizzle(tx, sql), startAfter: delaySeconds })
}

/**
 * As `enqueue`, for any number of jobs of one queue by one statement.
 *
 * @param delaySeconds before they may begin
 * @param priority     those of a higher one go first; usually 0
 */
export async function enqueueAll<N extends JobName>(
  boss: PgBoss,
  tx: Transaction,
  name: N,
  payloads: readonly JobPayloads[N][],
  { delaySeconds = 0, priority = 0 }: { delaySeconds?: number; priority?: number } = {},
): Promise<void> {
  if (payloads.length === 0) return
  const jobs = payloads.map((data) => ({ data, startAfter: delaySeconds, priority }))
  await boss.insert(name, jobs, { db: fromDrizzle(tx, sql) })
}
