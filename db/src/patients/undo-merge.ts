import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import { withoutTreatment } from '../orthodontics/join-treatments.ts'
import {
  orthodonticCases,
  patientMergeRows,
  patientMerges,
  patients,
  studies,
  type MergedIdentity,
  type MergedTreatment,
} from '../schema/index.ts'
import { showDeleted } from '../tenancy/show-deleted.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { foldName } from './fold-name.ts'
import { identityOf } from './merge-preview.ts'
import { mergedTables } from './merged-tables.ts'

/**
 * Makes two records again of what was merged: each has what it had, the images that came meanwhile go by their number,
 * and what staff have added since stays with the record that was kept.
 *
 * @param wanted.keptId the record it is asked for on
 * @returns the record that is there again; null when there is nothing to undo, or the record that was kept has gone
 *   into a third one since
 */
export function undoMerge(
  db: Database,
  staff: Staff,
  wanted: { keptId: string; mergeId: string },
): Promise<string | null> {
  return withTenant(db, staff.tenantId, async (tx) => {
    await showDeleted(tx)
    const [merge] = await tx
      .select()
      .from(patientMerges)
      .where(and(eq(patientMerges.id, wanted.mergeId), eq(patientMerges.keptId, wanted.keptId)))
      .for('update')
    if (!merge || merge.undoneAt) return null
    const { id: mergeId, keptId, mergedId } = merge
    const locked = await tx
      .select()
      .from(patients)
      .where(inArray(patients.id, [keptId, mergedId]))
      .orderBy(asc(patients.id))
      .for('update')
    const kept = locked.find(({ id }) => id === keptId)
    const merged = locked.find(({ id }) => id === mergedId)
    if (!kept || kept.mergedInto || merged?.mergedInto !== keptId) return null

    await tx.update(patients).set({ mergedInto: null }).where(eq(patients.id, mergedId))
    for (const [tableName, table] of Object.entries(mergedTables)) {
      await tx.execute(sql`
        UPDATE ${table} SET patient_id = ${mergedId}::uuid
          ${table === studies ? sql`, match_state = CASE WHEN ${table}.match_state = 'confirmed' THEN moved.match_state ELSE ${table}.match_state END` : sql``}
        FROM ${patientMergeRows} AS moved
        WHERE moved.merge_id = ${mergeId}::uuid AND moved.table_name = ${tableName} AND moved.row_id = ${table}.id
          AND ${table}.patient_id = ${keptId}::uuid`)
    }
    if (merge.before.treatment) await partTreatments(tx, { keptId, mergedId }, merge.before.treatment)
    // images that came since, by the number they came under
    await tx.execute(sql`
      UPDATE studies SET patient_id = ${mergedId}::uuid FROM patient_identifiers AS known
      WHERE studies.patient_id = ${keptId}::uuid AND studies.arrived_at >= ${merge.createdAt.toISOString()}::timestamptz
        AND known.patient_id = ${mergedId}::uuid AND known.kind = 'dicom'
        AND known.value = studies.dicom_patient_id AND known.issuer = studies.issuer_of_patient_id`)
    const identity = restored(identityOf(kept), merge)
    const nameFold = foldName(`${identity.familyName} ${identity.givenName}`).slice(0, 500) // indexed
    await tx
      .update(patients)
      .set({ ...identity, nameFold, updatedAt: new Date() })
      .where(eq(patients.id, keptId))
    await tx
      .update(patientMerges)
      .set({ undoneAt: new Date(), undoneBy: staff.userId })
      .where(eq(patientMerges.id, mergeId))
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'patient.unmerged',
      patientId: keptId,
      detail: { mergeId, mergedId },
    })
    return mergedId
  })
}

/** The treatment of the record that was kept is as it was, or without what came from the other where it was changed since. */
async function partTreatments(
  tx: Transaction,
  { keptId, mergedId }: { keptId: string; mergedId: string },
  before: MergedTreatment,
): Promise<void> {
  const contentOf = async (patientId: string) => {
    const [row] = await tx.select().from(orthodonticCases).where(eq(orthodonticCases.patientId, patientId))
    return row
  }
  const [kept, merged] = [await contentOf(keptId), await contentOf(mergedId)]
  if (!kept || !merged) return
  const isUntouched = kept.version === before.version + 1
  const content = isUntouched ? before.content : withoutTreatment(kept.content, merged.content)
  await tx
    .update(orthodonticCases)
    .set({ content, version: kept.version + 1 })
    .where(eq(orthodonticCases.patientId, keptId))
}

/** What the merge set goes back to what it was; what was corrected since stays. */
function restored(
  now: MergedIdentity,
  { before, after }: { before: MergedIdentity; after: MergedIdentity },
): MergedIdentity {
  const back = <K extends keyof MergedIdentity>(key: K) => (now[key] === after[key] ? before[key] : now[key])
  return {
    familyName: back('familyName'),
    givenName: back('givenName'),
    birthDate: back('birthDate'),
    sex: back('sex'),
    phone: back('phone'),
    email: back('email'),
  }
}
