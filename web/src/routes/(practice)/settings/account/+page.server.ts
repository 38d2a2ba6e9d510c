import {
  endUserSession,
  hasSecondFactor,
  isLatelyConfirmed,
  listPasskeys,
  listUserSessions,
  logIn,
  newAuthenticator,
  newRecoveryCodes,
  noteConfirmed,
  passwordProblem,
  readSecondFactors,
  removeAuthenticator,
  removePasskey,
  renamePasskey,
  setPassword,
  trySecondFactor,
  type StaffSession,
} from '@bitewing/db'
import { error, fail } from '@sveltejs/kit'
import { z } from 'zod'
import { ports } from '#lib/server/compose.ts'
import { qrPath } from '#lib/server/qr-path.ts'
import { auditOf, requireSession } from '#lib/server/session.ts'
import type { Actions, PageServerLoad } from './$types'

/** One's own: how one logs in, and where one is logged in. */
export const load: PageServerLoad = async ({ locals }) => {
  const session = requireSession(locals)
  const { db } = ports()
  const [factors, passkeys, sessions, confirmed] = await Promise.all([
    readSecondFactors(db, session.userId),
    listPasskeys(db, session.userId),
    listUserSessions(db, session.userId),
    isLatelyConfirmed(db, locals.sessionCookie ?? ''),
  ])
  return {
    factors,
    passkeys: passkeys.map(({ id, name, createdAt, lastUsedAt }) => ({ id, name, createdAt, lastUsedAt })),
    sessions: sessions.map((each) => ({ ...each, current: each.sessionId === session.sessionId })),
    /** the password was given lately: what changes how one logs in asks for it */
    confirmed,
    now: new Date(),
  }
}

const text = z.string().min(1).max(1024)
type Locals = App.Locals

// what is wrong is never 401: to an open page that says that its session has ended

export const actions: Actions = {
  password: async ({ locals, request }) => {
    const session = requireSession(locals)
    const form = z
      .object({ old: text, password: text })
      .safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { password: { problem: 'short' as const, until: null } })
    const refused = await refusePassword(locals, session, form.data.old)
    if (refused) return fail(400, { password: refused })
    const known = [session.email, session.name, session.tenant?.name ?? '']
    const problem = passwordProblem(form.data.password, known)
    if (problem) return fail(400, { password: { problem, until: null } })
    const { userId, sessionId } = session
    await record(locals, session, 'password changed')
    await setPassword(ports().db, { userId, password: form.data.password, kept: sessionId })
    return { password: { changed: true } }
  },

  confirm: async ({ locals, request }) => {
    const session = requireSession(locals)
    const form = z.object({ password: text }).safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { confirm: { problem: 'wrong' as const, until: null } })
    const refused = await refusePassword(locals, session, form.data.password)
    if (refused) return fail(400, { confirm: refused })
    await noteConfirmed(ports().db, locals.sessionCookie ?? '')
    return { confirmed: true }
  },

  app: async ({ locals }) => {
    const session = requireSession(locals)
    if (!(await isConfirmed(locals))) return lapsed()
    const { db, accountKey } = ports()
    const { userId, email } = session
    const app = await newAuthenticator(db, accountKey, { userId, email, issuer: 'Bitewing' })
    return app ? { app: { secret: app.secret, qr: qrPath(app.uri), problem: null } } : fail(409, {})
  },

  code: async ({ locals, request }) => {
    const session = requireSession(locals)
    if (!(await isConfirmed(locals))) return lapsed()
    const form = z.object({ code: text }).safeParse(Object.fromEntries(await request.formData()))
    const { db, accountKey } = ports()
    const { userId, email } = session
    const typed = form.success ? form.data.code : ''
    const before = await readSecondFactors(db, userId)
    const tried = await trySecondFactor(db, accountKey, { userId, typed, confirming: true })
    if (tried.outcome !== 'app') {
      const app = await newAuthenticator(db, accountKey, { userId, email, issuer: 'Bitewing' })
      const problem =
        tried.outcome === 'locked'
          ? { problem: 'locked' as const, until: tried.until.toISOString() }
          : { problem: 'wrong' as const, until: null }
      return fail(400, { app: app && { secret: app.secret, qr: qrPath(app.uri), problem } })
    }
    await record(locals, session, 'authenticator app added')
    return {
      added: 'app' as const,
      codes: hasSecondFactor(before) ? null : await newRecoveryCodes(db, userId),
    }
  },

  removeApp: async ({ locals }) => {
    const session = requireSession(locals)
    if (!(await isConfirmed(locals))) return lapsed()
    const { db } = ports()
    const { required, passkeys } = await readSecondFactors(db, session.userId)
    if (required && passkeys === 0) return fail(409, { problem: 'required' as const })
    await record(locals, session, 'authenticator app removed')
    await removeAuthenticator(db, session.userId)
    return { removed: 'app' as const }
  },

  removePasskey: async ({ locals, request }) => {
    const session = requireSession(locals)
    if (!(await isConfirmed(locals))) return lapsed()
    const form = z.object({ id: text }).safeParse(Object.fromEntries(await request.formData()))
    const { db } = ports()
    const { required, passkeys, appSince } = await readSecondFactors(db, session.userId)
    if (required && passkeys <= 1 && appSince === null) return fail(409, { problem: 'required' as const })
    if (!form.success || !(await removePasskey(db, session.userId, form.data.id))) error(404, 'not found')
    await record(locals, session, 'passkey removed')
    return { removed: 'passkey' as const }
  },

  renamePasskey: async ({ locals, request }) => {
    const session = requireSession(locals)
    if (!(await isConfirmed(locals))) return lapsed()
    const form = z
      .object({ id: text, name: z.string().trim().min(1).max(60) })
      .safeParse(Object.fromEntries(await request.formData()))
    if (!form.success) return fail(400, { problem: 'name' as const })
    if (!(await renamePasskey(ports().db, session.userId, form.data))) error(404, 'not found')
    await record(locals, session, 'passkey renamed')
    return { renamed: true }
  },

  codes: async ({ locals }) => {
    const session = requireSession(locals)
    if (!(await isConfirmed(locals))) return lapsed()
    const { db } = ports()
    if (!hasSecondFactor(await readSecondFactors(db, session.userId))) return fail(409, {})
    await record(locals, session, 'recovery codes made')
    return { codes: await newRecoveryCodes(db, session.userId) }
  },

  end: async ({ locals, request }) => {
    const session = requireSession(locals)
    const form = z.object({ session: z.uuid() }).safeParse(Object.fromEntries(await request.formData()))
    if (!form.success || !(await endUserSession(ports().db, session.userId, form.data.session)))
      error(404, 'not found')
    await record(locals, session, 'session ended')
    return { ended: true }
  },
}

/** Null when it is the password; counts like a log-in. */
async function refusePassword(locals: Locals, { email }: StaffSession, password: string) {
  const result = await logIn(ports().db, { email, password, address: locals.address })
  if (result.outcome === 'success') return null
  return result.outcome === 'locked'
    ? { problem: 'locked' as const, until: result.until.toISOString() }
    : { problem: 'wrong' as const, until: null }
}

/** Whoever finds an open page does not make a way in of their own. */
function isConfirmed(locals: Locals): Promise<boolean> {
  return isLatelyConfirmed(ports().db, locals.sessionCookie ?? '')
}

/** A page that was open for long asks for the password again, and keeps standing. */
const lapsed = () => fail(409, { confirm: { problem: 'lapsed' as const, until: null } })

/** Before it is done, where that can be known: what is not on record is not done. */
function record(locals: Locals, session: StaffSession, what: string): Promise<void> {
  return ports().audit.record({
    ...auditOf(locals, session),
    kind: 'account.changed',
    outcome: 'success',
    detail: { what },
  })
}
