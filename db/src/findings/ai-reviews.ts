import { asc, eq } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { aiReviews, instances, studies, type AiVerdict } from '../schema/index.ts'

export type AiReview = {
  /** SOP Instance UID of what the software sent */
  result: string
  /** which of its findings */
  finding: string
  verdict: AiVerdict
  toothFindingId: string | null
  createdAt: Date
  /** by name; null when nobody of that id is left in the practice */
  createdBy: string | null
}

/** All that was said of software's findings in a study, the oldest first: the latest of each counts. Inside withTenant. */
export async function studyAiReviews(tx: Transaction, studyInstanceUid: string): Promise<AiReview[]> {
  return tx
    .select({
      result: instances.sopInstanceUid,
      finding: aiReviews.finding,
      verdict: aiReviews.verdict,
      toothFindingId: aiReviews.toothFindingId,
      createdAt: aiReviews.createdAt,
      createdBy: userName(aiReviews.createdBy),
    })
    .from(aiReviews)
    .innerJoin(instances, eq(instances.id, aiReviews.instanceId))
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .where(eq(studies.studyInstanceUid, studyInstanceUid))
    .orderBy(asc(aiReviews.createdAt), asc(aiReviews.id))
}

/** Keeps what a dentist says of one finding of software, on record. Inside withTenant. */
export async function reviewAiFinding(
  tx: Transaction,
  staff: Staff,
  review: {
    studyId: string
    patientId: string | null
    /** ours, of what the software sent */
    instanceId: string
    finding: string
    verdict: AiVerdict
    toothFindingId: string | null
  },
): Promise<void> {
  const { studyId, patientId, instanceId, finding, verdict, toothFindingId } = review
  await tx.insert(aiReviews).values({
    tenantId: staff.tenantId,
    instanceId,
    finding,
    verdict,
    toothFindingId,
    createdBy: staff.userId,
    // of two in one transaction the second is later
    createdAt: new Date(),
  })
  await recordInTransaction(tx, {
    ...staffEvent(staff),
    kind: 'ai-finding.reviewed',
    patientId,
    studyId,
    detail: { what: verdict, ...(toothFindingId === null ? {} : { findingId: toothFindingId }) },
  })
}
