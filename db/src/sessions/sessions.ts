import { sql } from 'drizzle-orm'
import { Lucia, TimeSpan, type Cookie } from 'lucia'
import type { Database } from '../database.ts'
import type { TenantRole } from '../schema/index.ts'
import { hashSecret, randomSecret } from '../secrets.ts'
import { luciaAdapter, type SessionAttributes, type UserAttributes } from './lucia-adapter.ts'
import type { StaffSession } from './session.ts'

export const sessionCookieName = 'bitewing_session'

export type Sessions = {
  /** The session a cookie's value opens; null when unknown, ended or of a disabled user. `renewed` asks to send the cookie again. */
  read(sessionId: string): Promise<{ session: StaffSession; renewed: Cookie | null } | null>
  /**
   * Opens a session in the user's first practice (by name), or in none.
   *
   * @param from shown to its user among their sessions
   */
  open(userId: string, from?: { address: string; agent: string }): Promise<{ cookie: Cookie }>
  close(sessionId: string): Promise<{ cookie: Cookie }>
  /** Moves the session to another of the user's practices; false when they do not work there. */
  switchTenant(sessionId: string, tenantId: string): Promise<boolean>
  memberships(userId: string): Promise<{ tenantId: string; slug: string; name: string; role: TenantRole }[]>
  setLocale(userId: string, locale: 'en' | 'fr'): Promise<void>
  /** Removes ended sessions; for the worker, now and then. */
  sweep(): Promise<void>
}

/**
 * Staff sessions over Lucia 3, which is feature-frozen: nothing outside this folder knows it.
 *
 * @param secure true when the public URL is https: the cookie then never leaves TLS
 */
export function createSessions({ db, secure }: { db: Database; secure: boolean }): Sessions {
  const lucia = luciaOver(db, secure)

  async function memberships(userId: string) {
    const { rows } = await db.execute<{ tenant_id: string; slug: string; name: string; role: TenantRole }>(
      sql`SELECT * FROM door_memberships(${userId})`,
    )
    return rows.map((row) => ({ tenantId: row.tenant_id, slug: row.slug, name: row.name, role: row.role }))
  }

  return {
    memberships,
    async read(sessionId) {
      const { session, user } = await lucia.validateSession(sessionId)
      if (!session) return null
      const { tenantId, tenantSlug, tenantName, role } = session
      return {
        session: {
          kind: 'staff',
          sessionId: session.publicId,
          userId: user.id,
          email: user.email,
          name: user.name,
          locale: user.locale === 'en' ? 'en' : 'fr',
          isOperator: user.isOperator,
          tenant:
            tenantId && tenantSlug && tenantName && role
              ? { id: tenantId, slug: tenantSlug, name: tenantName, role }
              : null,
          expiresAt: session.expiresAt,
        },
        renewed: session.fresh ? lucia.createSessionCookie(sessionId) : null,
      }
    },
    async open(userId, from) {
      const [first] = await memberships(userId)
      const session = await lucia.createSession(
        userId,
        {
          publicId: '', // given by Postgres
          tenantId: first?.tenantId ?? null,
          tenantSlug: first?.slug ?? null,
          tenantName: first?.name ?? null,
          role: first?.role ?? null,
        },
        { sessionId: randomSecret('') },
      )
      if (from) {
        await db.execute(
          sql`SELECT door_session_opened(${hashSecret(session.id)}, ${from.address}, ${from.agent})`,
        )
      }
      return { cookie: lucia.createSessionCookie(session.id) }
    },
    async close(sessionId) {
      await lucia.invalidateSession(sessionId)
      return { cookie: lucia.createBlankSessionCookie() }
    },
    async switchTenant(sessionId, tenantId) {
      const {
        rows: [row],
      } = await db.execute<{ done: boolean }>(
        sql`SELECT door_session_tenant(${hashSecret(sessionId)}, ${tenantId}) AS done`,
      )
      return row?.done ?? false
    },
    async setLocale(userId, locale) {
      await db.execute(sql`SELECT door_user_locale(${userId}, ${locale})`)
    },
    sweep: () => lucia.deleteExpiredSessions(),
  }
}

export function luciaOver(db: Database, secure: boolean) {
  return new Lucia<SessionAttributes, UserAttributes>(luciaAdapter(db), {
    sessionExpiresIn: new TimeSpan(12, 'h'), // a working day; used sessions are renewed past its half
    sessionCookie: {
      name: sessionCookieName,
      expires: true,
      attributes: { secure, sameSite: 'lax', path: '/' },
    },
    getUserAttributes: (user) => user,
    getSessionAttributes: (session) => session,
  })
}
