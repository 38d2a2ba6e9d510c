import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { installJobs } from './jobs.ts'

const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url))

/**
 * Brings the database's schema, its job queues and the app role's rights up to date. Safe to repeat and to run
 * from two processes at once (advisory lock).
 *
 * @param ownerUrl postgres:// URL of the role that owns the schema
 */
export async function migrate({ ownerUrl }: { ownerUrl: string }): Promise<void> {
  const client = new pg.Client({
    connectionString: ownerUrl,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    application_name: 'bitewing-migrate',
  })
  // a connection that is lost is heard of from the statement that needed it
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(`SELECT pg_advisory_lock(hashtext('bitewing-migrate'))`)
    await applyMigrations(drizzle(client), { migrationsFolder })
    await installJobs(ownerUrl)
    await client.query(`
      GRANT USAGE ON SCHEMA pgboss TO bitewing_app;
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgboss TO bitewing_app;
      GRANT USAGE ON ALL SEQUENCES IN SCHEMA pgboss TO bitewing_app;
      GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgboss TO bitewing_app;
    `)
  } finally {
    await client.end()
  }
}
