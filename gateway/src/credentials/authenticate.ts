import {
  findApiToken,
  findPlanPicture,
  findSharedPicture,
  findShareSession,
  mayDo,
  sessionCookieName,
  shareCookieName,
  type CredentialRefusals,
  type Database,
  type Sessions,
  type ShareSession,
} from '@bitewing/db'
import type { MiddlewareHandler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { GatewayError } from '../errors.ts'
import type { GatewayEnv } from '../gateway-env.ts'
import type { Credential } from './credential.ts'

type Dependencies = { db: Database; sessions: Sessions; refusals: CredentialRefusals }

/**
 * Finds out who asks: a bearer token, Basic with the token as password (old viewers), or the session cookie.
 * A request without any goes on as nobody; `allow` decides what nobody may. A credential that opens nothing is
 * refused here, so that nobody mistakes an expired token for a public page.
 */
export function authenticate({ db, sessions, refusals }: Dependencies): MiddlewareHandler<GatewayEnv> {
  const tokens = createBriefCache((secret: string) => findApiToken(db, secret))
  const staff = createBriefCache((sessionId: string) => sessions.read(sessionId))

  return async function authenticate(c, next) {
    const header = c.req.header('Authorization')
    if (header !== undefined) {
      const secret = tokenOf(header)
      const token = secret === null ? null : await tokens(secret)
      if (!token) {
        await refusals.note('token', secret, c.var.address)
        throw new GatewayError('credential-invalid', 'This token is unknown, expired or revoked.')
      }
      c.set('credential', {
        kind: 'token',
        actor: { kind: 'token', id: token.id },
        sessionId: null,
        tenantId: token.tenantId,
        onlyStudyId: null,
        may: (action) => mayDo({ kind: 'token', scopes: token.scopes }, action),
      })
      return next()
    }

    const sessionId = getCookie(c, sessionCookieName)
    const found = sessionId ? await staff(sessionId) : null
    if (sessionId && !found) await refusals.note('session', sessionId, c.var.address)
    if (found) {
      const { session, renewed } = found
      if (renewed) setCookie(c, renewed.name, renewed.value, renewed.attributes)
      c.set('credential', {
        kind: 'session',
        actor: { kind: 'user', id: session.userId },
        sessionId: session.sessionId,
        tenantId: session.tenant?.id ?? null,
        onlyStudyId: null,
        may: (action) =>
          mayDo(
            { kind: 'staff', role: session.tenant?.role ?? null, isOperator: session.isOperator },
            action,
          ),
      } satisfies Credential)
    }
    return next()
  }
}

/** As `authenticate`, for what lies under `/s/{shareId}`: its cookie opens that share, and nothing else counts here. */
export function authenticateShare({
  db,
  refusals,
}: Pick<Dependencies, 'db' | 'refusals'>): MiddlewareHandler<GatewayEnv> {
  return async function authenticateShare(c, next) {
    const value = getCookie(c, shareCookieName)
    const shareId = c.req.param('shareId') ?? ''
    // asked anew at every request: a revoked link opens nothing from that moment
    const session = value ? await findShareSession(db, shareId, value) : null
    if (value && !session) await refusals.note('share', value, c.var.address)
    const onlyStudyId = session && (await sharedStudy(db, session, c.req.path))
    if (session && onlyStudyId) {
      c.set('credential', {
        kind: 'share',
        actor: { kind: 'share', id: session.shareId },
        sessionId: session.sessionId,
        tenantId: session.tenantId,
        onlyStudyId,
        may: (action) => action === 'images.read',
      })
    }
    return next()
  }
}

/**
 * Our id of the study that a request under a share may read. A link to a plan opens single pictures of any study, as
 * renditions alone, and so do comparisons that are in a link: the path of one names it, and whatever else is asked for
 * is of the link's own study, or nobody's.
 */
async function sharedStudy(db: Database, session: ShareSession, path: string): Promise<string | null> {
  const { tenantId, shareId, studyId, planVersionId } = session
  const [, sopInstanceUid, frameText = ''] =
    /^\/s\/[^/]+\/renditions\/[\d.]+\/[\d.]+\/([\d.]+)\/(\d{1,7})\/[^/]+$/.exec(path) ?? []
  if (sopInstanceUid === undefined) return studyId
  if (planVersionId !== null) return findPlanPicture(db, { tenantId, planVersionId, sopInstanceUid })
  const frame = Number(frameText)
  return (await findSharedPicture(db, { tenantId, shareId, sopInstanceUid, frame })) ?? studyId
}

/** The secret in an Authorization header: a bearer token, or the password of Basic. */
function tokenOf(header: string): string | null {
  const [, scheme = '', value = ''] = /^(\S+)\s+(\S+)\s*$/.exec(header) ?? []
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return value
    case 'basic': {
      const decoded = Buffer.from(value, 'base64').toString('utf8')
      const colon = decoded.indexOf(':')
      return colon < 0 ? null : decoded.slice(colon + 1)
    }
    default:
      return null
  }
}

const briefMs = 500
const entriesMax = 1000

/**
 * Remembers an answer for half a second: a viewer that asks for a thousand frames is looked up twice a second,
 * and a revoked credential is dead within one.
 */
function createBriefCache<T>(find: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const entries = new Map<string, { at: number; answer: Promise<T> }>()
  return (key) => {
    const now = performance.now()
    const entry = entries.get(key)
    if (entry && now - entry.at < briefMs) return entry.answer
    if (entries.size >= entriesMax) entries.clear()
    const answer = find(key)
    entries.set(key, { at: now, answer })
    answer.catch(() => entries.delete(key))
    return answer
  }
}
