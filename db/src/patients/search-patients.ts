import { and, asc, count, desc, eq, gte, inArray, isNotNull, lte, or, sql, type SQL } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { patientIdentifiers, patients, studies } from '../schema/index.ts'
import type { PatientSearch } from './parse-patient-search.ts'

export type PatientSummary = {
  id: string
  familyName: string
  givenName: string
  birthDate: string | null // ISO date
  sex: string | null
  identifiers: { kind: 'dicom' | 'practice' | 'insurance'; issuer: string; value: string }[]
  studyCount: number
  /** ISO date of the newest study by its own date; null without one */
  lastStudyDate: string | null
  /** when the newest of the patient's studies came in */
  lastArrivedAt: Date | null
}

export type PatientPage = { patients: PatientSummary[]; total: number }

/**
 * Patients of the practice whose name, identifier or birth date fits what was typed; by name. Inside withTenant.
 *
 * @param search null lists everybody
 * @param limit  patients at most
 * @param offset patients to skip
 */
export async function searchPatients(
  tx: Transaction,
  { search, limit, offset }: { search: PatientSearch | null; limit: number; offset: number },
): Promise<PatientPage> {
  const wanted = search === null ? undefined : or(...conditions(search))
  const [counted] = await tx.select({ total: count() }).from(patients).where(wanted)
  const found = await tx
    .select({ id: patients.id })
    .from(patients)
    .where(wanted)
    .orderBy(asc(patients.nameFold), asc(patients.birthDate), asc(patients.id))
    .limit(limit)
    .offset(offset)
  return {
    patients: await summaries(
      tx,
      found.map(({ id }) => id),
    ),
    total: counted?.total ?? 0,
  }
}

/** Studies looked at for the patients imaged last; a practice needs days for so many. */
const recentStudiesMax = 400

/** The patients whose studies came in last, newest first; at most those of the last few hundred studies. Inside withTenant. */
export async function latestPatients(tx: Transaction, limit: number): Promise<PatientSummary[]> {
  const recent = await tx
    .select({ patientId: studies.patientId })
    .from(studies)
    .where(isNotNull(studies.patientId))
    .orderBy(desc(studies.arrivedAt), desc(studies.id))
    .limit(recentStudiesMax)
  const ids = [...new Set(recent.map(({ patientId }) => patientId))].filter((id) => id !== null)
  return summaries(tx, ids.slice(0, limit))
}

/** Summaries in the order of `ids`. */
async function summaries(tx: Transaction, ids: string[]): Promise<PatientSummary[]> {
  if (ids.length === 0) return []
  const rows = await tx
    .select({
      id: patients.id,
      familyName: patients.familyName,
      givenName: patients.givenName,
      birthDate: patients.birthDate,
      sex: patients.sex,
    })
    .from(patients)
    .where(inArray(patients.id, ids))
  const identifiers = await tx
    .select({
      patientId: patientIdentifiers.patientId,
      kind: patientIdentifiers.kind,
      issuer: patientIdentifiers.issuer,
      value: patientIdentifiers.value,
    })
    .from(patientIdentifiers)
    .where(inArray(patientIdentifiers.patientId, ids))
    .orderBy(asc(patientIdentifiers.createdAt), asc(patientIdentifiers.value))
  const totals = await tx
    .select({
      patientId: studies.patientId,
      studyCount: count(),
      lastStudyDate: sql<string | null>`max(${studies.studyDate})::text`,
      lastArrivedAt: sql<Date | string>`max(${studies.arrivedAt})`,
    })
    .from(studies)
    .where(inArray(studies.patientId, ids))
    .groupBy(studies.patientId)

  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => {
    const row = byId.get(id)
    if (!row) return []
    const total = totals.find((each) => each.patientId === id)
    return [
      {
        ...row,
        identifiers: identifiers
          .filter((each) => each.patientId === id)
          .map(({ kind, issuer, value }) => ({ kind, issuer, value })),
        studyCount: total?.studyCount ?? 0,
        lastStudyDate: total?.lastStudyDate ?? null,
        lastArrivedAt: total ? new Date(total.lastArrivedAt) : null,
      },
    ]
  })
}

function conditions({ words, identifier, births }: PatientSearch): SQL[] {
  const all: (SQL | undefined)[] = [
    words.length > 0
      ? and(...words.map((word) => sql`(' ' || ${patients.nameFold}) LIKE ${`% ${escapeLike(word)}%`}`))
      : undefined,
    identifier.length > 0
      ? sql`EXISTS (SELECT FROM ${patientIdentifiers} WHERE ${and(
          eq(patientIdentifiers.patientId, patients.id),
          sql`lower(${patientIdentifiers.value}) LIKE ${`${escapeLike(identifier)}%`}`,
        )})`
      : undefined,
    ...births.map(({ from, to }) => and(gte(patients.birthDate, from), lte(patients.birthDate, to))),
  ]
  const given = all.filter((condition) => condition !== undefined)
  // nothing that could match: punctuation alone
  return given.length > 0 ? given : [sql`false`]
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`)
}
