import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { hashSecret } from '../secrets.ts'
import type { Audit } from './audit.ts'
import type { AuditActor } from './audit-event.ts'

export type CredentialKind = 'token' | 'session' | 'share'

const actorKinds = { token: 'token', session: 'user', share: 'share' } as const satisfies Record<
  CredentialKind,
  AuditActor['kind']
>

/** Told of each credential that opened nothing. Resolves once what has to be on record is. */
export type CredentialRefusals = {
  /**
   * @param secret the token, or the cookie's value; null for what is no credential at all
   * @param address where it came from
   */
  note(credential: CredentialKind, secret: string | null, address: string): Promise<void>
}

/**
 * Keeps on record what opens nothing. One that was somebody's once (revoked, over, of a disabled user, or a share's
 * at another share's address) is an event of its practice, many of one actor one event with a count. One that
 * nobody ever gave out belongs to nobody and can be made up by the thousand: it is counted, and writes no row.
 *
 * @param onUnknown told of the latter
 */
export function createCredentialRefusals({
  db,
  audit,
  onUnknown,
}: {
  db: Database
  audit: Audit
  onUnknown: (credential: CredentialKind) => void
}): CredentialRefusals {
  return {
    async note(credential, secret, address) {
      const owner = secret === null ? null : await ownerOf(db, credential, secret)
      if (!owner) return onUnknown(credential)
      await audit.access({
        tenantId: owner.tenant_id,
        kind: 'credential.refused',
        outcome: 'denied',
        actor: { kind: actorKinds[credential], id: owner.actor_id },
        sessionId: owner.session_id,
        address,
        detail: { credential },
      })
    },
  }
}

async function ownerOf(db: Database, credential: CredentialKind, secret: string) {
  const { rows } = await db.execute<{
    tenant_id: string | null
    actor_id: string
    session_id: string | null
  }>(sql`SELECT * FROM door_dead_credential(${credential}, ${hashSecret(secret)})`)
  return rows[0] ?? null
}
