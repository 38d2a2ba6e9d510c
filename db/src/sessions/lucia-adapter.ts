import { sql } from 'drizzle-orm'
import type { Adapter, DatabaseSession, DatabaseUser } from 'lucia'
import type { Database } from '../database.ts'
import type { luciaOver } from './sessions.ts'
import type { TenantRole } from '../schema/index.ts'
import { hashSecret } from '../secrets.ts'

declare module 'lucia' {
  interface Register {
    Lucia: ReturnType<typeof luciaOver>
    UserId: string
    DatabaseUserAttributes: UserAttributes
    DatabaseSessionAttributes: SessionAttributes
  }
}

export type UserAttributes = { email: string; name: string; locale: string; isOperator: boolean }
export type SessionAttributes = {
  publicId: string
  tenantId: string | null
  tenantSlug: string | null
  tenantName: string | null
  role: TenantRole | null
}

type SessionRow = {
  public_id: string
  user_id: string
  expires_at: Date | string
  email: string
  name: string
  locale: string
  is_operator: boolean
  tenant_id: string | null
  tenant_slug: string | null
  tenant_name: string | null
  role: TenantRole | null
}

/**
 * Lucia's view of our sessions. Lucia would store session ids as they are; here only their SHA-256 reaches
 * Postgres, so a stolen backup opens nothing. All of it goes through the doors: users and sessions are global.
 */
export function luciaAdapter(db: Database): Adapter {
  return {
    async getSessionAndUser(sessionId): Promise<[DatabaseSession | null, DatabaseUser | null]> {
      const {
        rows: [row],
      } = await db.execute<SessionRow>(sql`SELECT * FROM door_session(${hashSecret(sessionId)})`)
      // Lucia would delete one that is over; the sweep does, and until then it can be told from one made up
      if (!row || new Date(row.expires_at).getTime() <= Date.now()) return [null, null]
      return [
        {
          id: sessionId,
          userId: row.user_id,
          expiresAt: new Date(row.expires_at),
          attributes: {
            publicId: row.public_id,
            tenantId: row.tenant_id,
            tenantSlug: row.tenant_slug,
            tenantName: row.tenant_name,
            role: row.role,
          },
        },
        {
          id: row.user_id,
          attributes: { email: row.email, name: row.name, locale: row.locale, isOperator: row.is_operator },
        },
      ]
    },
    // ids are hashed: a list of sessions could not name them
    getUserSessions: async () => [],
    async setSession(session) {
      await db.execute(
        sql`SELECT door_session_create(${hashSecret(session.id)}, ${session.userId}, ${session.attributes.tenantId}, ${session.expiresAt.toISOString()})`,
      )
    },
    async updateSessionExpiration(sessionId, expiresAt) {
      await db.execute(sql`SELECT door_session_extend(${hashSecret(sessionId)}, ${expiresAt.toISOString()})`)
    },
    async deleteSession(sessionId) {
      await db.execute(sql`SELECT door_session_delete(${hashSecret(sessionId)})`)
    },
    async deleteUserSessions(userId) {
      await db.execute(sql`SELECT door_sessions_delete_of_user(${userId})`)
    },
    async deleteExpiredSessions() {
      await db.execute(sql`SELECT door_sessions_delete_expired()`)
    },
  }
}
