import type { Action, AuditActor } from '@bitewing/db'

/** Who asks, by what. */
export type Credential = {
  kind: 'session' | 'token' | 'share'
  actor: AuditActor
  /** public id of the session or share session, for the audit log */
  sessionId: string | null
  /** null for an operator without a practice */
  tenantId: string | null
  /** our id of the one study a share link opens; null when the whole practice's images may be seen */
  onlyStudyId: string | null
  may(action: Action): boolean
}
