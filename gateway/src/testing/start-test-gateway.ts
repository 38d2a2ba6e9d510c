import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { serve, type ServerType } from '@hono/node-server'
import {
  startOrthanc,
  startPostgres,
  temporaryFolder,
  type TestOrthanc,
  type TestPostgres,
} from '@bitewing/testbed'
import { createApp } from '../app.ts'
import { composeGateway, type GatewaySystem } from '../compose.ts'
import { sendDirectly } from '../direct-body.ts'
import { readEnvironment } from '../environment.ts'
import { workOffFilling } from './work-off-filling.ts'
import { createOperatorCookie, createTestPractice, type TestPractice } from './test-practice.ts'

export type TestGateway = {
  system: GatewaySystem
  app: ReturnType<typeof createApp>
  database: { ownerUrl: string; appUrl: string; superuserUrl: string }
  orthanc: TestOrthanc
  /** folder of the file object store */
  storeFolder: string
  /** what the gateway was started with */
  variables: Record<string, string>
  /** Asks the app without a socket. `as` is a token; cookies go by `headers`. */
  request(path: string, init?: RequestInit & { as?: string }): Promise<Response>
  practice(slug: string): Promise<TestPractice>
  /** Cookie header of an operator without a practice */
  operatorCookie(): Promise<string>
  /** Works off the jobs that give the archive what was stored. */
  fillArchive(): Promise<void>
  /** Listens on a free loopback port; its base URL. */
  serve(): Promise<string>
  stop(): Promise<void>
}

/** The gateway on a real Postgres, a real Orthanc and a real file store, all of its own. */
export async function startTestGateway(
  overrides: Record<string, string> = {},
  { postgres: given }: { postgres?: TestPostgres } = {},
): Promise<TestGateway> {
  const postgres = given ?? (await startPostgres())
  const [made, orthanc, folder] = await Promise.all([
    postgres.createDatabase(),
    startOrthanc(),
    temporaryFolder('gateway'),
  ])
  const database = { ...made, superuserUrl: postgres.superuserUrl(made.name) }
  const masterKey = randomBytes(32)
  const storeFolder = join(folder.path, 'objects')
  const variables = {
    PORT: '0',
    GATEWAY_PROCESSES: '1',
    PUBLIC_URL: 'http://gateway.test',
    DATABASE_URL: database.appUrl,
    ORTHANC_URL: orthanc.urlWithCredentials,
    STORAGE_URL: `file://${storeFolder}`,
    MASTER_KEY: masterKey.toString('base64'),
    SPOOL_DIR: join(folder.path, 'spool'),
    PIXEL_PROCESSES: '1',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    ...overrides,
  }
  const system = await composeGateway(readEnvironment(variables))
  const app = createApp(system)
  let server: ServerType | null = null
  const answers: Response[] = []
  return {
    system,
    app,
    database,
    orthanc,
    storeFolder,
    variables,
    async request(path, { as, ...init } = {}) {
      const headers = new Headers(init.headers)
      if (as !== undefined) headers.set('Authorization', `Bearer ${as}`)
      const response = await app.request(`http://gateway.test${path}`, { ...init, headers })
      answers.push(response)
      return response
    },
    practice: (slug) => createTestPractice(database, masterKey, slug),
    operatorCookie: () => createOperatorCookie(database),
    fillArchive: () => workOffFilling(system, database.superuserUrl),
    serve() {
      return new Promise((resolve) => {
        server = serve({ fetch: sendDirectly(app.fetch), port: 0, hostname: '127.0.0.1' }, ({ port }) =>
          resolve(`http://127.0.0.1:${port}`),
        )
      })
    },
    async stop() {
      // bodies that a test did not read hold connections to the archive, as they would on a real port
      for (const { body, bodyUsed } of answers) if (body && !bodyUsed) await body.cancel().catch(() => {})
      server?.close()
      await system.close()
      await orthanc.stop()
      await database.drop()
      await postgres.stop()
      await folder.remove()
    },
  }
}
