import { and, eq, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { standingCases } from '../plans/standing-cases.ts'
import { patients, plans, planVersions, treatmentCases } from '../schema/index.ts'

type Named = { patientId: string; familyName: string; givenName: string }

const listedMax = 5

/** Plans that were shown and neither signed nor declined, those waiting longest first. Inside withTenant. */
export async function plansWaiting(
  tx: Transaction,
): Promise<{ total: number; plans: (Named & { caseId: string; title: string; presentedAt: Date })[] }> {
  const waiting = and(eq(planVersions.state, 'presented'), standingCases())
  const rows = await tx
    .select({
      patientId: patients.id,
      familyName: patients.familyName,
      givenName: patients.givenName,
      caseId: treatmentCases.id,
      title: treatmentCases.title,
      presentedAt: sql<string>`min(${planVersions.presentedAt})`,
      total: sql`count(*) OVER ()`.mapWith(Number),
    })
    .from(planVersions)
    .innerJoin(plans, eq(plans.id, planVersions.planId))
    .innerJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
    .innerJoin(patients, eq(patients.id, treatmentCases.patientId))
    .where(waiting)
    .groupBy(patients.id, treatmentCases.id)
    .orderBy(sql`min(${planVersions.presentedAt})`)
    .limit(listedMax)
  return {
    total: rows[0]?.total ?? 0,
    plans: rows.map(({ total: _, presentedAt, ...row }) => ({ ...row, presentedAt: new Date(presentedAt) })),
  }
}
