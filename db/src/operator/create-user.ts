import { eq } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { memberships, users, type TenantRole } from '../schema/index.ts'
import { hashPassword } from '../sessions/passwords.ts'

/**
 * Makes a user, or adds a practice to one who exists (whose password then stays as it is).
 *
 * @param ownerDb connected as the owner
 * @param membership practice and role; null for an operator without a practice
 */
export async function createUser(
  ownerDb: Database,
  user: {
    email: string
    name: string
    password: string
    isOperator: boolean
    locale?: 'en' | 'fr'
    membership: { tenantId: string; role: TenantRole } | null
  },
): Promise<{ id: string; existed: boolean }> {
  const email = user.email.trim().toLowerCase()
  const passwordHash = await hashPassword(user.password)
  return ownerDb.transaction(async (tx) => {
    const [known] = await tx.select({ id: users.id }).from(users).where(eq(users.email, email))
    const [made] = known
      ? []
      : await tx
          .insert(users)
          .values({
            email,
            name: user.name,
            passwordHash,
            isOperator: user.isOperator,
            locale: user.locale ?? 'fr',
          })
          .returning({ id: users.id })
    const id = known?.id ?? made?.id
    if (!id) throw new Error('user was not made')
    if (known && user.isOperator) await tx.update(users).set({ isOperator: true }).where(eq(users.id, id))
    if (user.membership) {
      await tx
        .insert(memberships)
        .values({ userId: id, ...user.membership })
        .onConflictDoUpdate({
          target: [memberships.userId, memberships.tenantId],
          set: { role: user.membership.role, disabledAt: null },
        })
    }
    return { id, existed: known !== undefined }
  })
}
