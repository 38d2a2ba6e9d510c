import {
  beginLogIn,
  endPendingLogIn,
  hasSecondFactor,
  pendingLogInCookieName,
  readPendingLogIn,
  readSecondFactors,
  type PendingLogIn,
} from '@bitewing/db'
import { redirect, type RequestEvent } from '@sveltejs/kit'
import { agentName } from './agent-name.ts'
import { ports } from './compose.ts'
import { localPath } from './local-path.ts'

type Event = Pick<RequestEvent, 'cookies' | 'locals' | 'request' | 'url'>

/** What opened a session: it stands in the audit trail. */
type Proof = 'password' | 'app' | 'recovery' | 'passkey'

/**
 * After the right password: on to the second factor, to setting one up where a practice asks for it, or in. Until the
 * session is opened there is none: the cookie of this step opens nothing but the next.
 */
export async function passwordWasRight(event: Event, userId: string): Promise<never> {
  const factors = await readSecondFactors(ports().db, userId)
  if (!hasSecondFactor(factors) && !factors.required) {
    await openSession(event, userId, 'password')
    redirect(303, nextPath(event))
  }
  await startLogIn(event, userId)
  redirect(303, `/login/${hasSecondFactor(factors) ? 'verify' : 'set-up'}${nextQuery(event)}`)
}

/** Starts the step that a passkey or code ends. @param userId null where the passkey is to tell who it is */
export async function startLogIn({ cookies }: Event, userId: string | null): Promise<string> {
  const { db, environment } = ports()
  const { value, expiresAt } = await beginLogIn(db, userId)
  cookies.set(pendingLogInCookieName, value, {
    path: '/login',
    httpOnly: true,
    sameSite: 'lax',
    secure: environment.secureCookies,
    expires: expiresAt,
  })
  return value
}

/** Whose password was right, and the cookie's value; null when it is too long ago, or nobody's. */
export async function pendingLogIn({
  cookies,
}: Pick<Event, 'cookies'>): Promise<(PendingLogIn & { value: string }) | null> {
  const value = cookies.get(pendingLogInCookieName)
  if (value === undefined) return null
  const pending = await readPendingLogIn(ports().db, value)
  return pending && { ...pending, value }
}

/** As `pendingLogIn`, for setting up: a password alone makes the first second factor, and never a further one. */
export async function pendingWithoutSecondFactor(event: Pick<Event, 'cookies'>) {
  const pending = await pendingLogIn(event)
  return pending && !hasSecondFactor(await readSecondFactors(ports().db, pending.userId)) ? pending : null
}

/** Opens a session for somebody who has proved all that is asked of them, on record; a log-in under way is over. */
export async function openSession(event: Event, userId: string, by: Proof): Promise<void> {
  const { db, sessions, audit } = ports()
  const { cookies, locals, request } = event
  const pending = cookies.get(pendingLogInCookieName)
  if (pending !== undefined) {
    await endPendingLogIn(db, pending)
    cookies.delete(pendingLogInCookieName, { path: '/login' })
  }
  // a fresh session for each log-in: a cookie planted before means nothing
  const agent = agentName(request.headers.get('user-agent'))
  const { cookie } = await sessions.open(userId, { address: locals.address, agent })
  const opened = await sessions.read(cookie.value)
  await audit.record({
    tenantId: opened?.session.tenant?.id ?? null,
    sessionId: opened?.session.sessionId ?? null,
    address: locals.address,
    kind: 'session.opened',
    outcome: 'success',
    actor: { kind: 'user', id: userId },
    detail: { by },
  })
  cookies.set(cookie.name, cookie.value, { ...cookie.attributes, path: '/' })
  locals.session = opened?.session ?? null
}

/** A wrong code after a right password: on record under the user, since the password is known to whoever typed it. */
export async function refuseSecondFactor({ locals }: Pick<Event, 'locals'>, userId: string): Promise<void> {
  await ports().audit.record({
    tenantId: null,
    sessionId: null,
    address: locals.address,
    kind: 'session.second-factor-refused',
    outcome: 'denied',
    actor: { kind: 'user', id: userId },
  })
}

export function nextPath({ url }: Pick<Event, 'url'>): string {
  return localPath(url.searchParams.get('next'))
}

/** What the next step's address carries on of where its user was going. */
export function nextQuery(event: Pick<Event, 'url'>): string {
  const next = nextPath(event)
  return next === '/' ? '' : `?next=${encodeURIComponent(next)}`
}
