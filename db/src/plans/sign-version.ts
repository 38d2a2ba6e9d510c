import { createHash } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { AuditEvent } from '../audit/audit-event.ts'
import type { Database } from '../database.ts'
import { canonicalJson, planItems } from '../plan-rules/index.ts'
import {
  planItemStates,
  plans,
  planSignatures,
  planVersions,
  treatmentCases,
  type SignatureStrokes,
} from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { declineOthers } from './versions.ts'

/** By whose credential a signature comes: a member of staff hands over the tablet, or the patient has a link. */
export type Signing = Pick<AuditEvent, 'actor' | 'sessionId' | 'address'> & { tenantId: string } & (
    { via: 'tablet'; witnessId: string; shareId: null } | { via: 'link'; witnessId: null; shareId: string }
  )

export type SignatureText = {
  name: string
  consent: string
  locale: 'en' | 'fr'
  strokes: SignatureStrokes
}

/**
 * A patient's signature under a presented version: its items are accepted, other alternatives of the case are not.
 *
 * @param wanted.digest of the version as it was shown: another one is not signed
 */
export function signVersion(
  db: Database,
  signing: Signing,
  wanted: { versionId: string; patientId?: string; digest: string; signature: SignatureText },
): Promise<'signed' | 'absent' | 'not-presented' | 'other-digest'> {
  const { tenantId, via, witnessId, shareId } = signing
  const { versionId, signature } = wanted
  return withTenant(db, tenantId, async (tx) => {
    const [found] = await tx
      .select({ version: planVersions, patientId: treatmentCases.patientId })
      .from(planVersions)
      .innerJoin(plans, eq(plans.id, planVersions.planId))
      .innerJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
      .where(
        and(
          eq(planVersions.id, versionId),
          wanted.patientId === undefined ? undefined : eq(treatmentCases.patientId, wanted.patientId),
        ),
      )
      .for('update', { of: planVersions })
    if (!found) return 'absent'
    const { version, patientId } = found
    if (version.state !== 'presented' || !version.digest) return 'not-presented'
    const versionDigest = version.digest.toString('hex')
    if (versionDigest !== wanted.digest) return 'other-digest'

    const signedAt = new Date()
    const digest = signatureDigest({ ...signature, versionDigest, via, witnessId, shareId, signedAt })
    const [row] = await tx
      .insert(planSignatures)
      .values({ tenantId, versionId, ...signature, via, witnessId, shareId, signedAt, digest })
      .returning({ id: planSignatures.id })
    if (!row) throw new Error('The signature was not stored')
    await tx.update(planVersions).set({ state: 'signed' }).where(eq(planVersions.id, versionId))
    await declineOthers(tx, version.planId)
    const items = planItems(version.content)
    if (items.length > 0) {
      await tx
        .insert(planItemStates)
        .values(
          items.map(({ id }) => ({
            planId: version.planId,
            itemId: id,
            tenantId,
            state: 'accepted' as const,
            changedBy: witnessId,
          })),
        )
        .onConflictDoUpdate({
          target: [planItemStates.planId, planItemStates.itemId],
          set: { state: 'accepted', changedBy: witnessId, changedAt: signedAt },
          setWhere: sql`${planItemStates.state} IN ('proposed', 'declined')`,
        })
    }
    await recordInTransaction(tx, {
      tenantId,
      kind: 'plan.signed',
      outcome: 'success',
      actor: signing.actor,
      sessionId: signing.sessionId ?? null,
      address: signing.address ?? null,
      patientId,
      detail: {
        planId: version.planId,
        versionId,
        signatureId: row.id,
        versionDigest,
        signatureDigest: digest.toString('hex'),
        via,
      },
    })
    return 'signed'
  })
}

/** SHA-256 over all that a signature says, the digest of what was signed among it. */
export function signatureDigest({
  signedAt,
  ...rest
}: SignatureText & {
  versionDigest: string
  via: 'tablet' | 'link'
  witnessId: string | null
  shareId: string | null
  signedAt: Date
}): Buffer {
  const text = canonicalJson({ schema: 1, ...rest, signedAt: signedAt.toISOString() })
  return createHash('sha256').update(text).digest()
}
