import { createHmac, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createUser } from '../operator/create-user.ts'
import { testDatabase } from '../testing/test-database.ts'
import { createAccountKey } from './account-key.ts'
import { newAuthenticator, removeAuthenticator, takeAuthenticatorCode } from './authenticator.ts'
import {
  askNewPasskey,
  askPasskey,
  beginLogIn,
  endPendingLogIn,
  readPendingLogIn,
  takeChallenge,
  takeNewPasskeyChallenge,
} from './pending-log-ins.ts'
import { newRecoveryCodes } from './recovery-codes.ts'
import { readSecondFactors } from './second-factors.ts'
import { trySecondFactor } from './try-second-factor.ts'

const { db, owner } = await testDatabase({ connections: 4 })
const key = createAccountKey(randomBytes(32))

let made = 0
async function user() {
  const email = `factor-${++made}@example.org`
  const { id } = await createUser(owner, {
    email,
    name: 'F',
    password: 'a long enough password',
    isOperator: true,
    membership: null,
  })
  return { userId: id, email, issuer: 'Clinique' }
}

/** RFC 4226 §5.3 and RFC 6238 §4, once more: the library's opinion is not the only one here. */
function codeOf(secret: string, at: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const mac = createHmac('sha1', bytes).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** A user whose app is in use, as of `at`. */
async function withApp(at: number) {
  const someone = await user()
  const made = await newAuthenticator(db, key, someone)
  if (!made) throw new Error('no authenticator')
  const take = (code: string, when: number, confirming = false) =>
    takeAuthenticatorCode(db, key, { userId: someone.userId, code, confirming, at: when })
  expect(await take(codeOf(made.secret, at), at, true)).toBe(true)
  return { ...someone, ...made, take }
}

const noon = Date.UTC(2026, 0, 5, 12)

test('the codes are those of RFC 6238', () => {
  // appendix B, SHA-1, the last six digits
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  expect(codeOf(secret, 59_000)).toBe('287082')
  expect(codeOf(secret, 1_111_111_109_000)).toBe('081804')
})

test('an app counts only once a code has confirmed it; until then a page loaded again shows the same secret', async () => {
  const someone = await user()
  const first = await newAuthenticator(db, key, someone)
  expect(await newAuthenticator(db, key, someone)).toEqual(first)
  expect(first?.uri).toMatch(/^otpauth:\/\/totp\/Clinique:factor-\d+%40example\.org\?.*secret=[A-Z2-7]{32}&/)
  const code = codeOf(first?.secret ?? '', noon)
  const { userId } = someone
  expect(await takeAuthenticatorCode(db, key, { userId, code, confirming: false, at: noon })).toBe(false)
  expect((await readSecondFactors(db, userId)).appSince).toBeNull()
  expect(await takeAuthenticatorCode(db, key, { userId, code, confirming: true, at: noon })).toBe(true)
  expect((await readSecondFactors(db, userId)).appSince).not.toBeNull()
  expect(await newAuthenticator(db, key, someone)).toBeNull()
  await removeAuthenticator(db, userId)
  expect((await newAuthenticator(db, key, someone))?.secret).not.toBe(first?.secret)
})

test('no code is taken twice, nor one before it, also when both come at once', async () => {
  const { secret, take } = await withApp(noon)
  // the one that confirmed it
  expect(await take(codeOf(secret, noon), noon)).toBe(false)
  const later = noon + 30_000
  const both = await Promise.all([take(codeOf(secret, later), later), take(codeOf(secret, later), later)])
  expect(both.sort()).toEqual([false, true])
  expect(await take(codeOf(secret, noon), later)).toBe(false)
})

test('clocks may differ by one step, and by no more', async () => {
  const { secret, take } = await withApp(noon)
  const at = noon + 600_000
  expect(await take(codeOf(secret, at - 60_000), at)).toBe(false)
  expect(await take(codeOf(secret, at + 60_000), at)).toBe(false)
  expect(await take(codeOf(secret, at - 30_000), at)).toBe(true)
  expect(await take(codeOf(secret, at + 30_000), at)).toBe(true)
})

test('Postgres holds no secret in plain, and another user’s does not open', async () => {
  const { secret, userId } = await withApp(noon)
  const { rows } = await owner.client.query<{ sealed_secret: Buffer }>(
    `SELECT sealed_secret FROM authenticators WHERE user_id = $1`,
    [userId],
  )
  const sealed = rows[0]?.sealed_secret ?? Buffer.alloc(0)
  expect(key.open(userId, sealed)).toHaveLength(20)
  expect(sealed.toString('latin1')).not.toContain(secret)
  expect(() => key.open('somebody else', sealed)).toThrow()
  expect(() => createAccountKey(randomBytes(32)).open(userId, sealed)).toThrow()
})

test('a recovery code opens once, however it is typed; new ones end the old', async () => {
  const { userId } = await user()
  const old = await newRecoveryCodes(db, userId)
  const codes = await newRecoveryCodes(db, userId)
  expect(codes).toHaveLength(10)
  const attempt = (typed: string) => trySecondFactor(db, key, { userId, typed })
  const [first = '', second = ''] = codes
  expect(await attempt(` ${first.toUpperCase().replaceAll('-', ' ')} `)).toEqual({ outcome: 'recovery' })
  expect(await attempt(first)).toEqual({ outcome: 'wrong' })
  expect(await attempt(old[0] ?? '')).toEqual({ outcome: 'wrong' })
  expect((await readSecondFactors(db, userId)).recoveryLeft).toBe(9)
  const { rows } = await owner.client.query(
    `SELECT encode(code_hash, 'escape') AS stored FROM recovery_codes WHERE user_id = $1`,
    [userId],
  )
  expect(JSON.stringify(rows)).not.toContain(second)
})

test('guessing codes locks, all at once or one by one, and the right one is not tried while locked', async () => {
  const { secret, userId } = await withApp(noon)
  const right = codeOf(secret, Date.now())
  const wrong = right === '000000' ? '000001' : '000000'
  const typed = [...Array.from({ length: 20 }, () => wrong), right]
  const outcomes = await Promise.all(
    typed.map(async (each) => (await trySecondFactor(db, key, { userId, typed: each })).outcome),
  )
  expect(outcomes.filter((outcome) => outcome === 'wrong')).toHaveLength(4)
  expect(outcomes.filter((outcome) => outcome === 'app')).toHaveLength(0)
})

test('between password and code there is nothing but the name; what a passkey signs is asked once', async () => {
  const { userId, email } = await user()
  const { value } = await beginLogIn(db, userId)
  expect(await readPendingLogIn(db, value)).toMatchObject({ userId, email })
  await askPasskey(db, value, 'challenge')
  expect(await takeChallenge(db, value)).toBe('challenge')
  expect(await takeChallenge(db, value)).toBeNull()
  await endPendingLogIn(db, value)
  expect(await readPendingLogIn(db, value)).toBeNull()

  const late = await beginLogIn(db, userId)
  await owner.client.query(`UPDATE pending_log_ins SET expires_at = now()`)
  expect(await readPendingLogIn(db, late.value)).toBeNull()

  await askNewPasskey(db, { sessionId: 'a cookie', userId, challenge: 'new' })
  expect(await readPendingLogIn(db, 'a cookie')).toBeNull()
  expect(await takeNewPasskeyChallenge(db, 'a cookie')).toBe('new')
})
