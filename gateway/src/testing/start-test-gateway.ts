import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { startOrthanc, startPostgres, temporaryFolder, type TestOrthanc } from '@bitewing/testbed'
import { createApp } from '../app.ts'
import { composeGateway, type GatewaySystem } from '../compose.ts'
import { readEnvironment } from '../environment.ts'
import { createTestPractice, type TestPractice } from './test-practice.ts'

export type TestGateway = {
  system: GatewaySystem
  database: { ownerUrl: string; appUrl: string }
  orthanc: TestOrthanc
  /** folder of the file object store */
  storeFolder: string
  /** Asks the app without a socket. `as` is a token; cookies go by `headers`. */
  request(path: string, init?: RequestInit & { as?: string }): Promise<Response>
  practice(slug: string): Promise<TestPractice>
  stop(): Promise<void>
}

/** The gateway on a real Postgres, a real Orthanc and a real file store, all of its own. */
export async function startTestGateway(overrides: Record<string, string> = {}): Promise<TestGateway> {
  const postgres = await startPostgres()
  const [database, orthanc, folder] = await Promise.all([
    postgres.createDatabase(),
    startOrthanc(),
    temporaryFolder('gateway'),
  ])
  const masterKey = randomBytes(32)
  const storeFolder = join(folder.path, 'objects')
  const environment = readEnvironment({
    PORT: '0',
    PUBLIC_URL: 'http://gateway.test',
    DATABASE_URL: database.appUrl,
    ORTHANC_URL: orthanc.urlWithCredentials,
    STORAGE_URL: `file://${storeFolder}`,
    MASTER_KEY: masterKey.toString('base64'),
    SPOOL_DIR: join(folder.path, 'spool'),
    PIXEL_PROCESSES: '1',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    ...overrides,
  })
  const system = await composeGateway(environment)
  const app = createApp(system)
  return {
    system,
    database,
    orthanc,
    storeFolder,
    async request(path, { as, ...init } = {}) {
      const headers = new Headers(init.headers)
      if (as !== undefined) headers.set('Authorization', `Bearer ${as}`)
      return app.request(`http://gateway.test${path}`, { ...init, headers })
    },
    practice: (slug) => createTestPractice(database, masterKey, slug),
    async stop() {
      await system.close()
      await orthanc.stop()
      await database.drop()
      await postgres.stop()
      await folder.remove()
    },
  }
}
