import { createHash } from 'node:crypto'
import { and, eq, inArray } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { AuditEvent } from '../audit/audit-event.ts'
import type { Database, Transaction } from '../database.ts'
import { canonicalJson, planItems, planTotals } from '../plan-rules/index.ts'
import {
  planItemStates,
  plans,
  planSignatures,
  planVersions,
  treatmentCases,
  type SignatureStrokes,
} from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { noteDue } from './note-due.ts'
import { standingCases } from './standing-cases.ts'
import { declineOthers, lockCaseOf } from './versions.ts'

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

/** What of a version is agreed to. */
type SignatureChoice = {
  /** sorted ids of the items that the patient does not want */
  declinedItems: string[]
  /** what the others come to, as the patient was shown it */
  acceptedCents: number
}

/**
 * A patient's signature under a presented version: its items are accepted but for those that are declined, and other
 * alternatives of the case are not wanted.
 *
 * @param wanted.digest of the version as it was shown: another one is not signed
 * @returns `other-choice` when nothing is accepted, an item is unknown or begun already, or the amount is another one
 */
export function signVersion(
  db: Database,
  signing: Signing,
  wanted: {
    versionId: string
    patientId?: string
    digest: string
    signature: SignatureText
    choice: SignatureChoice
  },
): Promise<'signed' | 'absent' | 'not-presented' | 'other-digest' | 'other-choice'> {
  const { tenantId, via, witnessId, shareId } = signing
  const { versionId, signature } = wanted
  return withTenant(db, tenantId, async (tx) => {
    await lockCaseOf(tx, versionId)
    const [found] = await tx
      .select({ version: planVersions, patientId: treatmentCases.patientId })
      .from(planVersions)
      .innerJoin(plans, eq(plans.id, planVersions.planId))
      .innerJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
      .where(and(eq(planVersions.id, versionId), standingCases(wanted.patientId)))
      .for('update', { of: planVersions })
    if (!found) return 'absent'
    const { version, patientId } = found
    if (version.state !== 'presented' || !version.digest) return 'not-presented'
    const versionDigest = version.digest.toString('hex')
    if (versionDigest !== wanted.digest) return 'other-digest'
    const items = planItems(version.content)
    const declined = new Set(wanted.choice.declinedItems)
    const accepted = items.filter(({ id }) => !declined.has(id))
    const { acceptedCents } = wanted.choice
    if (
      (accepted.length === 0 && items.length > 0) ||
      accepted.length + declined.size !== items.length ||
      planTotals(version.content, declined).plan.total !== acceptedCents ||
      (await begunItems(tx, version.planId)).some((id) => declined.has(id))
    )
      return 'other-choice'

    const signedAt = new Date()
    const choice = { declinedItems: [...declined].toSorted(), acceptedCents }
    const digest = signatureDigest({
      ...signature,
      ...choice,
      versionDigest,
      via,
      witnessId,
      shareId,
      signedAt,
    })
    const [row] = await tx
      .insert(planSignatures)
      .values({ tenantId, versionId, ...signature, ...choice, via, witnessId, shareId, signedAt, digest })
      .returning({ id: planSignatures.id })
    if (!row) throw new Error('The signature was not stored')
    await tx.update(planVersions).set({ state: 'signed' }).where(eq(planVersions.id, versionId))
    await declineOthers(tx, { planId: version.planId, changedBy: witnessId })
    const now = { planId: version.planId, tenantId, changedBy: witnessId, changedAt: signedAt }
    const states = [
      // what is under way already stays where it stands
      {
        state: 'accepted' as const,
        ids: accepted.map(({ id }) => id),
        from: ['proposed', 'declined'] as const,
      },
      {
        state: 'declined' as const,
        ids: [...declined],
        from: ['proposed', 'accepted', 'scheduled'] as const,
      },
    ]
    for (const { state, ids, from } of states) {
      if (ids.length === 0) continue
      await tx
        .insert(planItemStates)
        .values(ids.map((itemId) => ({ ...now, itemId, state })))
        .onConflictDoUpdate({
          target: [planItemStates.planId, planItemStates.itemId],
          set: { state, changedBy: witnessId, changedAt: signedAt },
          setWhere: inArray(planItemStates.state, from),
        })
    }
    await noteDue(tx, version.planId)
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
        declined: declined.size,
      },
    })
    return 'signed'
  })
}

/** Items of a plan that are under way or done: too late to decline them. Inside withTenant. */
export async function begunItems(tx: Transaction, planId: string): Promise<string[]> {
  const rows = await tx
    .select({ id: planItemStates.itemId })
    .from(planItemStates)
    .where(and(eq(planItemStates.planId, planId), inArray(planItemStates.state, ['in-progress', 'done'])))
  return rows.map(({ id }) => id)
}

/** SHA-256 over all that a signature says, the digest of what was signed among it. */
export function signatureDigest({
  signedAt,
  declinedItems,
  acceptedCents,
  ...rest
}: SignatureText & {
  /** both null in signatures from when a version was one thing */
  declinedItems: string[] | null
  acceptedCents: number | null
  versionDigest: string
  via: 'tablet' | 'link'
  witnessId: string | null
  shareId: string | null
  signedAt: Date
}): Buffer {
  const signed = { ...rest, signedAt: signedAt.toISOString() }
  const text = canonicalJson(
    declinedItems === null
      ? { schema: 1, ...signed }
      : { schema: 2, ...signed, declinedItems, acceptedCents },
  )
  return createHash('sha256').update(text).digest()
}
