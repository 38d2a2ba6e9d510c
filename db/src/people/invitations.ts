import { and, desc, eq, gt, isNull, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { invitations, type TenantRole } from '../schema/index.ts'
import { hashSecret, randomSecret } from '../secrets.ts'
import { hashPassword } from '../sessions/passwords.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { listMembers } from './members.ts'

/** A link that waits to be used. */
export type Invitation = {
  id: string
  purpose: 'join' | 'password'
  email: string
  role: TenantRole
  createdAt: Date
  expiresAt: Date
}

const lifeMs = 72 * 3_600_000

/** Links that still open something, the newest first. Inside withTenant. */
export function listInvitations(tx: Transaction): Promise<Invitation[]> {
  return tx
    .select({
      id: invitations.id,
      purpose: invitations.purpose,
      email: invitations.email,
      role: invitations.role,
      createdAt: invitations.createdAt,
      expiresAt: invitations.expiresAt,
    })
    .from(invitations)
    .where(
      and(
        isNull(invitations.acceptedAt),
        isNull(invitations.revokedAt),
        gt(invitations.expiresAt, sql`now()`),
      ),
    )
    .orderBy(desc(invitations.createdAt))
}

/**
 * Makes the link by which somebody joins the practice; one that waits for the same e-mail ends.
 *
 * @returns the token, to be shown this once; `member` when they are of the practice already, active or not
 */
export function inviteMember(
  db: Database,
  staff: Staff,
  { email, role }: { email: string; role: TenantRole },
): Promise<{ token: string } | 'member'> {
  const wanted = email.trim().toLowerCase()
  return withTenant(db, staff.tenantId, async (tx) => {
    if ((await listMembers(tx)).some((member) => member.email === wanted)) return 'member'
    return makeLink(tx, staff, { purpose: 'join', email: wanted, role, what: 'user invited' })
  })
}

/**
 * Makes the link by which a member sets a new password.
 *
 * @returns `absent` when not of this practice, `elsewhere` when of another one too: the password is theirs as well
 */
export function renewPassword(
  db: Database,
  staff: Staff,
  userId: string,
): Promise<{ token: string; email: string } | 'absent' | 'elsewhere'> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const member = (await listMembers(tx)).find(({ id }) => id === userId)
    if (!member || member.disabledAt) return 'absent'
    if (member.elsewhere) return 'elsewhere'
    const { email, role } = member
    const { token } = await makeLink(tx, staff, {
      purpose: 'password',
      email,
      role,
      what: 'password renewal',
    })
    return { token, email }
  })
}

/** @returns false when the practice has no such link that waits */
export function revokeInvitation(db: Database, staff: Staff, id: string): Promise<boolean> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const [row] = await tx
      .update(invitations)
      .set({ revokedAt: new Date() })
      .where(and(eq(invitations.id, id), isNull(invitations.acceptedAt), isNull(invitations.revokedAt)))
      .returning({ id: invitations.id })
    if (!row) return false
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'settings.changed',
      detail: { what: 'invitation withdrawn', invitationId: id },
    })
    return true
  })
}

/** What a link is for, before it is used: looking burns nothing. Null when it opens nothing any more. */
export async function findInvitation(db: Database, token: string) {
  const {
    rows: [row],
  } = await db.execute<{
    id: string
    tenant_id: string
    tenant_name: string
    email: string
    role: TenantRole
    purpose: 'join' | 'password'
    user_id: string | null
  }>(sql`SELECT * FROM door_invitation(${hashSecret(token)})`)
  return row
    ? {
        id: row.id,
        tenantId: row.tenant_id,
        tenantName: row.tenant_name,
        email: row.email,
        role: row.role,
        purpose: row.purpose,
        /** whose account has this e-mail: they prove it with its password; null makes one */
        userId: row.user_id,
      }
    : null
}

/**
 * Uses a link. Whoever has an account already must have proved so before.
 *
 * @param account of a new user, or `password` alone for a renewal; null for an account that there is
 * @returns null when the link was used meanwhile, or is over
 */
export async function acceptInvitation(
  db: Database,
  token: string,
  account: { name: string; password: string; locale: 'en' | 'fr' } | null,
): Promise<{ userId: string; tenantId: string } | null> {
  const passwordHash = account ? await hashPassword(account.password) : null
  const {
    rows: [row],
  } = await db.execute<{ user_id: string; tenant_id: string }>(sql`
    SELECT * FROM door_invitation_accept(${hashSecret(token)}, ${account?.name ?? null}, ${passwordHash},
      ${account?.locale ?? null})`)
  return row ? { userId: row.user_id, tenantId: row.tenant_id } : null
}

async function makeLink(
  tx: Transaction,
  staff: Staff,
  link: { purpose: 'join' | 'password'; email: string; role: TenantRole; what: string },
): Promise<{ token: string }> {
  const { purpose, email, role, what } = link
  await tx
    .update(invitations)
    .set({ revokedAt: new Date() })
    .where(and(eq(invitations.email, email), isNull(invitations.acceptedAt), isNull(invitations.revokedAt)))
  const token = randomSecret('')
  const [made] = await tx
    .insert(invitations)
    .values({
      tenantId: staff.tenantId,
      tokenHash: hashSecret(token),
      purpose,
      email,
      role,
      createdBy: staff.userId,
      expiresAt: new Date(Date.now() + lifeMs),
    })
    .returning({ id: invitations.id })
  await recordInTransaction(tx, {
    ...staffEvent(staff),
    kind: 'settings.changed',
    detail: { what, invitationId: made?.id ?? null, role },
  })
  return { token }
}
