import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { asSystem, closeDatabase, connectDatabase, withTenant } from '@bitewing/db'
import { instances, quarantinedArrivals } from '@bitewing/db/schema'
import {
  startOrthanc,
  startPostgres,
  storescu,
  temporaryFolder,
  type TestOrthancOptions,
  type TestPostgres,
} from '@bitewing/testbed'
import { composeSystem } from '../compose.ts'
import { readEnvironment } from '../environment.ts'
import { readOriginal } from '../originals/read-original.ts'
import { secureOriginal } from '../originals/secure-original.ts'
import { workOffFilling } from '../testing/work-off-filling.ts'
import { createTestPractice } from '../testing/test-practice.ts'
import { startIngest } from './start-ingest.ts'

export type TestIngest = Awaited<ReturnType<typeof startTestIngest>>

/** What a worker needs to take over arrivals, all real and of its own; `start` and `stop` its ingest. */
export async function startTestIngest({
  postgres: given,
  ...orthancOptions
}: TestOrthancOptions & { postgres?: TestPostgres } = {}) {
  const postgres = given ?? (await startPostgres())
  const [made, orthanc, folder] = await Promise.all([
    postgres.createDatabase(),
    startOrthanc(orthancOptions),
    temporaryFolder('ingest'),
  ])
  const superuserUrl = postgres.superuserUrl(made.name)
  const masterKey = randomBytes(32)
  const storeFolder = join(folder.path, 'objects')
  const variables = {
    DATABASE_URL: made.appUrl,
    ORTHANC_URL: orthanc.urlWithCredentials,
    STORAGE_URL: `file://${storeFolder}`,
    MASTER_KEY: masterKey.toString('base64'),
    SPOOL_DIR: orthanc.spoolDirectory,
    PIXEL_PROCESSES: '1',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
  }
  await mkdir(orthanc.spoolDirectory, { recursive: true })
  const system = await composeSystem(readEnvironment(variables), 'worker')
  let ingest: Awaited<ReturnType<typeof startIngest>> | null = await startIngest(system)
  let files = 0

  const written = async (file: Uint8Array) => {
    const path = join(folder.path, `${(files += 1)}.dcm`)
    await writeFile(path, file)
    return path
  }
  const rows = (tenantId: string) =>
    withTenant(system.db, tenantId, (tx) => tx.select().from(instances).orderBy(instances.sopInstanceUid))

  return {
    system,
    orthanc,
    storeFolder,
    variables,
    practice: (slug: string) => createTestPractice(made, masterKey, slug),
    rows,
    quarantine: () =>
      asSystem(system.db, (tx) =>
        tx.select().from(quarantinedArrivals).orderBy(quarantinedArrivals.arrivedAt),
      ),
    /** Sends files as a device, in one association; what each was answered. */
    async send(calledAeTitle: string, images: readonly Uint8Array[], callingAeTitle = 'PANO') {
      const { stdout, stderr } = await storescu({
        dicomPort: orthanc.dicomPort,
        calledAeTitle,
        callingAeTitle,
        files: await Promise.all(images.map(written)),
        args: ['-v', '-nh'],
      })
      return [...(stdout + stderr).matchAll(/Received Store Response \((.*)\)/g)].map(([, status]) => status)
    },
    /** The bytes a practice gets for each of its instances, by SOP Instance UID. */
    async originals(tenantId: string) {
      const found = new Map<string, Buffer>()
      for (const { id, ...row } of await rows(tenantId)) {
        const original = await readOriginal(system, tenantId, { instanceId: id, ...row })
        if (original) found.set(row.sopInstanceUid, await buffer(original.stream))
      }
      return found
    },
    /** Does for every instance what its `secure-original` job does. */
    async secureAll(tenantId: string) {
      for (const { id } of await rows(tenantId)) await secureOriginal(system, { tenantId, instanceId: id })
    },
    /** Works off the jobs that give the archive what was stored. */
    fillArchive: () => workOffFilling(system, superuserUrl),
    /** As the owner of everything, past row-level security. */
    async asOwner<T>(work: (client: ReturnType<typeof connectDatabase>['client']) => Promise<T>): Promise<T> {
      const db = connectDatabase(superuserUrl, 1)
      try {
        return await work(db.client)
      } finally {
        await closeDatabase(db)
      }
    },
    async pauseIngest() {
      await ingest?.stop()
      ingest = null
    },
    async resumeIngest() {
      ingest = await startIngest(system)
    },
    async stop() {
      await ingest?.stop()
      await system.close()
      await orthanc.stop()
      await made.drop()
      if (given === undefined) await postgres.stop()
      await folder.remove()
    },
  }
}
