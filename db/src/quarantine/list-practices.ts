import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { asSystem } from '../tenancy/as-system.ts'

/** All practices by name: what an operator chooses from. Names of practices are not patient data. */
export async function listPractices(db: Database): Promise<{ id: string; slug: string; name: string }[]> {
  const { rows } = await asSystem(db, (tx) =>
    tx.execute<{ id: string; slug: string; name: string }>(sql`SELECT * FROM door_tenants()`),
  )
  return rows
}
