import { createHash } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Transaction } from '../database.ts'
import { canonicalJson, planImageIds, type Json } from '../plan-rules/index.ts'
import { auditEvents, planSignatures, planVersions } from '../schema/index.ts'
import { signatureDigest } from './sign-version.ts'
import { imageDigests } from './versions.ts'

/** What does not agree with what was signed. */
export type SignatureProblem =
  /** the version's text is not the one its digest was taken of */
  | 'version-changed'
  /** what the page shows is not what was frozen */
  | 'content-changed'
  /** name, consent, drawing or time are not those that were signed */
  | 'signature-changed'
  /** the audit trail tells of no such signature, or of another one */
  | 'not-on-record'
  /** an image's file is another one */
  | 'image-changed'
  /** an image is there no more */
  | 'image-gone'

const Frozen = z.object({
  content: z.json(),
  images: z.array(z.object({ id: z.string(), sopInstanceUid: z.string(), sha256: z.string() })),
})

/**
 * Takes every digest anew and compares it with what is kept, and with the audit trail, which nobody changes unseen.
 * Inside withTenant.
 *
 * @returns null when the version has no signature; an empty list when all is as it was signed
 */
export async function verifySignature(
  tx: Transaction,
  versionId: string,
): Promise<SignatureProblem[] | null> {
  const [row] = await tx
    .select({ version: planVersions, signature: planSignatures })
    .from(planVersions)
    .innerJoin(planSignatures, eq(planSignatures.versionId, planVersions.id))
    .where(eq(planVersions.id, versionId))
  if (!row) return null
  const { version, signature } = row
  const problems: SignatureProblem[] = []

  const taken = createHash('sha256')
    .update(version.frozen ?? '')
    .digest('hex')
  const versionDigest = version.digest?.toString('hex') ?? ''
  if (taken !== versionDigest) problems.push('version-changed')
  const frozen = Frozen.safeParse(parseJson(version.frozen ?? ''))
  if (!frozen.success) problems.push('version-changed')
  else {
    const content: Json = version.content
    if (canonicalJson(frozen.data.content) !== canonicalJson(content)) problems.push('content-changed')
    const named = planImageIds(version.content)
    const now = new Map((await imageDigests(tx, named)).map((image) => [image['id'], image['sha256']]))
    for (const { id, sha256 } of frozen.data.images) {
      if (!now.has(id)) problems.push('image-gone')
      else if (now.get(id) !== sha256) problems.push('image-changed')
    }
  }

  const { name, consent, locale, strokes, declinedItems, acceptedCents } = signature
  const { via, witnessId, shareId, signedAt } = signature
  const digest = signatureDigest({
    name,
    consent,
    locale,
    strokes,
    declinedItems,
    acceptedCents,
    versionDigest,
    via,
    witnessId,
    shareId,
    signedAt,
  })
  if (!digest.equals(signature.digest)) problems.push('signature-changed')
  const [event] = await tx
    .select({ detail: auditEvents.detail })
    .from(auditEvents)
    .where(
      and(eq(auditEvents.kind, 'plan.signed'), sql`${auditEvents.detail}->>'signatureId' = ${signature.id}`),
    )
    .limit(1)
  if (
    event?.detail['versionDigest'] !== versionDigest ||
    event.detail['signatureDigest'] !== signature.digest.toString('hex')
  )
    problems.push('not-on-record')
  return [...new Set(problems)]
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
