import { createHash } from 'node:crypto'
import { and, desc, eq, inArray, ne } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import { canonicalJson, planImageIds, planItems, planTotals, type Json } from '../plan-rules/index.ts'
import {
  instances,
  patients,
  planItemStates,
  plans,
  planVersions,
  tenants,
  treatmentCases,
  type PlanVersionState,
} from '../schema/index.ts'
import { ownPractice } from '../tenancy/own-practice.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { listProviders } from './list-providers.ts'
import { noteDue } from './note-due.ts'
import { readPlanSettings } from './plan-settings.ts'
import { staffEvent, type Staff } from './staff.ts'
import { standingCases } from './standing-cases.ts'

/**
 * A draft to write on: the one there is, or a new version with what the newest one says.
 *
 * @returns null when this patient has no such plan, or it was removed
 */
export function startVersion(
  db: Database,
  staff: Staff,
  { patientId, planId }: { patientId: string; planId: string },
): Promise<{ versionId: string } | null> {
  return withTenant(db, staff.tenantId, async (tx) => {
    // one at a time: two who press at once get the same draft
    const [plan] = await tx
      .select({ id: plans.id })
      .from(plans)
      .innerJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
      .where(and(eq(plans.id, planId), standingCases(patientId)))
      .for('update', { of: plans })
    if (!plan) return null
    const [newest] = await tx
      .select()
      .from(planVersions)
      .where(eq(planVersions.planId, planId))
      .orderBy(desc(planVersions.number))
      .limit(1)
    if (!newest) return null
    if (newest.state === 'draft') return { versionId: newest.id }
    const [made] = await tx
      .insert(planVersions)
      .values({
        tenantId: staff.tenantId,
        planId,
        number: newest.number + 1,
        content: newest.content,
        changedBy: staff.userId,
      })
      .returning({ id: planVersions.id })
    if (!made) throw new Error('The version was not stored')
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'plan.created',
      patientId,
      detail: { planId, versionId: made.id, number: newest.number + 1 },
    })
    return { versionId: made.id }
  })
}

export type Presented =
  | { outcome: 'presented'; versionId: string; digest: string }
  | { outcome: 'absent' | 'not-a-draft' | 'changed' | 'empty' }

/**
 * Freezes a draft: from here on it is what the patient was shown. Its digest binds the items, the amounts and the
 * files of the images. An earlier version of the plan that waits for an answer is replaced by it.
 *
 * @param draft.revision what was looked at when it was decided to present it
 */
export function presentVersion(
  db: Database,
  staff: Staff,
  { patientId, versionId, revision }: { patientId: string; versionId: string; revision: number },
): Promise<Presented> {
  return withTenant(db, staff.tenantId, async (tx) => {
    await lockCaseOf(tx, versionId)
    const [found] = await tx
      .select({ version: planVersions, plan: plans, treatmentCase: treatmentCases, patient: patients })
      .from(planVersions)
      .innerJoin(plans, eq(plans.id, planVersions.planId))
      .innerJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
      .innerJoin(patients, eq(patients.id, treatmentCases.patientId))
      .where(and(eq(planVersions.id, versionId), standingCases(patientId)))
      .for('update', { of: planVersions })
    if (!found) return { outcome: 'absent' }
    const { version, plan, treatmentCase, patient } = found
    if (version.state !== 'draft') return { outcome: 'not-a-draft' }
    if (version.revision !== revision) return { outcome: 'changed' }
    const { content } = version
    if (planItems(content).length === 0) return { outcome: 'empty' }
    const [practice] = await tx
      .select({ id: tenants.id, name: tenants.name, timeZone: tenants.timeZone })
      .from(tenants)
      .where(ownPractice)
    const { notation, consent } = await readPlanSettings(tx)
    const providerIds = new Set(planItems(content).map(({ providerId }) => providerId))
    const presentedAt = new Date()
    const frozen = canonicalJson({
      schema: 2,
      practice: {
        id: practice?.id ?? '',
        name: practice?.name ?? '',
        timeZone: practice?.timeZone ?? 'UTC',
      },
      notation,
      consent,
      providers: (await listProviders(tx)).filter(({ id }) => providerIds.has(id)),
      patient: {
        id: patient.id,
        familyName: patient.familyName,
        givenName: patient.givenName,
        birthDate: patient.birthDate,
      },
      case: { id: treatmentCase.id, title: treatmentCase.title },
      plan: { id: plan.id, letter: plan.letter, version: version.number },
      content,
      totals: planTotals(content),
      images: await imageDigests(tx, planImageIds(content)),
      presentedAt: presentedAt.toISOString(),
      presentedBy: staff.userId,
    })
    const digest = createHash('sha256').update(frozen).digest()
    await tx
      .update(planVersions)
      .set({ state: 'replaced' })
      .where(and(eq(planVersions.planId, plan.id), eq(planVersions.state, 'presented')))
    await tx
      .update(planVersions)
      .set({ state: 'presented', frozen, digest, presentedAt, presentedBy: staff.userId })
      .where(eq(planVersions.id, versionId))
    await noteDue(tx, plan.id)
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'plan.presented',
      patientId,
      detail: { planId: plan.id, versionId, number: version.number, digest: digest.toString('hex') },
    })
    return { outcome: 'presented', versionId, digest: digest.toString('hex') }
  })
}

/** Notes that the patient does not want what was presented; false when nothing of theirs waits for an answer. */
export function declineVersion(
  db: Database,
  staff: Staff,
  { patientId, versionId }: { patientId: string; versionId: string },
): Promise<boolean> {
  return withTenant(db, staff.tenantId, async (tx) => {
    await lockCaseOf(tx, versionId)
    const [version] = await tx
      .select({ id: planVersions.id, planId: planVersions.planId })
      .from(planVersions)
      .innerJoin(plans, eq(plans.id, planVersions.planId))
      .innerJoin(treatmentCases, eq(treatmentCases.id, plans.caseId))
      .where(
        and(eq(planVersions.id, versionId), eq(planVersions.state, 'presented'), standingCases(patientId)),
      )
      .for('update', { of: planVersions })
    if (!version) return false
    await setState(tx, [version.id], 'declined')
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: 'plan.declined',
      patientId,
      detail: { planId: version.planId, versionId },
    })
    return true
  })
}

/**
 * The other alternatives of a case that wait for an answer get theirs by the choice of one, and so does what was
 * accepted of one before: a change of mind is not both treatments.
 *
 * @param changedBy whoever hands over the tablet; null by a link
 */
export async function declineOthers(
  tx: Transaction,
  { planId, changedBy }: { planId: string; changedBy: string | null },
): Promise<void> {
  const [plan] = await tx.select({ caseId: plans.caseId }).from(plans).where(eq(plans.id, planId))
  if (!plan) return
  const others = await tx
    .select({ id: planVersions.id })
    .from(planVersions)
    .innerJoin(plans, eq(plans.id, planVersions.planId))
    .where(and(eq(plans.caseId, plan.caseId), ne(plans.id, planId), eq(planVersions.state, 'presented')))
  await setState(
    tx,
    others.map(({ id }) => id),
    'declined',
  )
  // of one that was signed before, what nobody has begun or booked
  const otherPlans = tx
    .select({ id: plans.id })
    .from(plans)
    .where(and(eq(plans.caseId, plan.caseId), ne(plans.id, planId)))
  await tx
    .update(planItemStates)
    .set({ state: 'declined', changedBy, changedAt: new Date() })
    .where(and(inArray(planItemStates.planId, otherPlans), eq(planItemStates.state, 'accepted')))
}

/**
 * Lets one at a time answer for a case, or show what is to be answered. To be called before any of its versions is
 * locked: an answer to one alternative is an answer to the others. Nor is the case removed meanwhile. Inside withTenant.
 */
export async function lockCaseOf(tx: Transaction, versionId: string): Promise<void> {
  const caseIds = tx
    .select({ id: plans.caseId })
    .from(planVersions)
    .innerJoin(plans, eq(plans.id, planVersions.planId))
    .where(eq(planVersions.id, versionId))
  await tx
    .select({ id: treatmentCases.id })
    .from(treatmentCases)
    .where(inArray(treatmentCases.id, caseIds))
    .for('update')
  // nor does anybody move their items on, or reach a milestone: what is due next follows from both
  await tx
    .select({ id: plans.id })
    .from(plans)
    .where(inArray(plans.caseId, caseIds))
    .orderBy(plans.id)
    .for('update')
}

/** SHA-256 of images' files as they were received, by our id; those that are gone are left out. */
export async function imageDigests(
  tx: Transaction,
  ids: readonly string[],
): Promise<{ [key: string]: Json }[]> {
  if (ids.length === 0) return []
  const rows = await tx
    .select({ id: instances.id, sopInstanceUid: instances.sopInstanceUid, sha256: instances.fileSha256 })
    .from(instances)
    .where(inArray(instances.id, [...new Set(ids)]))
    .orderBy(instances.id)
  return rows.map(({ id, sopInstanceUid, sha256 }) => ({
    id,
    sopInstanceUid,
    sha256: sha256.toString('hex'),
  }))
}

async function setState(tx: Transaction, ids: string[], state: PlanVersionState): Promise<void> {
  if (ids.length === 0) return
  await tx.update(planVersions).set({ state }).where(inArray(planVersions.id, ids))
}
