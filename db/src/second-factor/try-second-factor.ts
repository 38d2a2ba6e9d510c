import { createHash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { createTurns } from '../sessions/turns.ts'
import type { AccountKey } from './account-key.ts'
import { takeAuthenticatorCode } from './authenticator.ts'
import { takeRecoveryCode } from './recovery-codes.ts'

export type TriedSecondFactor =
  { outcome: 'app' | 'recovery' } | { outcome: 'wrong' } | { outcome: 'locked'; until: Date }

/** Wrong codes of one user before a lock: of six digits, three are right at any moment. */
const failuresMax = 5
const turns = createTurns()

/**
 * Checks what was typed in the place of a second factor: a code of the app, or a recovery code. Each counts once.
 * Too many wrong ones lock for a minute, twice as long each further time.
 */
export function trySecondFactor(
  db: Database,
  key: AccountKey,
  { userId, typed, confirming = false }: { userId: string; typed: string; confirming?: boolean },
): Promise<TriedSecondFactor> {
  const counted = `code:${createHash('sha256').update(userId).digest('base64url')}`
  // one after another, so that many at once get no more tries
  return turns(counted, async () => {
    const {
      rows: [lock],
    } = await db.execute<{ until: Date | string | null }>(
      sql`SELECT door_login_locked(ARRAY[${counted}]::text[]) AS until`,
    )
    if (lock?.until) return { outcome: 'locked', until: new Date(lock.until) }

    const code = typed.replace(/\s/g, '')
    const outcome = /^\d{6}$/.test(code)
      ? (await takeAuthenticatorCode(db, key, { userId, code, confirming })) && ('app' as const)
      : !confirming && (await takeRecoveryCode(db, userId, typed)) && ('recovery' as const)
    if (outcome) {
      await db.execute(sql`SELECT door_login_forgiven(ARRAY[${counted}]::text[])`)
      return { outcome }
    }
    const {
      rows: [failed],
    } = await db.execute<{ until: Date | string | null }>(
      sql`SELECT door_login_failed(${counted}, ${failuresMax}) AS until`,
    )
    return failed?.until ? { outcome: 'locked', until: new Date(failed.until) } : { outcome: 'wrong' }
  })
}
