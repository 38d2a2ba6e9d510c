import { and, desc, eq, exists, gt, isNull, or, sql } from 'drizzle-orm'
import type { AuditEvent } from '../audit/audit-event.ts'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { areImagesOf } from '../patients/are-images-of.ts'
import { comparisons, shareComparisons, shares, studies } from '../schema/index.ts'
import { hashSecret, randomSecret } from '../secrets.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

/** A comparison of a patient, as who shares it names it. */
type Which = { tenantId: string; patientId: string; comparisonId: string; userId: string }

/**
 * Makes a link's token for one comparison: its images alone, and of them the pictures. What is changed of the comparison
 * later does not change what the link shows.
 *
 * @param event what is on record with it, or it is not made
 * @returns null when the patient has no such comparison, or one of its images is not theirs any more
 */
export async function createComparisonShare(
  db: Database,
  { recipient, expiresAt, ...which }: Which & { recipient: string; expiresAt: Date },
  event?: (made: { shareId: string }) => AuditEvent,
): Promise<{ shareId: string; token: string } | null> {
  const token = randomSecret('')
  return withTenant(db, which.tenantId, async (tx) => {
    const comparison = await readComparison(tx, which)
    if (!comparison) return null
    const [row] = await tx
      .insert(shares)
      .values({
        tenantId: which.tenantId,
        tokenHash: hashSecret(token),
        recipient,
        createdBy: which.userId,
        expiresAt,
      })
      .returning({ id: shares.id })
    if (!row) return null
    await addTo(tx, row.id, which, comparison)
    if (event) await recordInTransaction(tx, event({ shareId: row.id }))
    return { shareId: row.id, token }
  })
}

/**
 * Adds a comparison to a link that was given away, in the place of an earlier copy of it.
 *
 * @param event what is on record with it, or it is not added
 * @returns whether it was: not when the link has ended, opens a plan, or is another patient's
 */
export async function addToShare(
  db: Database,
  which: Which & { shareId: string },
  event?: AuditEvent,
): Promise<boolean> {
  return withTenant(db, which.tenantId, async (tx) => {
    const comparison = await readComparison(tx, which)
    if (!comparison) return false
    const [live] = await tx
      .select({ id: shares.id })
      .from(shares)
      .leftJoin(studies, eq(studies.id, shares.studyId))
      .where(and(eq(shares.id, which.shareId), isLive, isOfPatient(tx, which.patientId)))
      .for('update', { of: shares })
    if (!live) return false
    await takeOut(tx, which)
    await addTo(tx, live.id, which, comparison)
    if (event) await recordInTransaction(tx, event)
    return true
  })
}

/**
 * Takes a comparison out of a link again; false when it shows none such.
 *
 * @param event what is on record with it, or it stays
 */
export async function takeFromShare(
  db: Database,
  which: Pick<Which, 'tenantId' | 'patientId' | 'comparisonId'> & { shareId: string },
  event?: AuditEvent,
): Promise<boolean> {
  return withTenant(db, which.tenantId, async (tx) => {
    const [own] = await tx
      .select({ id: comparisons.id })
      .from(comparisons)
      .where(and(eq(comparisons.id, which.comparisonId), eq(comparisons.patientId, which.patientId)))
    if (!own || !(await takeOut(tx, which))) return false
    if (event) await recordInTransaction(tx, event)
    return true
  })
}

export type ComparisonShare = {
  id: string
  recipient: string
  createdAt: Date
  expiresAt: Date
  openedCount: number
  lastOpenedAt: Date | null
  /** shows this comparison */
  shows: boolean
  /** opens a study beside what it shows; otherwise comparisons alone */
  ofStudy: { studyDate: string | null } | null
}

/**
 * A patient's links that still open something and may show a comparison, the newest first. Inside withTenant.
 *
 * @param comparisonId whose state in each of them is wanted
 */
export async function comparisonShares(
  tx: Transaction,
  { patientId, comparisonId }: { patientId: string; comparisonId: string },
): Promise<ComparisonShare[]> {
  const rows = await tx
    .select({
      id: shares.id,
      recipient: shares.recipient,
      createdAt: shares.createdAt,
      expiresAt: shares.expiresAt,
      openedCount: shares.openedCount,
      lastOpenedAt: shares.lastOpenedAt,
      studyId: shares.studyId,
      studyDate: studies.studyDate,
      shows: sql<boolean>`EXISTS (SELECT FROM ${shareComparisons} WHERE ${shareComparisons.shareId} = ${shares.id}
        AND ${shareComparisons.comparisonId} = ${comparisonId} AND ${shareComparisons.removedAt} IS NULL)`,
    })
    .from(shares)
    .leftJoin(studies, eq(studies.id, shares.studyId))
    .where(and(isLive, isOfPatient(tx, patientId)))
    .orderBy(desc(shares.createdAt))
  return rows.map(({ studyId, studyDate, ...share }) => ({
    ...share,
    ofStudy: studyId === null ? null : { studyDate },
  }))
}

const isLive = and(isNull(shares.revokedAt), gt(shares.expiresAt, sql`now()`), isNull(shares.planVersionId))

/** Its study is this patient's, or it shows comparisons alone, of theirs. */
function isOfPatient(tx: Transaction, patientId: string) {
  return or(
    eq(studies.patientId, patientId),
    and(
      isNull(shares.studyId),
      exists(
        tx
          .select({ id: shareComparisons.id })
          .from(shareComparisons)
          .innerJoin(comparisons, eq(comparisons.id, shareComparisons.comparisonId))
          .where(and(eq(shareComparisons.shareId, shares.id), eq(comparisons.patientId, patientId))),
      ),
    ),
  )
}

async function readComparison(tx: Transaction, { patientId, comparisonId }: Which) {
  const [comparison] = await tx
    .select({ title: comparisons.title, mode: comparisons.mode, images: comparisons.images })
    .from(comparisons)
    .where(
      and(
        eq(comparisons.id, comparisonId),
        eq(comparisons.patientId, patientId),
        isNull(comparisons.deletedAt),
      ),
    )
  if (!comparison) return null
  const images = comparison.images.map(({ instanceId }) => instanceId)
  return (await areImagesOf(tx, patientId, images)) ? comparison : null
}

async function addTo(
  tx: Transaction,
  shareId: string,
  { tenantId, comparisonId, userId }: Which,
  comparison: NonNullable<Awaited<ReturnType<typeof readComparison>>>,
): Promise<void> {
  await tx
    .insert(shareComparisons)
    .values({ tenantId, shareId, comparisonId, ...comparison, createdBy: userId })
}

async function takeOut(
  tx: Transaction,
  { shareId, comparisonId }: { shareId: string; comparisonId: string },
): Promise<boolean> {
  const taken = await tx
    .update(shareComparisons)
    .set({ removedAt: new Date() })
    .where(
      and(
        eq(shareComparisons.shareId, shareId),
        eq(shareComparisons.comparisonId, comparisonId),
        isNull(shareComparisons.removedAt),
      ),
    )
    .returning({ id: shareComparisons.id })
  return taken.length > 0
}
