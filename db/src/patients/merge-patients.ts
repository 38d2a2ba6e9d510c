import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import {
  openedPatients,
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
import { identityOf, joinedTreatment, seenOf, treatmentOf } from './merge-preview.ts'
import { mergedTables } from './merged-tables.ts'

export type MergeOutcome =
  | { outcome: 'merged'; mergeId: string }
  /** one of the records was changed since it was looked at */
  | { outcome: 'changed' }
  /** both have an orthodontic treatment, and together these are more than one may hold */
  | { outcome: 'two-treatments' }
  | { outcome: 'absent' }

/** Of which record each part is taken. */
export type MergeChoice = Record<'name' | 'birthDate' | 'sex' | 'phone' | 'email', 'kept' | 'merged'>

/**
 * Brings two records of one person together: all of one goes into the other, its numbers too, so that images which
 * come under them later find the record that stays. Images keep what they say, and what was in them is not touched.
 * Nothing is removed: `undoMerge` takes it back.
 *
 * @param wanted.seen by `mergePreview`
 */
export function mergePatients(
  db: Database,
  staff: Staff,
  wanted: { keptId: string; mergedId: string; choice: MergeChoice; seen: string },
): Promise<MergeOutcome> {
  return withTenant(db, staff.tenantId, async (tx): Promise<MergeOutcome> => {
    const { tenantId, userId } = staff
    const { keptId, mergedId, choice } = wanted
    // what was deleted and may come back comes back to the record that stays
    await showDeleted(tx)
    // studies before patients, as arrivals lock them
    await tx
      .select({ id: studies.id })
      .from(studies)
      .where(eq(studies.patientId, mergedId))
      .orderBy(asc(studies.id))
      .for('update')
    const locked = await tx
      .select()
      .from(patients)
      .where(inArray(patients.id, [keptId, mergedId]))
      .orderBy(asc(patients.id))
      .for('update')
    const kept = locked.find(({ id }) => id === keptId)
    const merged = locked.find(({ id }) => id === mergedId)
    if (!kept || !merged || kept === merged || kept.mergedInto || merged.mergedInto)
      return { outcome: 'absent' }
    if (seenOf(kept, merged) !== wanted.seen) return { outcome: 'changed' }
    const settled = await settleTreatments(tx, keptId, mergedId)
    if (settled === null) return { outcome: 'two-treatments' }
    const { left, treatment } = settled

    const before = identityOf(kept)
    const after = chosen(before, identityOf(merged), choice)
    const [merge] = await tx
      .insert(patientMerges)
      .values({
        tenantId,
        keptId,
        mergedId,
        before: { ...before, ...(treatment ? { treatment } : {}) },
        after,
        createdBy: userId,
      })
      .returning({ id: patientMerges.id })
    if (!merge) throw new Error('the merge was not written')

    const unread = await firstUnread(tx, mergedId)
    let rows = 0
    for (const [tableName, table] of Object.entries(mergedTables)) {
      if (left.includes(tableName)) continue
      // studies remember how sure their link was: from here on it is as staff say
      const matchState = table === studies ? sql`match_state` : sql`NULL`
      const moved = await tx.execute(sql`
        INSERT INTO ${patientMergeRows} (merge_id, table_name, row_id, tenant_id, match_state)
        SELECT ${merge.id}::uuid, ${tableName}, id, ${tenantId}::uuid, ${matchState} FROM ${table} WHERE patient_id = ${mergedId}::uuid`)
      rows += moved.rowCount ?? 0
      await tx.execute(
        table === studies
          ? sql`UPDATE ${table} SET patient_id = ${keptId}::uuid,
              match_state = CASE WHEN match_state IN ('created', 'matched') THEN 'confirmed' ELSE match_state END
              WHERE patient_id = ${mergedId}::uuid`
          : sql`UPDATE ${table} SET patient_id = ${keptId}::uuid WHERE patient_id = ${mergedId}::uuid`,
      )
    }
    const nameFold = foldName(`${after.familyName} ${after.givenName}`).slice(0, 500) // indexed
    await tx
      .update(patients)
      .set({ ...after, nameFold, updatedAt: new Date() })
      .where(eq(patients.id, keptId))
    await tx.update(patients).set({ mergedInto: keptId }).where(eq(patients.id, mergedId))
    // images that nobody has seen yet are not seen because somebody knew the other record
    if (unread)
      await tx
        .update(openedPatients)
        .set({ imagesSeenAt: new Date(unread.getTime() - 1) })
        .where(and(eq(openedPatients.patientId, keptId), gt(openedPatients.imagesSeenAt, unread)))
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'patient.merged',
      patientId: keptId,
      detail: { mergeId: merge.id, mergedId, rows },
    })
    return { outcome: 'merged', mergeId: merge.id }
  })
}

function chosen(kept: MergedIdentity, merged: MergedIdentity, choice: MergeChoice): MergedIdentity {
  const of = (part: keyof MergeChoice) => (choice[part] === 'kept' ? kept : merged)
  const { familyName, givenName } = of('name')
  return {
    familyName,
    givenName,
    birthDate: of('birthDate').birthDate,
    sex: of('sex').sex,
    phone: of('phone').phone,
    email: of('email').email,
  }
}

type Settled = {
  /** tables that stay behind */
  left: string[]
  /** of the record that stays, as it was; null where nothing came to it */
  treatment: MergedTreatment | null
}

/**
 * A patient has one orthodontic treatment: two become one. What the other record tells stays with it as well, for the
 * case that the merge is undone.
 *
 * @returns null where both treatments together are more than one may hold
 */
async function settleTreatments(tx: Transaction, keptId: string, mergedId: string): Promise<Settled | null> {
  const [mine, theirs] = [await treatmentOf(tx, keptId), await treatmentOf(tx, mergedId)]
  if (mine === 'none' || theirs === 'none') return { left: [], treatment: null }
  const left = ['orthodontic_cases']
  if (theirs === 'empty') return { left, treatment: null }
  const joined = await joinedTreatment(tx, keptId, mergedId)
  if (!joined) return null
  const { before, content } = joined
  await tx
    .update(orthodonticCases)
    .set({ content, version: before.version + 1 })
    .where(eq(orthodonticCases.patientId, keptId))
  return { left, treatment: before }
}

/** When the first of a patient's images came that nobody has seen; null when all were seen. */
async function firstUnread(tx: Transaction, patientId: string): Promise<Date | null> {
  const [row] = await tx
    .select({ at: sql<Date | string | null>`min(${studies.updatedAt})` })
    .from(studies)
    .where(
      and(
        eq(studies.patientId, patientId),
        sql`NOT EXISTS (SELECT FROM ${openedPatients} WHERE ${openedPatients.patientId} = ${studies.patientId}
          AND ${openedPatients.imagesSeenAt} >= ${studies.updatedAt})`,
      ),
    )
  return row?.at ? new Date(row.at) : null
}
