import { mkdir } from 'node:fs/promises'
import { createSecretKey, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import {
  auditKeyPair,
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
import { openSystemKeys } from './keys/open-system-keys.ts'
import {
  createObjectStore,
  createTenantKeys,
  KeyUnusable,
  openBlobs,
  openMasterKeys,
  StorageMisconfigured,
  StorageResidencyRefused,
  type MasterKeys,
} from './object-store/index.ts'
import type { ObjectStore } from './object-store/object-store.ts'
import { sweepSpool } from './originals/sweep-spool.ts'
import { storageCredentials, type StorageKeys } from './storage-credentials.ts'
import { openMovingStore } from './storage-move/open-moving-store.ts'
import { createCdnAddress } from './renditions/cdn-address.ts'
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
  /** where the objects are now, as `STORAGE_URL` */
  storageUrl: () => string
  /** what wraps the data keys; see `openMasterKeys` */
  masterKeys: MasterKeys
  pixels: Pixels
  /** largest frame that is held in memory, in bytes */
  frameBytesMax: number
  /** signs what the object store keeps of the database: audit heads, manifests */
  signingKey: { privateKey: KeyObject; publicKey: KeyObject }
  spoolDir: string
  close(): Promise<void>
}

/** To Postgres at most; the gateway's are shared by its processes, but each has enough to go on with. */
const gatewayConnections = 24
const workerConnections = 8
/** To Orthanc at most, from all gateway processes together and from a worker: a kept one occupies one of its 50 threads. */
const orthancConnections = 24

export type GatewaySystem = Awaited<ReturnType<typeof composeGateway>>

export async function composeSystem(
  environment: Environment,
  process: 'gateway' | 'worker',
): Promise<System> {
  const log = createLog({ level: environment.LOG_LEVEL, process })
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics, prefix: 'bitewing_' })
  await mkdir(environment.SPOOL_DIR, { recursive: true, mode: 0o700 })

  const masterKeys = await whenAnswering(log, 'key service', () => openMasterKeys(environment))
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
  const archive = createOrthancArchive({
    url: environment.ORTHANC_URL,
    connections: shareOf(orthancConnections, 6),
  })
  const {
    objectStore,
    signingKey,
    url: storageUrl,
    close: closeStore,
  } = await whenAnswering(log, 'object store', () =>
    openObjectStore(environment, { db, masterKeys, log, process }),
  )
  const pixels = createPixels({
    processes: shareOf(environment.PIXEL_PROCESSES),
    timeoutMs: 30_000,
    memoryMaxMb: 2048,
    niceness: process === 'worker' ? 10 : 0,
    lendingFolders: () => objectStore.folders,
    // when what starts beside it has started; the worker has its first jobs before that
    ...(process === 'gateway' && { warmUpAfterMs: 20_000 }),
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
    storageUrl,
    masterKeys,
    pixels,
    frameBytesMax: environment.FRAME_BYTES_MAX,
    signingKey,
    spoolDir: environment.SPOOL_DIR,
    async close() {
      await audit.close()
      await jobs.stop({ graceful: true, timeout: 5000 })
      await pixels.close()
      await archive.close()
      await closeStore()
      for (const key of masterKeys) key.close()
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
    recallsMax: environment.RECALLS_MAX,
    cdn:
      environment.CDN_URL && environment.CDN_KEY
        ? createCdnAddress({ url: environment.CDN_URL, key: environment.CDN_KEY })
        : null,
    deletionGraceMs: environment.DELETION_GRACE_DAYS * 24 * 3_600_000,
    async close() {
      await studyFeed.close()
      await system.close()
    },
  }
}

/**
 * The object store with each practice's own key, wherever the objects are now; the nil UUID's key, for what belongs to
 * no practice, is the system's own.
 */
export async function openObjectStore(
  environment: Pick<Environment, 'STORAGE_URL' | 'STORAGE_RESIDENCY_DECISION'> & StorageKeys,
  {
    db,
    masterKeys,
    log,
    process,
  }: { db: Database; masterKeys: MasterKeys; log: Pick<Logger, 'info' | 'warn'>; process: string },
) {
  const openAt = (storageUrl: string) =>
    openBlobs({
      storageUrl,
      credentials: storageCredentials(environment),
      residencyDecision: environment.STORAGE_RESIDENCY_DECISION,
    })
  const { blobs, url, close } = await openMovingStore({
    db,
    configured: environment.STORAGE_URL,
    open: openAt,
    process,
    log,
  })
  try {
    const systemKeys = await openSystemKeys({ db, blobs, masterKeys })
    const tenantKeys = createTenantKeys({
      masterKeys,
      loadWrapped: (tenantId) =>
        withTenant(db, tenantId, async (tx) => {
          const [row] = await tx
            .select({ wrapped: tenants.wrappedDataKey })
            .from(tenants)
            .where(eq(tenants.id, tenantId))
          return row?.wrapped ?? null
        }),
    })
    const systemObjects = createSecretKey(systemKeys.objects)
    const objectStore: ObjectStore = createObjectStore({
      blobs,
      tenantKeys: (tenantId) =>
        tenantId === systemChainId ? Promise.resolve(systemObjects) : tenantKeys(tenantId),
    })
    return { objectStore, signingKey: auditKeyPair(systemKeys.audit), blobs, url, openAt, close }
  } catch (error) {
    await close()
    throw error
  }
}

const notMendedByWaiting = [KeyUnusable, StorageMisconfigured, StorageResidencyRefused]

/** Starts come in any order: waits, with a line in the log, for what is not there yet. */
async function whenAnswering<T>(log: Logger, what: string, connect: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connect()
    } catch (error) {
      if (attempt >= 60 || notMendedByWaiting.some((kind) => error instanceof kind)) throw error
      log.warn({ what, attempt, err: error }, 'waiting for a dependency')
      await new Promise((resolve) => setTimeout(resolve, Math.min(250 * attempt, 2000)))
    }
  }
}
