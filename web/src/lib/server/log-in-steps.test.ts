import { createHmac, randomBytes } from 'node:crypto'
import {
  closeDatabase,
  connectDatabase,
  createTenant,
  createUser,
  pendingLogInCookieName,
  requireSecondFactor,
  sessionCookieName,
} from '@bitewing/db'
import { startPostgres } from '@bitewing/testbed'
import { isActionFailure, isRedirect } from '@sveltejs/kit'
import { afterAll, expect, test } from 'vitest'
import { actions as logInActions } from '../../routes/login/+page.server.ts'
import { actions as setUpActions, load as setUp } from '../../routes/login/set-up/+page.server.ts'
import { actions as verifyActions, load as verify } from '../../routes/login/verify/+page.server.ts'
import { POST as askPasskey, PUT as answerPasskey } from '../../routes/login/passkey/+server.ts'
import { POST as askNewPasskey } from '../../routes/login/set-up/passkey/+server.ts'
import { closePorts, ports } from './compose.ts'

const cluster = await startPostgres()
const database = await cluster.createDatabase()
process.env['DATABASE_URL'] = database.appUrl
process.env['PUBLIC_URL'] = 'http://practice.test'
process.env['ACCOUNT_KEY'] = randomBytes(32).toString('base64')
const owner = connectDatabase(database.ownerUrl, 1)
const practice = { slug: 'steps', name: 'Steps', aeTitle: 'STEPS', wrapDataKey: () => randomBytes(60) }
const { id: tenantId } = await createTenant(owner, practice)
const password = 'a long enough password'
const { id: userId } = await createUser(owner, {
  email: 'zoe@example.test',
  name: 'Zoé',
  password,
  isOperator: false,
  membership: { tenantId, role: 'owner' },
})
afterAll(async () => {
  await Promise.all([closePorts(), closeDatabase(owner)])
  await database.drop()
  await cluster.stop()
})

/** A browser: its cookies, and what these routes read of an event. */
function browser() {
  const jar = new Map<string, string>()
  const event = (fields: Record<string, string> = {}) => ({
    url: new URL('http://practice.test/login?next=%2Faudit'),
    request: new Request('http://practice.test/login', {
      method: 'POST',
      body: new URLSearchParams(fields),
    }),
    locals: { address: '192.0.2.1', locale: 'en', session: null, sessionCookie: null },
    cookies: {
      get: (name: string) => jar.get(name),
      set: (name: string, value: string) => jar.set(name, value),
      delete: (name: string) => jar.delete(name),
    },
  })
  /** @returns where it leads, or the status of a refusal, or what was answered */
  const go = async (handler: unknown, fields?: Record<string, string>): Promise<unknown> => {
    try {
      const answer = await (handler as (event: unknown) => unknown)(event(fields))
      if (answer instanceof Response) return answer.status === 200 ? await answer.json() : answer.status
      return isActionFailure(answer) ? answer.status : answer
    } catch (thrown) {
      if (isRedirect(thrown)) return thrown.location
      throw thrown
    }
  }
  const logIn = () => go(logInActions['default'], { email: 'zoe@example.test', password })
  return { jar, go, logIn, isIn: () => jar.has(sessionCookieName) }
}

/** RFC 6238 */
function codeOf(secret: string, at: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const mac = createHmac('sha1', bytes).update(counter).digest()
  return String((mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

let secret = ''
let recovery: string[] = []

test('the password alone opens where nothing more is asked', async () => {
  const one = browser()
  expect(await one.logIn()).toBe('/audit')
  expect(one.isIn()).toBe(true)
})

test('where a practice asks for a second factor, the password leads to setting one up, and opens nothing', async () => {
  await requireSecondFactor(ports().db, { tenantId, userId, sessionId: null, address: null }, true)
  const one = browser()
  expect(await one.logIn()).toBe('/login/set-up?next=%2Faudit')
  expect(one.isIn()).toBe(false)
  const page = (await one.go(setUp)) as { app: { secret: string } }
  secret = page.app.secret
  expect(await one.go(setUpActions['default'], { code: '000000' })).toBe(401)
  expect(one.isIn()).toBe(false)
  const done = (await one.go(setUpActions['default'], { code: codeOf(secret, Date.now()) })) as {
    codes: string[]
  }
  recovery = done.codes
  expect(recovery).toHaveLength(10)
  expect(one.isIn()).toBe(true)
  expect(one.jar.has(pendingLogInCookieName)).toBe(false)
})

test('with a second factor set up, the password opens neither a session nor the way to add another', async () => {
  const one = browser()
  expect(await one.logIn()).toBe('/login/verify?next=%2Faudit')
  expect(one.isIn()).toBe(false)
  expect(await one.go(setUp)).toMatch(/^\/login/)
  expect(await one.go(setUpActions['default'], { code: codeOf(secret, Date.now()) })).toMatch(/^\/login/)
  expect(await one.go(askNewPasskey)).toBe(403)
  expect(await ports().sessions.read(one.jar.get(pendingLogInCookieName) ?? '')).toBeNull()
  expect(one.isIn()).toBe(false)

  // the code that confirmed the app is used up
  expect(await one.go(verifyActions['default'], { code: codeOf(secret, Date.now()) })).toBe(401)
  expect(await one.go(verifyActions['default'], { code: codeOf(secret, Date.now() + 30_000) })).toBe('/audit')
  expect(one.isIn()).toBe(true)
})

test('a recovery code opens once, and a step that is over leads back to the password', async () => {
  const [one, two] = [browser(), browser()]
  await one.logIn()
  const first = recovery[0] ?? ''
  expect(await one.go(verifyActions['default'], { code: first })).toBe('/audit')
  await two.logIn()
  expect(await two.go(verifyActions['default'], { code: first })).toBe(401)
  await owner.client.query(`UPDATE pending_log_ins SET expires_at = now()`)
  expect(await two.go(verify)).toBe('/login?next=%2Faudit')
  expect(await two.go(verifyActions['default'], { code: recovery[1] ?? '' })).toBe('/login?next=%2Faudit')
  expect(two.isIn()).toBe(false)
})

test('what is no answer of a passkey opens nothing', async () => {
  const one = browser()
  expect(await one.go(askPasskey)).toMatchObject({ rpId: 'practice.test', userVerification: 'required' })
  expect(await one.go(answerPasskey, { id: 'x' })).toBe(401)
  expect(one.isIn()).toBe(false)
})

test('each step is on record: what was refused, and what opened a session', async () => {
  const { rows } = await owner.client.query<{ kind: string; by: string | null }>(
    `SELECT kind, detail ->> 'by' AS by FROM audit_events WHERE actor_id = $1 ORDER BY at`,
    [userId],
  )
  const opened = rows.filter(({ kind }) => kind === 'session.opened').map(({ by }) => by)
  expect(opened).toEqual(['password', 'app', 'app', 'recovery'])
  expect(rows.filter(({ kind }) => kind === 'session.second-factor-refused')).toHaveLength(3)
})
