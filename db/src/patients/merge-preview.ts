import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { eq, inArray, sql } from 'drizzle-orm'
import type { Transaction } from '../database.ts'
import { joinTreatments } from '../orthodontics/join-treatments.ts'
import { emptyOrthodonticContent, type OrthodonticContent } from '../orthodontics/orthodontic-content.ts'
import { orthodonticCases, tenants, type MergedIdentity, type MergedTreatment } from '../schema/index.ts'
import { ownPractice } from '../tenancy/own-practice.ts'
import { readPatient, type Patient } from './read-patient.ts'

/** What goes from one record into the other, each by how many. */
export type MergeCounts = Record<
  | 'studies'
  | 'images'
  | 'tracings'
  | 'appointments'
  | 'plans'
  | 'notes'
  | 'alerts'
  | 'mounts'
  | 'comparisons'
  | 'shares'
  | 'orthodontics',
  number
>

export type MergePreview = {
  kept: Patient
  merged: Patient
  counts: MergeCounts
  /** both records have an orthodontic treatment: a patient has one, and both together become it, where they fit */
  twoTreatments: 'none' | 'joined' | 'too-much'
  /** of what was seen: whoever merges says it again */
  seen: string
}

/** What it would mean to merge one record into another. Inside withTenant. @returns null where one is not there */
export async function mergePreview(
  tx: Transaction,
  { keptId, mergedId }: { keptId: string; mergedId: string },
): Promise<MergePreview | null> {
  const [kept, merged] = [await readPatient(tx, keptId), await readPatient(tx, mergedId)]
  if (!kept || !merged || keptId === mergedId) return null
  const { rows } = await tx.execute<Record<keyof MergeCounts, string>>(sql`
    SELECT
      (SELECT count(*) FROM studies WHERE patient_id = p.id) AS studies,
      (SELECT count(*) FROM instances i JOIN studies s ON s.id = i.study_id WHERE s.patient_id = p.id) AS images,
      (SELECT count(*) FROM ceph_tracings t JOIN instances i ON i.id = t.instance_id JOIN studies s ON s.id = i.study_id
        WHERE s.patient_id = p.id AND t.deleted_at IS NULL) AS tracings,
      (SELECT count(*) FROM appointments WHERE patient_id = p.id) AS appointments,
      (SELECT count(*) FROM plans JOIN treatment_cases c ON c.id = plans.case_id WHERE c.patient_id = p.id AND c.deleted_at IS NULL) AS plans,
      (SELECT count(*) FROM patient_notes WHERE patient_id = p.id AND deleted_at IS NULL) AS notes,
      (SELECT count(*) FROM patient_alerts WHERE patient_id = p.id AND ended_at IS NULL) AS alerts,
      (SELECT count(*) FROM mounts WHERE patient_id = p.id AND deleted_at IS NULL) AS mounts,
      (SELECT count(*) FROM comparisons WHERE patient_id = p.id AND deleted_at IS NULL) AS comparisons,
      (SELECT count(*) FROM shares x LEFT JOIN studies s ON s.id = x.study_id LEFT JOIN plan_versions v ON v.id = x.plan_version_id
        LEFT JOIN plans ON plans.id = v.plan_id LEFT JOIN treatment_cases c ON c.id = plans.case_id
        WHERE coalesce(s.patient_id, c.patient_id) = p.id AND x.revoked_at IS NULL AND x.expires_at > now()) AS shares,
      (SELECT count(*) FROM orthodontic_cases WHERE patient_id = p.id) AS orthodontics
    FROM patients p WHERE p.id = ${mergedId}::uuid`)
  const [row] = rows
  if (!row) return null
  const number = (name: keyof MergeCounts) => Number(row[name])
  return {
    kept,
    merged,
    counts: {
      studies: number('studies'),
      images: number('images'),
      tracings: number('tracings'),
      appointments: number('appointments'),
      plans: number('plans'),
      notes: number('notes'),
      alerts: number('alerts'),
      mounts: number('mounts'),
      comparisons: number('comparisons'),
      shares: number('shares'),
      orthodontics: number('orthodontics'),
    },
    twoTreatments:
      (await treatmentOf(tx, keptId)) !== 'told' || (await treatmentOf(tx, mergedId)) !== 'told'
        ? 'none'
        : (await joinedTreatment(tx, keptId, mergedId))
          ? 'joined'
          : 'too-much',
    seen: seenOf(kept, merged),
  }
}

/** What both records tell of a treatment, as one; null where that is too much for one. Inside withTenant. */
export async function joinedTreatment(
  tx: Transaction,
  keptId: string,
  mergedId: string,
): Promise<{ before: MergedTreatment; content: OrthodonticContent } | null> {
  const rows = await tx
    .select({
      patientId: orthodonticCases.patientId,
      version: orthodonticCases.version,
      content: orthodonticCases.content,
    })
    .from(orthodonticCases)
    .where(inArray(orthodonticCases.patientId, [keptId, mergedId]))
  const [mine, theirs] = [keptId, mergedId].map((id) => rows.find(({ patientId }) => patientId === id))
  if (!mine || !theirs) return null
  const [practice] = await tx.select({ locale: tenants.locale }).from(tenants).where(ownPractice)
  const content = joinTreatments(mine.content, theirs.content, practice?.locale ?? 'fr')
  return content && { before: { version: mine.version, content: mine.content }, content }
}

/** Whether a patient's orthodontic treatment is there, and tells anything. Inside withTenant. */
export async function treatmentOf(tx: Transaction, patientId: string): Promise<'none' | 'empty' | 'told'> {
  const [row] = await tx
    .select({ content: orthodonticCases.content })
    .from(orthodonticCases)
    .where(eq(orthodonticCases.patientId, patientId))
  if (!row) return 'none'
  return isDeepStrictEqual(row.content, emptyOrthodonticContent) ? 'empty' : 'told'
}

/** Names what two records say of the person, so that a change is noticed. */
export function seenOf(kept: MergedIdentity, merged: MergedIdentity): string {
  const told = [kept, merged].map(identityOf)
  return createHash('sha256').update(JSON.stringify(told)).digest('base64url').slice(0, 22)
}

/** Who a record says a person is, and how to reach them. */
export function identityOf(patient: MergedIdentity): MergedIdentity {
  const { familyName, givenName, birthDate, sex, phone, email } = patient
  return { familyName, givenName, birthDate, sex, phone, email }
}
