import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { AuditEvent } from '../audit/audit-event.ts'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database } from '../database.ts'
import { planVersions, shares, shareSessions, studies } from '../schema/index.ts'
import { hashSecret, randomSecret } from '../secrets.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

export const shareCookieName = 'bitewing_share'

/** The folder of everything a share opens; its cookie is sent nowhere else. */
export function sharePath(shareId: string): string {
  return `/s/${shareId}`
}

/**
 * A device of a recipient, allowed one study, or one version of a plan with its pictures, and the pictures of comparisons
 * that were added, until the share ends.
 */
export type ShareSession = {
  kind: 'share'
  sessionId: string
  shareId: string
  tenantId: string
  tenantName: string
  locale: 'en' | 'fr'
  /** null when the share opens a plan, or comparisons alone */
  studyId: string | null
  /** null when the share opens a study, or comparisons alone */
  planVersionId: string | null
  expiresAt: Date
}

/** The share behind a link's token, without opening it: mail scanners burn nothing. Null when there is none any more. */
export async function findShare(db: Database, token: string) {
  const {
    rows: [row],
  } = await db.execute<{
    id: string
    tenant_id: string
    tenant_name: string
    locale: string
    opens_plan: boolean
  }>(sql`SELECT * FROM door_share(${hashSecret(token)})`)
  return row
    ? {
        id: row.id,
        tenantId: row.tenant_id,
        tenantName: row.tenant_name,
        locale: row.locale === 'en' ? ('en' as const) : ('fr' as const),
        opens: row.opens_plan ? ('plan' as const) : ('study' as const),
      }
    : null
}

/** Exchanges a link's token for a device's cookie value; null when the share has ended. */
export async function openShare(
  db: Database,
  token: string,
): Promise<{ shareId: string; tenantId: string; cookieValue: string; expiresAt: Date } | null> {
  const share = await findShare(db, token)
  if (!share) return null
  const cookieValue = randomSecret('')
  const expiresAt = await withTenant(db, share.tenantId, async (tx) => {
    const [opened] = await tx
      .update(shares)
      .set({ openedCount: sql`${shares.openedCount} + 1`, lastOpenedAt: new Date() })
      .where(and(eq(shares.id, share.id), isNull(shares.revokedAt)))
      .returning({ expiresAt: shares.expiresAt })
    if (!opened) return null
    await tx
      .insert(shareSessions)
      .values({ idHash: hashSecret(cookieValue), tenantId: share.tenantId, shareId: share.id })
    return opened.expiresAt
  })
  return expiresAt ? { shareId: share.id, tenantId: share.tenantId, cookieValue, expiresAt } : null
}

/** What a device's cookie opens under `/s/{shareId}`; null once the share is revoked or over. Asked at every request. */
export async function findShareSession(
  db: Database,
  shareId: string,
  cookieValue: string,
): Promise<ShareSession | null> {
  if (!/^[0-9a-f-]{36}$/.test(shareId)) return null
  const {
    rows: [row],
  } = await db.execute<{
    public_id: string
    share_id: string
    tenant_id: string
    tenant_name: string
    locale: string
    study_id: string | null
    plan_version_id: string | null
    expires_at: Date | string
  }>(sql`SELECT * FROM door_share_session(${hashSecret(cookieValue)}, ${shareId})`)
  if (!row) return null
  return {
    kind: 'share',
    sessionId: row.public_id,
    shareId: row.share_id,
    tenantId: row.tenant_id,
    tenantName: row.tenant_name,
    locale: row.locale === 'en' ? 'en' : 'fr',
    studyId: row.study_id,
    planVersionId: row.plan_version_id,
    expiresAt: new Date(row.expires_at),
  }
}

/**
 * Makes a link's token for one study of the practice; null when the practice has no such study.
 *
 * @param event what is on record with it, or it is not made
 */
export async function createShare(
  db: Database,
  share: {
    tenantId: string
    studyInstanceUid: string
    recipient: string
    expiresAt: Date
    createdBy: string
  },
  event?: (made: { shareId: string; studyId: string; patientId: string | null }) => AuditEvent,
): Promise<{ shareId: string; token: string; studyId: string; patientId: string | null } | null> {
  const token = randomSecret('')
  return withTenant(db, share.tenantId, async (tx) => {
    const [study] = await tx
      .select({ id: studies.id, patientId: studies.patientId })
      .from(studies)
      .where(eq(studies.studyInstanceUid, share.studyInstanceUid))
    if (!study) return null
    const [row] = await tx
      .insert(shares)
      .values({
        tenantId: share.tenantId,
        studyId: study.id,
        tokenHash: hashSecret(token),
        recipient: share.recipient,
        createdBy: share.createdBy,
        expiresAt: share.expiresAt,
      })
      .returning({ id: shares.id })
    if (!row) return null
    const made = { shareId: row.id, studyId: study.id, patientId: study.patientId }
    if (event) await recordInTransaction(tx, event(made))
    return { ...made, token }
  })
}

/**
 * Makes a link's token for a version of a plan that waits for the patient's answer; null when there is none such.
 *
 * @param event what is on record with it, or it is not made
 */
export async function createPlanShare(
  db: Database,
  share: { tenantId: string; versionId: string; recipient: string; expiresAt: Date; createdBy: string },
  event?: (made: { shareId: string }) => AuditEvent,
): Promise<{ shareId: string; token: string } | null> {
  const token = randomSecret('')
  return withTenant(db, share.tenantId, async (tx) => {
    const [version] = await tx
      .select({ id: planVersions.id })
      .from(planVersions)
      .where(and(eq(planVersions.id, share.versionId), inArray(planVersions.state, ['presented', 'signed'])))
    if (!version) return null
    const [row] = await tx
      .insert(shares)
      .values({
        tenantId: share.tenantId,
        planVersionId: version.id,
        tokenHash: hashSecret(token),
        recipient: share.recipient,
        createdBy: share.createdBy,
        expiresAt: share.expiresAt,
      })
      .returning({ id: shares.id })
    if (!row) return null
    if (event) await recordInTransaction(tx, event({ shareId: row.id }))
    return { shareId: row.id, token }
  })
}

/**
 * Ends a share at once; null when the practice has no such live share.
 *
 * @param event what is on record with it, or it does not end
 */
export async function revokeShare(
  db: Database,
  { tenantId, shareId }: { tenantId: string; shareId: string },
  event?: (revoked: { studyId: string | null }) => AuditEvent,
) {
  return withTenant(db, tenantId, async (tx) => {
    const [row] = await tx
      .update(shares)
      .set({ revokedAt: new Date() })
      .where(and(eq(shares.id, shareId), isNull(shares.revokedAt)))
      .returning({ studyId: shares.studyId })
    if (!row) return null
    if (event) await recordInTransaction(tx, event(row))
    return row
  })
}
