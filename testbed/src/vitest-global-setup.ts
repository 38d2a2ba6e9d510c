import { startSharedPostgres } from './start-postgres.ts'

/** Vitest's global set-up: one throwaway Postgres for the whole run. */
export default async function setup() {
  const postgres = await startSharedPostgres()
  return () => postgres.stop()
}
