import { and, inArray, isNull } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { userNames } from '../people/user-names.ts'
import { memberships } from '../schema/index.ts'

/** Who of the practice can be named as the one who treats: dentists and owners, by name. Inside withTenant. */
export async function listProviders(tx: Transaction): Promise<{ id: string; name: string }[]> {
  const members = await tx
    .select({ id: memberships.userId })
    .from(memberships)
    .where(and(inArray(memberships.role, ['owner', 'dentist']), isNull(memberships.disabledAt)))
  return userNames(
    tx,
    members.map(({ id }) => id),
  )
}
