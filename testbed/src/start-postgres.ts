import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { migrate } from '@bitewing/db'
import { appRole, ownerRole, prepareRoles } from '@bitewing/start/postgres/prepare-roles'
import { startCluster, type Cluster } from '@bitewing/start/postgres/start-cluster'
import { randomSecret } from '@bitewing/start/machine/secret'
import pg from 'pg'
import { temporaryFolder } from './temporary-folder.ts'

/** One migrated database, empty of rows. Both URLs are postgres:// URLs. */
export type TestDatabase = {
  name: string
  /** As the role that owns the schema. */
  ownerUrl: string
  /** As the role that gateway, worker and web have. */
  appUrl: string
  drop(): Promise<void>
}

export type TestPostgres = {
  /** Makes a database from a migrated template; some tens of milliseconds. */
  createDatabase(): Promise<TestDatabase>
  superuserUrl(database: string): string
  /** Ends a cluster that was started by this call; the run's common cluster stays. */
  stop(): Promise<void>
}

/** What a process needs to reach the cluster of the test run; travels in an environment variable. */
type Shared = { port: number; superuserPassword: string; ownerPassword: string; appPassword: string }

export const sharedClusterVariable = 'BITEWING_TEST_POSTGRES'

const templateName = 'bitewing_template'

/**
 * The test run's Postgres: the one started by Vitest's global set-up, or else a cluster of its own.
 * Call `stop()` in any case.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const shared = process.env[sharedClusterVariable]
  if (shared !== undefined) {
    return attach(JSON.parse(shared) as Shared, async () => undefined) // written by startSharedPostgres
  }
  return startOwnPostgres()
}

export type OwnPostgres = TestPostgres & {
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** Starts it again on the same port, after `kill` or `pause`. */
  restart(): Promise<void>
  /** Ends it in good order; the data stay for `restart`. */
  pause(): Promise<void>
}

/** A cluster that belongs to one test alone, which may end and restart it. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = await temporaryFolder('postgres')
  const directory = join(folder.path, 'postgres')
  const start = () => startCluster({ directory, durable: false })
  let cluster = await start()
  const shared = await prepare(cluster)
  let common: TestPostgres | null = null
  const attached = () => (common ??= attach(shared, async () => undefined))
  return {
    createDatabase: () => attached().createDatabase(),
    superuserUrl: (database) => cluster.superuserUrl(database),
    async kill() {
      await cluster.process.kill()
    },
    async pause() {
      await cluster.stop()
    },
    async restart() {
      cluster = await start()
    },
    async stop() {
      await cluster.stop()
      await folder.remove()
    },
  }
}

/** For Vitest's global set-up: starts the run's cluster and tells the test processes of it. */
export async function startSharedPostgres(): Promise<{ stop(): Promise<void> }> {
  const folder = await temporaryFolder('postgres')
  const cluster = await startCluster({ directory: join(folder.path, 'postgres'), durable: false })
  process.env[sharedClusterVariable] = JSON.stringify(await prepare(cluster))
  return {
    async stop() {
      delete process.env[sharedClusterVariable]
      await cluster.stop()
      await folder.remove()
    },
  }
}

async function prepare(cluster: Cluster): Promise<Shared> {
  const roles = { ownerPassword: randomSecret(), appPassword: randomSecret() }
  await prepareRoles(cluster.superuserUrl('postgres'), roles, null)
  const superuserPassword = decodeURIComponent(new URL(cluster.superuserUrl('postgres')).password)
  return { port: cluster.port, superuserPassword, ...roles }
}

function attach(shared: Shared, stop: () => Promise<void>): TestPostgres {
  const url = (role: string, password: string, database: string) =>
    `postgres://${role}:${password}@127.0.0.1:${shared.port}/${database}`
  const superuserUrl = (database: string) => url('postgres', shared.superuserPassword, database)

  async function createDatabase(): Promise<TestDatabase> {
    const name = `test_${randomBytes(6).toString('hex')}`
    await asSuperuser(superuserUrl('postgres'), async (client) => {
      // One at a time: a template must have no other connections, and the first caller makes it.
      await client.query(`select pg_advisory_lock(hashtext('bitewing-test-template'))`)
      const template = await client.query('select 1 from pg_database where datname = $1', [templateName])
      if (template.rows.length === 0) {
        const unfinished = `${templateName}_unfinished`
        await client.query(`drop database if exists ${unfinished} with (force)`)
        await client.query(`create database ${unfinished} owner ${ownerRole}`)
        await migrate({ ownerUrl: url(ownerRole, shared.ownerPassword, unfinished) })
        await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
          unfinished,
        ])
        await client.query(`alter database ${unfinished} rename to ${templateName}`)
      }
      // its files are copied: through the log, as is usual, it takes thrice the processor time
      await client.query(
        `create database ${name} template ${templateName} strategy file_copy owner ${ownerRole}`,
      )
    })
    return {
      name,
      ownerUrl: url(ownerRole, shared.ownerPassword, name),
      appUrl: url(appRole, shared.appPassword, name),
      drop: () =>
        asSuperuser(superuserUrl('postgres'), async (client) => {
          await client.query(`drop database if exists ${name} with (force)`)
        }),
    }
  }
  return { createDatabase, superuserUrl, stop }
}

async function asSuperuser(url: string, work: (client: pg.Client) => Promise<void>) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
