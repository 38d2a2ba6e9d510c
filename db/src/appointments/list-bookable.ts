import { and, inArray, isNull, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { memberships, type TenantRole } from '../schema/index.ts'

/** With whom patients may have appointments. */
const roles: TenantRole[] = ['owner', 'dentist', 'assistant']

/** Who of the practice sees patients: those who treat first, then assistants and hygienists, by name. Inside withTenant. */
export async function listBookable(
  tx: Transaction,
): Promise<{ id: string; name: string; role: TenantRole }[]> {
  const members = await tx
    .select({ id: memberships.userId, role: memberships.role })
    .from(memberships)
    .where(and(inArray(memberships.role, roles), isNull(memberships.disabledAt)))
  if (members.length === 0) return []
  const { rows } = await tx.execute<{ id: string; name: string }>(
    sql`SELECT id, name FROM door_user_names(ARRAY[${sql.join(
      members.map(({ id }) => sql`${id}`),
      sql`, `,
    )}]::uuid[]) ORDER BY name`,
  )
  const named = rows.flatMap(({ id, name }) => {
    const role = members.find((member) => member.id === id)?.role
    return role ? [{ id, name, role }] : []
  })
  return [
    ...named.filter(({ role }) => role !== 'assistant'),
    ...named.filter(({ role }) => role === 'assistant'),
  ]
}
