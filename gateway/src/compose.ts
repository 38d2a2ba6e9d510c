import { mkdir } from 'node:fs/promises'
import { hkdfSync } from 'node:crypto'
import { join } from 'node:path'
import {
  closeDatabase,
  connectDatabase,
  connectJobs,
  createAudit,
  createSessions,
  systemChainId,
  withTenant,
  type Audit,
  type Database,
} from '@bitewing/db'
import { tenants } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import type { PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Archive } from './archive/archive.ts'
import { createOrthancArchive } from './archive/orthanc-archive.ts'
import type { Environment } from './environment.ts'
import { metricsOfAllProcesses } from './health/metrics-of-all-processes.ts'
import { storageGauges } from './health/storage-gauges.ts'
import { createStudyFeed } from './live/study-feed.ts'
import { createLog } from './log.ts'
import { createObjectStore, createTenantKeys, openBlobs, readMasterKey } from './object-store/index.ts'
import type { ObjectStore } from './object-store/object-store.ts'
import { sweepSpool } from './originals/sweep-spool.ts'
import { storageCredentials, type StorageKeys } from './storage-credentials.ts'
import { createPixels } from './pixels/create-pixels.ts'
import type { Pixels } from './pixels/pixels.ts'

/** The ports that gateway and worker share. Only this file constructs them. */
export type System = {
  log: Logger
  metrics: Registry
  db: Database
  jobs: PgBoss
  audit: Audit
  archive: Archive
  objectStore: ObjectStore
  pixels: Pixels
  /** largest frame that is held in memory, in bytes */
  frameBytesMax: number
  /** 32 bytes; wraps data keys and signs audit heads */
  masterKey: Buffer
  spoolDir: string
  close(): Promise<void>
}

/** To Postgres at most; the gateway's are shared by its processes, but each has enough to go on with. */
const gatewayConnections = 24
const workerConnections = 8

export type GatewaySystem = Awaited<ReturnType<typeof composeGateway>>

export async function composeSystem(
  environment: Environment,
  process: 'gateway' | 'worker',
): Promise<System> {
  const log = createLog({ level: environment.LOG_LEVEL, process })
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics, prefix: 'bitewing_' })
  await mkdir(environment.SPOOL_DIR, { recursive: true, mode: 0o700 })

  const masterKey = await readMasterKey(environment)
  const shareOf = (whole: number, least = 1) =>
    process === 'gateway' ? Math.max(least, Math.ceil(whole / environment.GATEWAY_PROCESSES)) : whole
  const connections = process === 'gateway' ? shareOf(gatewayConnections, 6) : workerConnections
  const db = connectDatabase(environment.DATABASE_URL, connections, {
    ...(process === 'gateway' ? { queryTimeoutMs: environment.QUERY_TIMEOUT_MS } : {}),
  })
  const jobs = await whenAnswering(log, 'database', () =>
    connectJobs({
      url: environment.DATABASE_URL,
      supervise: process === 'worker',
      onError: (error) => log.warn({ err: error }, 'job queue'),
    }),
  )
  const audit = createAudit({ db })
  const archive = createOrthancArchive({ url: environment.ORTHANC_URL })
  const { objectStore, close: closeStore } = await whenAnswering(log, 'object store', () =>
    openObjectStore(environment, db, masterKey),
  )
  const pixels = createPixels({
    processes: shareOf(environment.PIXEL_PROCESSES),
    timeoutMs: 30_000,
    memoryMaxMb: 2048,
    niceness: process === 'worker' ? 10 : 0,
    onIncident: (incident) => log.warn(incident, 'a pixel process was replaced'),
  })

  return {
    log,
    metrics,
    db,
    jobs,
    audit,
    archive,
    objectStore,
    pixels,
    frameBytesMax: environment.FRAME_BYTES_MAX,
    masterKey,
    spoolDir: environment.SPOOL_DIR,
    async close() {
      await audit.close()
      await jobs.stop({ graceful: true, timeout: 5000 })
      await pixels.close()
      await archive.close()
      closeStore()
      await closeDatabase(db)
    },
  }
}

export async function composeGateway(environment: Environment) {
  const system = await composeSystem(environment, 'gateway')
  const { db, log } = system
  const publicUrlConfigured = environment.PUBLIC_URL?.replace(/\/+$/, '')
  const publicUrl = publicUrlConfigured ?? `http://localhost:${environment.PORT}`
  const stowSpoolDir = join(environment.SPOOL_DIR, 'stow')
  await mkdir(stowSpoolDir, { recursive: true, mode: 0o700 })
  const abandoned = await sweepSpool(stowSpoolDir)
  if (abandoned > 0) log.warn({ files: abandoned }, 'removed what a killed gateway left in the spool')
  const studyFeed = await createStudyFeed({ db, log })
  storageGauges(system)

  return {
    ...system,
    exposeMetrics: metricsOfAllProcesses(system.metrics),
    sessions: createSessions({ db, secure: publicUrl.startsWith('https:') }),
    studyFeed,
    publicUrl,
    publicUrlConfigured,
    spoolDir: stowSpoolDir,
    webUrl: environment.WEB_URL,
    ohifDir: environment.OHIF_DIR ?? '',
    corsOrigins: environment.CORS_ORIGINS,
    trustedProxy: environment.TRUSTED_PROXY,
    stowBodyBytesMax: environment.STOW_BODY_BYTES_MAX,
    stowInstanceBytesMax: environment.STOW_INSTANCE_BYTES_MAX,
    stowMemoryBytesMax: environment.STOW_MEMORY_BYTES_MAX,
    stowPartsMax: environment.STOW_PARTS_MAX,
    framesPerRequestMax: environment.FRAMES_PER_REQUEST_MAX,
    // connections are dealt out in turn, so that each process sees its part of one credential's requests
    requestsPerCredentialMax: Math.ceil(
      environment.REQUESTS_PER_CREDENTIAL_MAX / environment.GATEWAY_PROCESSES,
    ),
    searchResultsMax: environment.SEARCH_RESULTS_MAX,
    searchBytesMax: environment.SEARCH_BYTES_MAX,
    keptBytesMax: environment.KEPT_RENDITIONS_BYTES_MAX,
    deletionGraceMs: environment.DELETION_GRACE_DAYS * 24 * 3_600_000,
    async close() {
      await studyFeed.close()
      await system.close()
    },
  }
}

/** The object store with each practice's own key; the nil UUID's key, for the system's audit heads, is derived. */
export async function openObjectStore(
  environment: Pick<Environment, 'STORAGE_URL' | 'STORAGE_RESIDENCY_DECISION'> & StorageKeys,
  db: Database,
  masterKey: Buffer,
): Promise<{ objectStore: ObjectStore; close(): void }> {
  const systemKey = Buffer.from(hkdfSync('sha256', masterKey, '', 'bitewing system objects v1', 32))
  const tenantKeys = createTenantKeys({
    masterKey,
    loadWrapped: (tenantId) =>
      withTenant(db, tenantId, async (tx) => {
        const [row] = await tx
          .select({ wrapped: tenants.wrappedDataKey })
          .from(tenants)
          .where(eq(tenants.id, tenantId))
        return row?.wrapped ?? null
      }),
  })
  const { blobs, close } = await openBlobs({
    storageUrl: environment.STORAGE_URL,
    credentials: storageCredentials(environment),
    residencyDecision: environment.STORAGE_RESIDENCY_DECISION,
  })
  const objectStore = createObjectStore({
    blobs,
    tenantKeys: (tenantId) =>
      tenantId === systemChainId ? Promise.resolve(systemKey) : tenantKeys(tenantId),
  })
  return { objectStore, close }
}

/** Starts come in any order: waits, with a line in the log, for what is not there yet. */
async function whenAnswering<T>(log: Logger, what: string, connect: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connect()
    } catch (error) {
      if (attempt >= 60) throw error
      log.warn({ what, attempt, err: error }, 'waiting for a dependency')
      await new Promise((resolve) => setTimeout(resolve, Math.min(250 * attempt, 2000)))
    }
  }
}
