import { desc, eq, inArray } from 'drizzle-orm'
import { alias, unionAll } from 'drizzle-orm/pg-core'
import type { Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import {
  comparisons,
  plans,
  planVersions,
  shareComparisons,
  shares,
  studies,
  treatmentCases,
} from '../schema/index.ts'

export type PatientShare = {
  id: string
  recipient: string
  createdAt: Date
  /** name of the member of staff; null when they have left the practice */
  createdBy: string | null
  expiresAt: Date
  revokedAt: Date | null
  openedCount: number
  lastOpenedAt: Date | null
  /** the study that it opens; null: a plan, or comparisons alone */
  studyId: string | null
  /** the version of a plan that it opens */
  plan: { caseId: string; caseTitle: string; versionId: string; letter: string } | null
}

const linked = alias(shares, 'linked')

/** All links ever made to what is a patient's, newest first: live, over and revoked. Inside withTenant. */
export async function patientShares(tx: Transaction, patientId: string): Promise<PatientShare[]> {
  const rows = await tx
    .select({
      id: shares.id,
      recipient: shares.recipient,
      createdAt: shares.createdAt,
      createdBy: userName(shares.createdBy),
      expiresAt: shares.expiresAt,
      revokedAt: shares.revokedAt,
      openedCount: shares.openedCount,
      lastOpenedAt: shares.lastOpenedAt,
      studyId: shares.studyId,
      versionId: shares.planVersionId,
      letter: plans.letter,
      caseId: treatmentCases.id,
      caseTitle: treatmentCases.title,
    })
    .from(shares)
    .leftJoin(studies, eq(studies.id, shares.studyId))
    .leftJoin(planVersions, eq(planVersions.id, shares.planVersionId))
    .leftJoin(plans, eq(plans.id, planVersions.planId))
    .leftJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
    .where(
      // by patient in each of the three, which have an index for it: one condition on all would read every link
      inArray(
        shares.id,
        unionAll(
          tx
            .select({ id: linked.id })
            .from(linked)
            .innerJoin(studies, eq(studies.id, linked.studyId))
            .where(eq(studies.patientId, patientId)),
          tx
            .select({ id: linked.id })
            .from(linked)
            .innerJoin(planVersions, eq(planVersions.id, linked.planVersionId))
            .innerJoin(plans, eq(plans.id, planVersions.planId))
            .innerJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
            .where(eq(treatmentCases.patientId, patientId)),
          tx
            .select({ id: shareComparisons.shareId })
            .from(shareComparisons)
            .innerJoin(comparisons, eq(comparisons.id, shareComparisons.comparisonId))
            .where(eq(comparisons.patientId, patientId)),
        ),
      ),
    )
    .orderBy(desc(shares.createdAt), desc(shares.id))
  return rows.map(({ versionId, letter, caseId, caseTitle, ...share }) => ({
    ...share,
    plan:
      versionId !== null && letter !== null && caseId !== null
        ? { versionId, letter, caseId, caseTitle: caseTitle ?? '' }
        : null,
  }))
}
