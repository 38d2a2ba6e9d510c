import { eq } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { pendingLogIns, sessions, users } from '../schema/index.ts'
import { hashPassword } from '../sessions/passwords.ts'

/**
 * Gives a user another password and ends their sessions: for somebody who has forgotten it and whom no owner can help,
 * by the operator.
 *
 * @param ownerDb connected as the owner
 * @returns the user's id; null when nobody has this e-mail
 */
export async function resetPassword(
  ownerDb: Database,
  { email, password }: { email: string; password: string },
): Promise<string | null> {
  const passwordHash = await hashPassword(password)
  return ownerDb.transaction(async (tx) => {
    const [user] = await tx
      .update(users)
      .set({ passwordHash })
      .where(eq(users.email, email.trim().toLowerCase()))
      .returning({ id: users.id })
    if (!user) return null
    for (const table of [pendingLogIns, sessions]) await tx.delete(table).where(eq(table.userId, user.id))
    return user.id
  })
}
