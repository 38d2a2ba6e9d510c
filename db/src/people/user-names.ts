import { sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'

/**
 * The names of colleagues, by name; who is nobody of the practice is missing. Users are global: this door tells the names
 * of colleagues alone. Inside withTenant.
 */
export async function userNames(
  tx: Transaction,
  ids: readonly string[],
): Promise<{ id: string; name: string }[]> {
  if (ids.length === 0) return []
  const { rows } = await tx.execute<{ id: string; name: string }>(
    sql`SELECT id, name FROM door_user_names(ARRAY[${sql.join(
      ids.map((id) => sql`${id}`),
      sql`, `,
    )}]::uuid[]) ORDER BY name`,
  )
  return rows
}
