import { and, gte, inArray, isNotNull, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { studies } from '../schema/index.ts'

/**
 * Of these patients, who had images come in since an instant, and how many. Inside withTenant.
 *
 * @param since ISO date and the time zone it is of: from its midnight on
 */
export async function arrivedSince(
  tx: Transaction,
  patientIds: readonly string[],
  since: { day: string; timeZone: string },
): Promise<Map<string, number>> {
  if (patientIds.length === 0) return new Map()
  const rows = await tx
    .select({ patientId: studies.patientId, images: sql`sum(${studies.instanceCount})`.mapWith(Number) })
    .from(studies)
    .where(
      and(
        inArray(studies.patientId, [...patientIds]),
        isNotNull(studies.patientId),
        gte(studies.updatedAt, sql`${since.day}::date::timestamp AT TIME ZONE ${since.timeZone}`),
      ),
    )
    .groupBy(studies.patientId)
  return new Map(rows.flatMap(({ patientId, images }) => (patientId ? [[patientId, images] as const] : [])))
}
