import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { hashSecret } from '../secrets.ts'
import { hashPassword } from './passwords.ts'

/** A log-in that is open somewhere. */
export type UserSession = {
  /** names it in the audit log; not the secret */
  sessionId: string
  openedAt: Date
  expiresAt: Date
  address: string | null
  /** browser and system */
  agent: string | null
  practice: string | null
}

/** How long after the password was given it need not be given again to change how one logs in. */
const confirmedMs = 15 * 60_000

export async function listUserSessions(db: Database, userId: string): Promise<UserSession[]> {
  const { rows } = await db.execute<{
    public_id: string
    created_at: Date | string
    expires_at: Date | string
    address: string | null
    agent: string | null
    tenant_name: string | null
  }>(sql`SELECT * FROM door_sessions_of_user(${userId})`)
  return rows.map((row) => ({
    sessionId: row.public_id,
    openedAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    address: row.address,
    agent: row.agent,
    practice: row.tenant_name,
  }))
}

/** Ends one of the user's own sessions; false when they have none such. */
export async function endUserSession(db: Database, userId: string, sessionId: string): Promise<boolean> {
  const {
    rows: [row],
  } = await db.execute<{ ended: boolean }>(sql`SELECT door_session_end(${userId}, ${sessionId}) AS ended`)
  return row?.ended ?? false
}

/** @param kept public id of the session that stays */
export async function endOtherSessions(db: Database, userId: string, kept: string): Promise<void> {
  await db.execute(sql`SELECT door_sessions_end_others(${userId}, ${kept})`)
}

/** Sets a new password and ends the user's other sessions. Whoever asks has been checked before. */
export async function setPassword(
  db: Database,
  { userId, password, kept }: { userId: string; password: string; kept: string },
): Promise<void> {
  await db.execute(sql`SELECT door_user_password(${userId}, ${await hashPassword(password)})`)
  await endOtherSessions(db, userId, kept)
}

/** Whether the password was given lately in this session, by the cookie's value. */
export async function isLatelyConfirmed(db: Database, cookie: string): Promise<boolean> {
  const {
    rows: [row],
  } = await db.execute<{ at: Date | string | null }>(
    sql`SELECT door_session_confirmed(${hashSecret(cookie)}) AS at`,
  )
  return row?.at ? Date.now() - new Date(row.at).getTime() < confirmedMs : false
}

export async function noteConfirmed(db: Database, cookie: string): Promise<void> {
  await db.execute(sql`SELECT door_session_confirm(${hashSecret(cookie)})`)
}
