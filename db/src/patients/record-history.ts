import { desc, eq, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { userName } from '../people/user-name.ts'
import { formerIdentities, patientMerges } from '../schema/index.ts'

export type RecordHistory = {
  /** records that went into this one, the latest first */
  merges: {
    id: string
    mergedId: string
    familyName: string
    givenName: string
    birthDate: string | null
    at: Date
    by: string | null
  }[]
  /** who the patient was on record before, the latest first */
  former: {
    id: string
    familyName: string
    givenName: string
    birthDate: string | null
    sex: string | null
    /** until */
    at: Date
    by: string | null
  }[]
}

/** How a patient's record came to be what it is. Inside withTenant. */
export async function recordHistory(tx: Transaction, patientId: string): Promise<RecordHistory> {
  const merges = await tx
    .select({
      id: patientMerges.id,
      mergedId: patientMerges.mergedId,
      familyName: sql<string>`merged.family_name`,
      givenName: sql<string>`merged.given_name`,
      birthDate: sql<string | null>`merged.birth_date::text`,
      at: patientMerges.createdAt,
      by: userName(patientMerges.createdBy),
    })
    .from(patientMerges)
    .innerJoin(
      sql`door_merged_records(${patientId}::uuid) AS merged`,
      sql`merged.merge_id = ${patientMerges.id}`,
    )
    .orderBy(desc(patientMerges.createdAt))
  const former = await tx
    .select({
      id: formerIdentities.id,
      familyName: formerIdentities.familyName,
      givenName: formerIdentities.givenName,
      birthDate: formerIdentities.birthDate,
      sex: formerIdentities.sex,
      at: formerIdentities.changedAt,
      by: userName(formerIdentities.changedBy),
    })
    .from(formerIdentities)
    .where(eq(formerIdentities.patientId, patientId))
    .orderBy(desc(formerIdentities.changedAt))
  return { merges, former }
}
