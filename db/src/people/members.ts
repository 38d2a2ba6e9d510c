import { and, eq, isNull, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { memberships, type TenantRole } from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

/** Somebody who works in a practice, or did. */
export type Member = {
  id: string
  email: string
  name: string
  role: TenantRole
  joinedAt: Date
  /** null while they work here */
  disabledAt: Date | null
  /** into this practice */
  lastLogInAt: Date | null
  hasApp: boolean
  passkeys: number
  /** works in another practice too, or for the system: their password and second factor are not the owner's to renew */
  elsewhere: boolean
}

/** Everybody of the practice, who works here first, by name. Inside withTenant. */
export async function listMembers(tx: Transaction): Promise<Member[]> {
  const { rows } = await tx.execute<{
    id: string
    email: string
    name: string
    role: TenantRole
    joined_at: Date | string
    disabled_at: Date | string | null
    last_log_in_at: Date | string | null
    has_app: boolean
    passkeys: string
    elsewhere: boolean
  }>(sql`SELECT * FROM door_practice_users()`)
  const instant = (value: Date | string | null) => (value === null ? null : new Date(value))
  return rows.map((row) => ({
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role,
    joinedAt: new Date(row.joined_at),
    disabledAt: instant(row.disabled_at),
    lastLogInAt: instant(row.last_log_in_at),
    hasApp: row.has_app,
    passkeys: Number(row.passkeys),
    elsewhere: row.elsewhere,
  }))
}

/** `absent`: not of this practice. `last-owner`: a practice always has one. */
export type MemberChange = 'changed' | 'absent' | 'last-owner'

/** Gives a member another role; what is open by the old one ends at once. */
export function changeRole(
  db: Database,
  staff: Staff,
  { userId, role }: { userId: string; role: TenantRole },
): Promise<MemberChange> {
  return changeMember<'last-owner'>(db, staff, userId, async (tx, member) => {
    if (member.role === 'owner' && role !== 'owner' && (await isLastOwner(tx, userId)))
      return { refused: 'last-owner' }
    await tx.update(memberships).set({ role }).where(ofPractice(staff, userId))
    return { detail: { what: 'role changed', role, before: member.role } }
  })
}

/** Lets a member work here no longer, and ends their sessions here; or lets them come back. */
export function setMemberActive(
  db: Database,
  staff: Staff,
  { userId, active }: { userId: string; active: boolean },
): Promise<MemberChange> {
  return changeMember<'last-owner'>(db, staff, userId, async (tx, member) => {
    if (!active && member.role === 'owner' && (await isLastOwner(tx, userId)))
      return { refused: 'last-owner' }
    await tx
      .update(memberships)
      .set({ disabledAt: active ? null : new Date() })
      .where(ofPractice(staff, userId))
    if (!active) await tx.execute(sql`SELECT door_sessions_end_in_practice(${userId})`)
    return { detail: { what: active ? 'user reactivated' : 'user deactivated' } }
  })
}

/**
 * Takes away all that a member has beside the password, and ends their sessions.
 *
 * @returns `elsewhere` when they work in another practice too, whose protection it would lower
 */
export function resetMemberSecondFactors(
  db: Database,
  staff: Staff,
  userId: string,
): Promise<MemberChange | 'elsewhere'> {
  return changeMember<'elsewhere'>(db, staff, userId, async (tx) => {
    const {
      rows: [row],
    } = await tx.execute<{ done: boolean }>(sql`SELECT door_second_factors_reset(${userId}) AS done`)
    return row?.done ? { detail: { what: 'second factor reset' } } : { refused: 'elsewhere' }
  })
}

type Changed<Refused> =
  | { refused: Refused; detail?: undefined }
  | { refused?: undefined; detail: Record<string, string | number | boolean | null> }

/** One change of one member, on record with it; changes of a practice's members come one after another. */
function changeMember<Refused extends 'last-owner' | 'elsewhere'>(
  db: Database,
  staff: Staff,
  userId: string,
  change: (tx: Transaction, member: { role: TenantRole }) => Promise<Changed<Refused>>,
): Promise<Refused | 'changed' | 'absent'> {
  return withTenant(db, staff.tenantId, async (tx) => {
    // two owners who demote each other at the same moment would leave none
    const members = await tx
      .select({ userId: memberships.userId, role: memberships.role })
      .from(memberships)
      .orderBy(memberships.userId)
      .for('update')
    const member = members.find((each) => each.userId === userId)
    if (!member) return 'absent'
    const { refused, detail } = await change(tx, member)
    if (refused !== undefined) return refused
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'settings.changed',
      detail: { ...detail, userId },
    })
    return 'changed'
  })
}

function ofPractice({ tenantId }: Staff, userId: string) {
  return and(eq(memberships.tenantId, tenantId), eq(memberships.userId, userId))
}

async function isLastOwner(tx: Transaction, userId: string): Promise<boolean> {
  const owners = await tx
    .select({ userId: memberships.userId })
    .from(memberships)
    .where(and(eq(memberships.role, 'owner'), isNull(memberships.disabledAt)))
  return owners.every((owner) => owner.userId === userId)
}
