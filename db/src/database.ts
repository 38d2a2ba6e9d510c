import { drizzle, type NodePgDatabase, type NodePgTransaction } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { orDatabaseAway } from './database-away.ts'
import { inTransaction } from './in-transaction.ts'
import { interceptQueries } from './intercept-queries.ts'

export type Database = NodePgDatabase & { readonly client: pg.Pool }
/** A transaction opened by `withTenant` or `asSystem`. */
export type Transaction = NodePgTransaction<Record<string, never>, Record<string, never>>

/** For a connection to be made. */
const connectMs = 5000
/** For a free connection, when all are in use. */
const waitMs = 30_000
/** Idle connections are kept that long: what they have prepared makes the next query cheaper. */
const idleMs = 300_000
const closeMs = 5000

/** The pool's own time limit is for waiting in line as well; this one is for the connection alone. */
class Connection extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super({ ...config, connectionTimeoutMillis: connectMs })
  }
}

const openConnections = new WeakMap<pg.Pool, ReadonlySet<pg.PoolClient>>()

/**
 * Opens a pool to Postgres as the app's role.
 *
 * @param url            postgres:// URL of the app's role
 * @param connectionsMax upper bound of open connections
 * @param options.queryTimeoutMs Postgres breaks off a query that takes longer (SQLSTATE 57014); none by default
 * @throws {DatabaseAway} from every query, when the database cannot be reached
 */
export function connectDatabase(
  url: string,
  connectionsMax = 10,
  { queryTimeoutMs }: { queryTimeoutMs?: number } = {},
): Database {
  const client = new pg.Pool({
    connectionString: url,
    Client: Connection,
    max: connectionsMax,
    connectionTimeoutMillis: waitMs,
    idleTimeoutMillis: idleMs,
    maxLifetimeSeconds: 3600,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'bitewing',
    ...(queryTimeoutMs === undefined ? {} : { statement_timeout: queryTimeoutMs }),
  })
  // Without a listener a lost connection ends the process. Whoever used it hears of it from their query; one
  // that was idle is gone from the pool, and the next query makes another.
  client.on('error', () => {})
  const open = new Set<pg.PoolClient>()
  client.on('connect', (connection) => {
    open.add(connection)
    connection.on('error', () => {})
  })
  client.on('remove', (connection) => open.delete(connection))
  openConnections.set(client, open)
  const db: Database = Object.assign(drizzle(interceptQueries(client, mapErrors)), { client })
  // drizzle's own would lose a connection whose BEGIN failed, and hide an error behind that of a ROLLBACK
  db.transaction = (work) => inTransaction(client, 'BEGIN', work)
  return db
}

/** Closes the pool; waits five seconds at most for what is under way, and then breaks it off. */
export async function closeDatabase({ client }: Database): Promise<void> {
  const timer = setTimeout(() => {
    for (const connection of openConnections.get(client) ?? []) void connection.end().catch(() => {})
  }, closeMs)
  try {
    await client.end()
  } finally {
    clearTimeout(timer)
  }
}

async function mapErrors(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run()
  } catch (error) {
    throw orDatabaseAway(error)
  }
}
