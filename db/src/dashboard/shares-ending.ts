import { and, asc, eq, gt, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import {
  comparisons,
  patients,
  plans,
  planVersions,
  shareComparisons,
  shares,
  studies,
  treatmentCases,
} from '../schema/index.ts'

type Named = { patientId: string; familyName: string; givenName: string }

const listedMax = 5

const endingDays = 3

/** The patient of its study, its plan or the comparisons in it, which are all of one; null: it opens nothing. */
const patientOfShare = sql<string | null>`coalesce(${studies.patientId}, ${treatmentCases.patientId},
  (SELECT ${comparisons.patientId} FROM ${shareComparisons}
    JOIN ${comparisons} ON ${comparisons.id} = ${shareComparisons.comparisonId}
    WHERE ${shareComparisons.shareId} = ${shares.id} AND ${shareComparisons.removedAt} IS NULL LIMIT 1))`

/** Links that open something and end within three days, the next first. Inside withTenant. */
export async function sharesEnding(
  tx: Transaction,
): Promise<(Named & { id: string; recipient: string; expiresAt: Date })[]> {
  const now = new Date()
  // the few that are listed first, then their patients: joined at once, all patients would be read
  const ending = tx
    .select({
      id: shares.id,
      recipient: shares.recipient,
      expiresAt: shares.expiresAt,
      patientId: patientOfShare.as('patient_id'),
    })
    .from(shares)
    .leftJoin(studies, eq(studies.id, shares.studyId))
    .leftJoin(planVersions, eq(planVersions.id, shares.planVersionId))
    .leftJoin(plans, eq(plans.id, planVersions.planId))
    .leftJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
    .where(
      and(
        isNull(shares.revokedAt),
        gt(shares.expiresAt, now),
        lt(shares.expiresAt, new Date(now.getTime() + endingDays * 86_400_000)),
        isNotNull(patientOfShare),
      ),
    )
    .orderBy(asc(shares.expiresAt))
    .limit(listedMax)
    .as('ending')
  return tx
    .select({
      id: ending.id,
      recipient: ending.recipient,
      expiresAt: ending.expiresAt,
      patientId: patients.id,
      familyName: patients.familyName,
      givenName: patients.givenName,
    })
    .from(ending)
    .innerJoin(patients, eq(patients.id, ending.patientId))
    .orderBy(asc(ending.expiresAt))
}
