import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import * as schema from './schema/index.ts'

export type Schema = typeof schema
export type Database = PostgresJsDatabase<Schema> & { readonly client: postgres.Sql }
/** A transaction opened by `withTenant` or `asSystem`. */
export type Transaction = Parameters<Parameters<PostgresJsDatabase<Schema>['transaction']>[0]>[0]

/**
 * Opens a pool to Postgres as the app's role.
 *
 * @param url            postgres:// URL of the app's role
 * @param connectionsMax upper bound of open connections
 */
export function connectDatabase(url: string, connectionsMax = 10): Database {
  const client = postgres(url, {
    max: connectionsMax,
    connect_timeout: 5,
    onnotice: () => {},
    connection: { application_name: 'bitewing' },
    // queries are few shapes with many values: prepared once per connection
    prepare: true,
  })
  return Object.assign(drizzle(client, { schema }), { client })
}

/** Closes the pool; waits five seconds at most for what is under way. */
export async function closeDatabase(db: Database): Promise<void> {
  await db.client.end({ timeout: 5 })
}
