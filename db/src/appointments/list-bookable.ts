import { and, inArray, isNull } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { userNames } from '../people/user-names.ts'
import { memberships, type TenantRole } from '../schema/index.ts'

/** With whom patients may have appointments. */
export const bookableRoles: readonly TenantRole[] = ['owner', 'dentist', 'assistant']

/** Who of the practice sees patients: those who treat first, then assistants and hygienists, by name. Inside withTenant. */
export async function listBookable(
  tx: Transaction,
): Promise<{ id: string; name: string; role: TenantRole }[]> {
  const members = await tx
    .select({ id: memberships.userId, role: memberships.role })
    .from(memberships)
    .where(and(inArray(memberships.role, [...bookableRoles]), isNull(memberships.disabledAt)))
  const names = await userNames(
    tx,
    members.map(({ id }) => id),
  )
  const named = names.flatMap(({ id, name }) => {
    const role = members.find((member) => member.id === id)?.role
    return role ? [{ id, name, role }] : []
  })
  return [
    ...named.filter(({ role }) => role !== 'assistant'),
    ...named.filter(({ role }) => role === 'assistant'),
  ]
}
