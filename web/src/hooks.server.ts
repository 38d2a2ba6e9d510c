import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { isDatabaseAway, sessionCookieName } from '@bitewing/db'
import { building } from '$app/env'
import { error } from '@sveltejs/kit'
import type { Handle, HandleServerError, ServerInit } from '@sveltejs/kit/hooks'
import { overwriteServerAsyncLocalStorage } from '#paraglide/runtime.js'
import { isPublicRoute } from '#lib/server/public-routes.ts'
import { isMalformedId } from '#lib/server/malformed-id.ts'
import { isForeignChange } from '#lib/server/foreign-change.ts'
import { localeCookieName } from '#lib/server/locale-cookie.ts'
import { ports } from '#lib/server/compose.ts'
import { refuseUnreadable } from '#lib/server/refuse-unreadable.ts'
import { timeZoneOf } from '#lib/server/time-zone-of.ts'
import { setSecurityHeaders } from '#lib/server/security-headers.ts'
import { tellInstantsIn } from '#lib/format/date.ts'
import { isLocale, preferredLocale, type Locale } from '#lib/locale.ts'

const language = new AsyncLocalStorage<{
  locale?: Locale
  origin?: string
  messageCalls?: Set<string>
  timeZone?: string | undefined
}>()
overwriteServerAsyncLocalStorage(language)
tellInstantsIn(() => language.getStore()?.timeZone)

export const init: ServerInit = () => {
  // an unusable environment ends the start, not the first request
  if (!building) ports()
}

export const handle: Handle = async (input) => {
  const { isDataRequest, locals } = input.event
  try {
    const response = await answer(input)
    if (!(isDataRequest && locals.databaseAway)) return response
  } catch (error) {
    if (!(isDataRequest && isDatabaseAway(error))) throw error
  }
  // an open page asks again until it is there, and stays as it is: see lib/session/steady-fetch.ts
  return setSecurityHeaders(new Response('The database does not answer', { status: 503 }))
}

const answer: Handle = async ({ event, resolve }) => {
  const { cookies, locals, request, url } = event
  const { sessions, refusals } = ports()

  refuseUnreadable(request)
  const sessionCookie = cookies.get(sessionCookieName) ?? null
  const opened = sessionCookie === null ? null : await sessions.read(sessionCookie)
  if (opened?.renewed) {
    const { name, value, attributes } = opened.renewed
    cookies.set(name, value, { ...attributes, path: '/' })
  }
  locals.requestId = randomUUID()
  locals.address = event.getClientAddress()
  if (sessionCookie !== null && !opened) await refusals.note('session', sessionCookie, locals.address)
  locals.session = opened?.session ?? null
  locals.sessionCookie = opened ? sessionCookie : null
  const patientId = event.route.id?.includes('/patients/[id]') ? event.params['id'] : undefined
  locals.patientPage =
    request.method === 'GET' && patientId !== undefined
      ? { patientId, path: url.pathname + url.search }
      : null
  locals.locale = chooseLocale(event.route.id, locals.session, cookies.get(localeCookieName), request.headers)

  const foreign = isForeignChange({
    method: request.method,
    origin: request.headers.get('origin'),
    fetchSite: request.headers.get('sec-fetch-site'),
    ownOrigin: url.origin,
    routeId: event.route.id,
  })
  if (foreign) return setSecurityHeaders(new Response('Cross-site request refused', { status: 403 }))

  if (!locals.session && !isPublicRoute(event.route.id)) {
    if (request.method !== 'GET' || event.isDataRequest) {
      // an open page asks for the password in place and asks again: see lib/session/steady-fetch.ts
      return setSecurityHeaders(new Response('Log in first', { status: 401 }))
    }
    const wanted = url.pathname + url.search
    const next = wanted === '/' ? '' : `?next=${encodeURIComponent(wanted)}`
    const response = new Response(null, { status: 303, headers: { location: `/login${next}` } })
    return setSecurityHeaders(response)
  }

  if (isMalformedId(request.method, event.params, url.pathname + url.search)) error(404, 'not found')

  const tenant = event.isDataRequest || event.route.id === null ? null : locals.session?.tenant
  const store = {
    locale: locals.locale,
    origin: url.origin,
    messageCalls: new Set<string>(),
    timeZone: tenant ? await timeZoneOf(tenant.id) : undefined,
  }
  const response = await language.run(store, () =>
    resolve(event, { transformPageChunk: ({ html }) => html.replace('%bitewing.lang%', locals.locale) }),
  )
  return setSecurityHeaders(response, ports().environment.cdnOrigin)
}

export const handleError: HandleServerError = ({ kind, error: thrown, event }) => {
  const { requestId } = event.locals
  if (isDatabaseAway(thrown)) event.locals.databaseAway = true
  if (kind === 'unknown') {
    // type and place alone: messages of the database quote rows
    const name = thrown instanceof Error ? thrown.name : typeof thrown
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined
    const at =
      thrown instanceof Error
        ? thrown.stack
            ?.split('\n')
            .filter((line) => /^\s+at /.test(line))
            .slice(0, 6)
        : []
    console.error(
      JSON.stringify({ level: 'error', app: 'web', requestId, route: event.route.id, name, code, at }),
    )
  }
  return { requestId }
}

/** Staff have chosen theirs; on public pages a choice made there comes before the browser's preference. */
function chooseLocale(
  routeId: string | null,
  session: App.Locals['session'],
  cookie: string | undefined,
  headers: Headers,
): Locale {
  if (session && (routeId === null || !isPublicRoute(routeId))) return session.locale
  if (isLocale(cookie)) return cookie
  return preferredLocale(headers.get('accept-language')) ?? 'fr'
}
