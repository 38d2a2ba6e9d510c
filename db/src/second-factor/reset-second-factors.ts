import { eq } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { authenticators, passkeys, pendingLogIns, recoveryCodes, sessions, users } from '../schema/index.ts'

/**
 * Takes away all that a user has beside the password, and ends their sessions: for somebody who has lost it, by the
 * operator.
 *
 * @param ownerDb connected as the owner
 * @returns the user's id; null when nobody has this e-mail
 */
export async function resetSecondFactors(ownerDb: Database, email: string): Promise<string | null> {
  return ownerDb.transaction(async (tx) => {
    const [user] = await tx
      .select({ id: users.id })
      .from(users)
      .where(eq(users.email, email.trim().toLowerCase()))
    if (!user) return null
    for (const table of [authenticators, recoveryCodes, passkeys, pendingLogIns, sessions]) {
      await tx.delete(table).where(eq(table.userId, user.id))
    }
    return user.id
  })
}
