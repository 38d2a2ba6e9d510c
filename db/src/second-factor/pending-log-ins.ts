import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { hashSecret, randomSecret } from '../secrets.ts'

export const pendingLogInCookieName = 'bitewing_log_in'

/** Somebody whose password was right, and who has no session yet. */
export type PendingLogIn = { userId: string; email: string; name: string; locale: 'en' | 'fr' }

const lifeMs = 10 * 60_000

/**
 * Remembers that a password was right, or that a passkey is asked for, until the second step.
 *
 * @param userId null where the passkey is to tell who it is
 * @returns value for the cookie `pendingLogInCookieName`: it opens nothing but the second step
 */
export async function beginLogIn(
  db: Database,
  userId: string | null,
): Promise<{ value: string; expiresAt: Date }> {
  const value = randomSecret('')
  const expiresAt = new Date(Date.now() + lifeMs)
  await begin(db, value, { userId, challenge: null, expiresAt })
  return { value, expiresAt }
}

/** Null when it is over, unknown, or of nobody in particular. */
export async function readPendingLogIn(db: Database, value: string): Promise<PendingLogIn | null> {
  const {
    rows: [row],
  } = await db.execute<{ user_id: string; email: string; name: string; locale: string }>(
    sql`SELECT * FROM door_pending(${hashSecret(value)})`,
  )
  if (!row) return null
  return { userId: row.user_id, email: row.email, name: row.name, locale: row.locale === 'en' ? 'en' : 'fr' }
}

export async function endPendingLogIn(db: Database, value: string): Promise<void> {
  await db.execute(sql`SELECT door_pending_end(${hashSecret(value)})`)
}

/** Keeps what a passkey is asked to sign during a log-in. */
export async function askPasskey(db: Database, value: string, challenge: string): Promise<void> {
  await db.execute(sql`SELECT door_pending_challenge(${hashSecret(value)}, ${challenge})`)
}

/** Keeps what a new passkey is asked to sign by somebody who is logged in; `sessionId` is their cookie's value. */
export async function askNewPasskey(
  db: Database,
  { sessionId, userId, challenge }: { sessionId: string; userId: string; challenge: string },
): Promise<void> {
  const expiresAt = new Date(Date.now() + lifeMs)
  await begin(db, newPasskeyKey(sessionId), { userId, challenge, expiresAt })
}

/** What was asked, for the first answer alone; null when nothing was, or somebody has answered. */
export async function takeChallenge(db: Database, value: string): Promise<string | null> {
  const {
    rows: [row],
  } = await db.execute<{ challenge: string | null }>(
    sql`SELECT door_pending_challenge_take(${hashSecret(value)}) AS challenge`,
  )
  return row?.challenge ?? null
}

export function takeNewPasskeyChallenge(db: Database, sessionId: string): Promise<string | null> {
  return takeChallenge(db, newPasskeyKey(sessionId))
}

/** Never what a cookie holds: a session's id opens no pending log-in. */
function newPasskeyKey(sessionId: string): string {
  return `new passkey ${sessionId}`
}

async function begin(
  db: Database,
  value: string,
  { userId, challenge, expiresAt }: { userId: string | null; challenge: string | null; expiresAt: Date },
) {
  await db.execute(
    sql`SELECT door_pending_begin(${hashSecret(value)}, ${userId}, ${challenge}, ${expiresAt.toISOString()})`,
  )
}
