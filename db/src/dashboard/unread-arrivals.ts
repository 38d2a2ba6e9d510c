import { and, desc, eq, gte, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { openedPatients, patients, studies } from '../schema/index.ts'

type Named = { patientId: string; familyName: string; givenName: string }

const listedMax = 5

const unreadDays = 14

/**
 * Images of the last two weeks that nobody who may see images has looked at since they came: by patient, the latest
 * first. Inside withTenant.
 */
export async function unreadArrivals(
  tx: Transaction,
): Promise<{ total: number; patients: (Named & { arrivedAt: Date; images: number })[] }> {
  const since = new Date(Date.now() - unreadDays * 86_400_000)
  const rows = await tx
    .select({
      patientId: patients.id,
      familyName: patients.familyName,
      givenName: patients.givenName,
      arrivedAt: sql<string>`max(${studies.updatedAt})`,
      images: sql`sum(${studies.instanceCount})`.mapWith(Number),
      total: sql`count(*) OVER ()`.mapWith(Number),
    })
    .from(studies)
    .innerJoin(patients, eq(patients.id, studies.patientId))
    .where(
      and(
        gte(studies.arrivedAt, since),
        sql`NOT EXISTS (SELECT FROM ${openedPatients} WHERE ${openedPatients.patientId} = ${studies.patientId}
          AND ${openedPatients.imagesSeenAt} >= ${studies.updatedAt})`,
      ),
    )
    .groupBy(patients.id)
    .orderBy(desc(sql`max(${studies.updatedAt})`))
    .limit(listedMax)
  return {
    total: rows[0]?.total ?? 0,
    patients: rows.map(({ total: _, arrivedAt, ...row }) => ({ ...row, arrivedAt: new Date(arrivedAt) })),
  }
}
