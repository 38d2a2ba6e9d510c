import { and, inArray, isNull, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { memberships } from '../schema/index.ts'

/** Who of the practice can be named as the one who treats: dentists and owners, by name. Inside withTenant. */
export async function listProviders(tx: Transaction): Promise<{ id: string; name: string }[]> {
  const members = await tx
    .select({ id: memberships.userId })
    .from(memberships)
    .where(and(inArray(memberships.role, ['owner', 'dentist']), isNull(memberships.disabledAt)))
  if (members.length === 0) return []
  // users are global: this door tells the names of colleagues alone
  const { rows } = await tx.execute<{ id: string; name: string }>(
    sql`SELECT id, name FROM door_user_names(ARRAY[${sql.join(
      members.map(({ id }) => sql`${id}`),
      sql`, `,
    )}]::uuid[]) ORDER BY name`,
  )
  return rows
}
