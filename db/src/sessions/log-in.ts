import { createHash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { verifyPassword } from './passwords.ts'
import { createTurns } from './turns.ts'

export type LogIn =
  | { outcome: 'success'; userId: string }
  | { outcome: 'wrong' }
  /** guessed too often; says nothing about whether the user exists */
  | { outcome: 'locked'; until: Date }

/** Failures before a lock: by one address on one e-mail, on one e-mail from anywhere, by one address on any. */
const failuresMax = { pair: 5, email: 50, address: 100 }

const turns = createTurns()

/**
 * Checks an e-mail and password, with lock-out on guessing. Opens no session.
 *
 * The narrow lock (this e-mail from this address) comes first, so that a stranger cannot lock a dentist out of
 * their own practice's network; the wide ones stop a distributed or a spraying guesser.
 *
 * @param address the client's IP address
 */
export function logIn(
  db: Database,
  { email, password, address }: { email: string; password: string; address: string },
): Promise<LogIn> {
  const wanted = email.trim().toLowerCase()
  const keys = {
    pair: key('pair', `${wanted} ${address}`),
    email: key('email', wanted),
    address: key('address', address),
  }
  // One after another: guesses sent all at once would else be let in before the first of them counts. Always in
  // this order, so that no two wait for each other.
  return turns(keys.address, () => turns(keys.email, () => tryPassword(db, wanted, password, keys)))
}

async function tryPassword(
  db: Database,
  wanted: string,
  password: string,
  keys: Record<'pair' | 'email' | 'address', string>,
): Promise<LogIn> {
  const {
    rows: [lock],
  } = await db.execute<{ until: Date | string | null }>(
    sql`SELECT door_login_locked(ARRAY[${keys.pair}, ${keys.email}, ${keys.address}]::text[]) AS until`,
  )
  if (lock?.until) return { outcome: 'locked', until: new Date(lock.until) }

  const {
    rows: [user],
  } = await db.execute<{ id: string; password_hash: string; disabled: boolean }>(
    sql`SELECT id, password_hash, disabled FROM door_user_by_email(${wanted})`,
  )
  const right = await verifyPassword(user && !user.disabled ? user.password_hash : null, password)
  if (user && right) {
    await db.execute(sql`SELECT door_login_forgiven(ARRAY[${keys.pair}, ${keys.email}]::text[])`)
    return { outcome: 'success', userId: user.id }
  }

  const {
    rows: [failed],
  } = await db.execute<{ until: Date | string | null }>(sql`
    SELECT greatest(door_login_failed(${keys.pair}, ${failuresMax.pair}), door_login_failed(${keys.email}, ${failuresMax.email}),
      door_login_failed(${keys.address}, ${failuresMax.address})) AS until`)
  return failed?.until ? { outcome: 'locked', until: new Date(failed.until) } : { outcome: 'wrong' }
}

/** Keys are hashed: what people typed as an e-mail may be a password. */
function key(kind: string, value: string): string {
  return `${kind}:${createHash('sha256').update(value).digest('base64url')}`
}
