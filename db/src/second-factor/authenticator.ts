import { sql } from 'drizzle-orm'
import { Secret, TOTP } from 'otpauth'
import type { Database } from '../database.ts'
import type { AccountKey } from './account-key.ts'

/** What an app is given, as a QR code or by hand. */
export type NewAuthenticator = { uri: string; secret: string }

/** What every app can do, RFC 6238 §1.2: SHA-1, six digits, thirty seconds. 160 bits, as RFC 4226 §4 advises. */
const secretBytes = 20
const periodSeconds = 30
/** Codes of one step before and after count: clocks differ, and people type slowly (RFC 6238 §5.2). */
const stepsAround = 1

/**
 * The secret that a user's app is to be given, made when first asked for; the same until a code has confirmed it, so
 * that a page that is loaded again shows what was scanned.
 *
 * @param user.issuer what the app shows beside the e-mail
 * @returns null when an app is in use already
 */
export async function newAuthenticator(
  db: Database,
  key: AccountKey,
  user: { userId: string; email: string; issuer: string },
): Promise<NewAuthenticator | null> {
  const known = await read(db, user.userId)
  if (known?.confirmed) return null
  const bytes = known ? key.open(user.userId, known.sealed) : null
  const secret = bytes ? new Secret({ buffer: ownBuffer(bytes) }) : new Secret({ size: secretBytes })
  if (!bytes) {
    await db.execute(
      sql`SELECT door_authenticator_begin(${user.userId}, ${key.seal(user.userId, secret.bytes)})`,
    )
  }
  const uri = new TOTP({ issuer: user.issuer, label: user.email, secret }).toString()
  return { uri, secret: secret.base32 }
}

/**
 * Whether a code is the app's, and was not taken before. The first one brings the app into use.
 *
 * @param confirming the code is to bring a new app into use; else only one that is in use counts
 * @param at         milliseconds since 1970
 */
export async function takeAuthenticatorCode(
  db: Database,
  key: AccountKey,
  {
    userId,
    code,
    confirming,
    at = Date.now(),
  }: {
    userId: string
    code: string
    confirming: boolean
    at?: number
  },
): Promise<boolean> {
  const known = await read(db, userId)
  if (!known || known.confirmed === confirming) return false
  const secret = new Secret({ buffer: ownBuffer(key.open(userId, known.sealed)) })
  const delta = TOTP.validate({ token: code, secret, window: stepsAround, timestamp: at }) // in constant time
  if (delta === null) return false
  const step = Math.floor(at / 1000 / periodSeconds) + delta
  const {
    rows: [row],
  } = await db.execute<{ taken: boolean }>(sql`SELECT door_authenticator_take(${userId}, ${step}) AS taken`)
  return row?.taken ?? false
}

export async function removeAuthenticator(db: Database, userId: string): Promise<void> {
  await db.execute(sql`SELECT door_authenticator_remove(${userId})`)
}

async function read(db: Database, userId: string) {
  const {
    rows: [row],
  } = await db.execute<{ sealed_secret: Buffer; confirmed: boolean }>(
    sql`SELECT * FROM door_authenticator(${userId})`,
  )
  return row ? { sealed: row.sealed_secret, confirmed: row.confirmed } : null
}

/** Small Buffers share one store; the library takes the whole of it. */
function ownBuffer(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}
