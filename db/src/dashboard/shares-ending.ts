import { and, asc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm'
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

/** Links that open something and end within three days, the next first. Inside withTenant. */
export async function sharesEnding(
  tx: Transaction,
): Promise<(Named & { id: string; recipient: string; expiresAt: Date })[]> {
  const now = new Date()
  return tx
    .select({
      id: shares.id,
      recipient: shares.recipient,
      expiresAt: shares.expiresAt,
      patientId: patients.id,
      familyName: patients.familyName,
      givenName: patients.givenName,
    })
    .from(shares)
    .leftJoin(studies, eq(studies.id, shares.studyId))
    .leftJoin(planVersions, eq(planVersions.id, shares.planVersionId))
    .leftJoin(plans, eq(plans.id, planVersions.planId))
    .leftJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
    .innerJoin(
      patients,
      or(
        eq(patients.id, studies.patientId),
        eq(patients.id, treatmentCases.patientId),
        and(
          isNull(shares.studyId),
          sql`${patients.id} IN (SELECT ${comparisons.patientId} FROM ${shareComparisons}
            JOIN ${comparisons} ON ${comparisons.id} = ${shareComparisons.comparisonId}
            WHERE ${shareComparisons.shareId} = ${shares.id} AND ${shareComparisons.removedAt} IS NULL)`,
        ),
      ) ?? sql`false`,
    )
    .where(
      and(
        isNull(shares.revokedAt),
        gt(shares.expiresAt, now),
        lt(shares.expiresAt, new Date(now.getTime() + endingDays * 86_400_000)),
      ),
    )
    .orderBy(asc(shares.expiresAt))
    .limit(listedMax)
}
