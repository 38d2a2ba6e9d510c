import { and, asc, between, count, desc, inArray, isNotNull, sql, type SQL } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import {
  appointments,
  formerIdentities,
  patientIdentifiers,
  patientKeys,
  patients,
  planItemStates,
  plans,
  planVersions,
  studies,
  treatmentCases,
} from '../schema/index.ts'
import { beginsWith } from './begins-with.ts'
import { foldName } from './fold-name.ts'
import { lastOpened } from './note-opened.ts'
import type { PatientSearch } from './parse-patient-search.ts'
import { patientAlerts, type PatientAlert } from './patient-alerts.ts'

export type PatientSummary = {
  id: string
  familyName: string
  givenName: string
  birthDate: string | null // ISO date
  sex: string | null
  phone: string | null
  alerts: PatientAlert[]
  identifiers: { kind: 'dicom' | 'practice' | 'insurance'; issuer: string; value: string }[]
  studyCount: number
  /** ISO date of the newest study by its own date; null without one */
  lastStudyDate: string | null
  /** when the newest of the patient's studies came in */
  lastArrivedAt: Date | null
  /** the name that what was typed fits, where it is one they had before, or of a record that went into theirs */
  foundAs: { familyName: string; givenName: string } | null
}

export type PatientPage = {
  patients: PatientSummary[]
  /** how many there are; with `more`, how many of those at least */
  total: number
  more: boolean
}

/** What else patients must have in common; what is missing does not matter. Days are ISO dates. */
export type PatientFilter = {
  /** images of that day or later */
  imagesSince?: string | undefined
  /** a plan that is written, shown or signed, and not done */
  openPlan?: boolean | undefined
  /** has, or has had, an appointment with this member */
  providerId?: string | undefined
  /** neither images nor an appointment from that day on, to come included: whom to call */
  noVisitSince?: string | undefined
}

/** Nobody leafs through more: who searches is better served by typing on. */
const totalMax = 1000

/**
 * Patients of the practice whose name, identifier, birth date or phone number fits what was typed; by name. Inside
 * withTenant.
 *
 * @param search null lists everybody
 * @param limit  patients at most
 * @param offset patients to skip
 */
export async function searchPatients(
  tx: Transaction,
  {
    search,
    filter = {},
    limit,
    offset,
  }: { search: PatientSearch | null; filter?: PatientFilter; limit: number; offset: number },
): Promise<PatientPage> {
  const narrowed = conditions(filter)
  const { ids, total, cut } =
    search === null
      ? await listed(tx, narrowed, { limit, offset })
      : await found(tx, search, narrowed, { limit, offset })
  const isCounted = search === null && narrowed.length === 0
  const people = await summaries(tx, ids)
  return {
    patients: search === null ? people : await underFormerNames(tx, search, people),
    total: isCounted ? total : Math.min(total, totalMax),
    more: cut || (!isCounted && total > totalMax),
  }
}

type Page = { limit: number; offset: number }

/** Everybody, or whoever the filters leave, by name. */
async function listed(tx: Transaction, narrowed: SQL[], { limit, offset }: Page) {
  const wanted = and(...narrowed)
  const counted = tx
    .select({ one: sql`1`.as('one') })
    .from(patients)
    .where(wanted)
    .limit(wanted === undefined ? Number.MAX_SAFE_INTEGER : totalMax + 1)
    .as('counted')
  const [row] = await tx.select({ total: count() }).from(counted)
  const rows = await tx
    .select({ id: patients.id })
    .from(patients)
    .where(wanted)
    .orderBy(asc(patients.nameFold), asc(patients.birthDate), asc(patients.id))
    .limit(limit)
    .offset(offset)
  return { ids: rows.map(({ id }) => id), total: row?.total ?? 0, cut: false }
}

/** Of more, the first are looked at that the index has, and the answer says so: who types on finds the others. */
const candidatesMax = 2000
/** Filters may leave few of them. */
const filteredCandidatesMax = 5000

/**
 * First the keys, then the patients they lead to, each by its id: left to itself Postgres walks all patients in the order
 * of their names, in which those that are meant may come last.
 */
async function found(tx: Transaction, search: PatientSearch, narrowed: SQL[], { limit, offset }: Page) {
  const parts = candidates(search)
  // nothing that could match: punctuation alone
  if (parts.length === 0) return { ids: [], total: 0, cut: false }
  const most = narrowed.length > 0 ? filteredCandidatesMax : candidatesMax
  const { rows } = await tx.execute<{ id: string; total: string; looked: string }>(sql`
    WITH candidates AS MATERIALIZED (
      SELECT DISTINCT patient_id FROM (
        SELECT patient_id FROM (${sql.join(
          parts.map((part) => sql`(${part})`),
          sql` UNION ALL `,
        )}) AS keyed LIMIT ${most}
      ) AS first)
    SELECT ${patients.id} AS id, count(*) OVER () AS total, (SELECT count(*) FROM candidates) AS looked
    FROM candidates CROSS JOIN LATERAL (SELECT * FROM ${patients} WHERE ${patients.id} = candidates.patient_id OFFSET 0) AS patients
    ${narrowed.length > 0 ? sql`WHERE ${and(...narrowed)}` : sql``}
    ORDER BY ${patients.nameFold}, ${patients.birthDate}, ${patients.id} LIMIT ${limit} OFFSET ${offset}`)
  const [first] = rows
  return {
    ids: rows.map(({ id }) => id),
    total: Number(first?.total ?? 0),
    cut: Number(first?.looked ?? 0) >= most,
  }
}

/** The patients that a user opened last, the latest first. Inside withTenant. */
export async function openedPatients(
  tx: Transaction,
  userId: string,
  limit: number,
): Promise<PatientSummary[]> {
  return summaries(tx, await lastOpened(tx, userId, limit))
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
      phone: patients.phone,
    })
    .from(patients)
    .where(inArray(patients.id, ids))
  const alerts = await patientAlerts(tx, ids)
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
        alerts: alerts.get(id) ?? [],
        identifiers: identifiers
          .filter((each) => each.patientId === id)
          .map(({ kind, issuer, value }) => ({ kind, issuer, value })),
        studyCount: total?.studyCount ?? 0,
        lastStudyDate: total?.lastStudyDate ?? null,
        lastArrivedAt: total ? new Date(total.lastArrivedAt) : null,
        foundAs: null,
      },
    ]
  })
}

type Named = { familyName: string; givenName: string }

/** Says of whom the name on record does not fit under which other name they were found. */
async function underFormerNames(
  tx: Transaction,
  { words }: PatientSearch,
  found: PatientSummary[],
): Promise<PatientSummary[]> {
  const fits = ({ familyName, givenName }: Named) => {
    const name = foldName(`${familyName} ${givenName}`).split(' ')
    return words.every((word) => name.some((part) => part.startsWith(word)))
  }
  const others = words.length === 0 ? [] : found.filter((patient) => !fits(patient)).map(({ id }) => id)
  if (others.length === 0) return found
  const { rows } = await tx.execute<Named & { id: string }>(sql`
    SELECT f.patient_id AS id, f.family_name AS "familyName", f.given_name AS "givenName" FROM ${formerIdentities} AS f
    WHERE ${inArray(sql`f.patient_id`, others)}
    UNION ALL SELECT kept.id, m.family_name, m.given_name
    FROM ${patients} AS kept, door_merged_records(kept.id) AS m WHERE ${inArray(sql`kept.id`, others)}`)
  return found.map((patient) => {
    const name = others.includes(patient.id) && rows.find((row) => row.id === patient.id && fits(row))
    return name
      ? { ...patient, foundAs: { familyName: name.familyName, givenName: name.givenName } }
      : patient
  })
}

/** By the keys that triggers keep, each part a range of their index; what few have comes first. */
function candidates({ words, identifier, births, phone }: PatientSearch): SQL[] {
  const keyed = (kind: (typeof patientKeys.kind.enumValues)[number], beginning: string) =>
    sql`SELECT ${patientKeys.patientId} FROM ${patientKeys} WHERE ${patientKeys.kind} = ${kind} AND ${beginsWith(patientKeys.key, beginning)}`
  const parts: SQL[] = []
  if (identifier !== '') parts.push(keyed('identifier', identifier))
  if (phone !== '') parts.push(keyed('phone', phone))
  if (phone.length >= 4) parts.push(keyed('phone-end', [...phone].reverse().join('')))
  for (const { from, to } of births)
    parts.push(
      sql`SELECT ${patients.id} AS patient_id FROM ${patients} WHERE ${between(patients.birthDate, from, to)}`,
    )
  if (words.length > 0)
    parts.push(
      sql.join(
        [...new Set(words)].map((word) => keyed('name', word)),
        sql` INTERSECT `,
      ),
    )
  return parts
}

function conditions({ imagesSince, openPlan, providerId, noVisitSince }: PatientFilter): SQL[] {
  const images = (since: string) =>
    sql`EXISTS (SELECT FROM ${studies} WHERE ${studies.patientId} = ${patients.id} AND ${studies.studyDate} >= ${since})`
  const appointment = (of: SQL) =>
    sql`EXISTS (SELECT FROM ${appointments} WHERE ${appointments.patientId} = ${patients.id}
      AND ${appointments.status} NOT IN ('missed', 'cancelled') AND ${of})`
  return [
    imagesSince && images(imagesSince),
    openPlan && sql`${patients.id} IN (${openPlans})`,
    providerId && appointment(sql`${appointments.providerId} = ${providerId}`),
    noVisitSince && sql`NOT ${images(noVisitSince)}`,
    noVisitSince && sql`NOT ${appointment(sql`${appointments.startsAt} >= ${dawn(noVisitSince)}`)}`,
  ].filter((condition) => condition !== undefined && condition !== false && condition !== '')
}

/** When a day begins in the practice. @param day ISO date */
const dawn = (day: string) =>
  sql`${day}::date::timestamp AT TIME ZONE (SELECT time_zone FROM tenants WHERE id = current_tenant_id())`

/** Patients with a version that is written or shown, or one that is signed and not all done. */
const openPlans = sql`SELECT ${treatmentCases.patientId} FROM ${treatmentCases}
  JOIN ${plans} ON ${plans.caseId} = ${treatmentCases.id}
  JOIN ${planVersions} ON ${planVersions.planId} = ${plans.id}
  WHERE ${treatmentCases.deletedAt} IS NULL AND (${planVersions.state} IN ('draft', 'presented')
    OR (${planVersions.state} = 'signed' AND EXISTS (
      SELECT FROM jsonb_path_query(${planVersions.content}, '$.phases[*].visits[*].items[*].id') AS item (id)
      WHERE NOT EXISTS (SELECT FROM ${planItemStates} WHERE ${planItemStates.planId} = ${plans.id}
        AND ${planItemStates.itemId} = (item.id #>> '{}')::uuid AND ${planItemStates.state} IN ('done', 'declined')))))`
