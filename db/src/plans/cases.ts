import { and, asc, eq, inArray, isNotNull, isNull, max, sql } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { AuditKind } from '../audit/audit-event.ts'
import type { Database, Transaction } from '../database.ts'
import { planMilestones, type ItemState, type PlanContent } from '../plan-rules/index.ts'
import {
  patients,
  planItemStates,
  plans,
  planSignatures,
  planVersions,
  treatmentCases,
  type PlanVersionState,
} from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { milestoneStates, type MilestoneState } from './milestone-states.ts'
import { readPlanSettings } from './plan-settings.ts'
import { staffEvent, type Staff } from './staff.ts'
import { standingCases } from './standing-cases.ts'

export type PlanVersion = {
  id: string
  number: number
  state: PlanVersionState
  content: PlanContent
  revision: number
  changedAt: Date
  presentedAt: Date | null
  /** SHA-256 of what a signature binds, lower case hex; null for a draft */
  digest: string | null
  signature: {
    id: string
    name: string
    signedAt: Date
    via: 'tablet' | 'link'
    /** items that the patient did not want */
    declinedItems: string[]
    /** what the others come to; null where the whole version was signed as one */
    acceptedCents: number | null
  } | null
}

export type Plan = {
  id: string
  letter: string
  /** the oldest first; one at least */
  versions: PlanVersion[]
  /** by item; those that have none are proposed */
  itemStates: Record<string, { state: ItemState; day: string | null }>
  /** by milestone; those that have none were not reached, and are expected as their offsets say */
  milestoneStates: Record<string, MilestoneState>
}

export type TreatmentCase = { id: string; title: string; version: number; createdAt: Date; plans: Plan[] }

const lettersMax = 6

/** All cases of a patient, the newest first, with their plans and versions. Inside withTenant. */
export async function patientCases(
  tx: Transaction,
  patientId: string,
  { caseId }: { caseId?: string } = {},
): Promise<TreatmentCase[]> {
  const cases = await tx
    .select({
      id: treatmentCases.id,
      title: treatmentCases.title,
      version: treatmentCases.version,
      createdAt: treatmentCases.createdAt,
    })
    .from(treatmentCases)
    .where(and(standingCases(patientId), caseId === undefined ? undefined : eq(treatmentCases.id, caseId)))
    .orderBy(sql`${treatmentCases.createdAt} DESC`)
  if (cases.length === 0) return []
  const planRows = await tx
    .select()
    .from(plans)
    .where(
      inArray(
        plans.caseId,
        cases.map(({ id }) => id),
      ),
    )
    .orderBy(asc(plans.letter))
  const planIds = planRows.map(({ id }) => id)
  if (planIds.length === 0) return cases.map((each) => ({ ...each, plans: [] }))
  const versions = await tx
    .select({
      id: planVersions.id,
      planId: planVersions.planId,
      number: planVersions.number,
      state: planVersions.state,
      content: planVersions.content,
      revision: planVersions.revision,
      changedAt: planVersions.changedAt,
      presentedAt: planVersions.presentedAt,
      digest: planVersions.digest,
      signatureId: planSignatures.id,
      signatureName: planSignatures.name,
      signedAt: planSignatures.signedAt,
      via: planSignatures.via,
      declinedItems: planSignatures.declinedItems,
      acceptedCents: planSignatures.acceptedCents,
    })
    .from(planVersions)
    .leftJoin(planSignatures, eq(planSignatures.versionId, planVersions.id))
    .where(inArray(planVersions.planId, planIds))
    .orderBy(asc(planVersions.number))
  const states = await tx.select().from(planItemStates).where(inArray(planItemStates.planId, planIds))
  const milestones = await milestoneStates(tx, planIds)

  const ofPlan = (id: string): PlanVersion[] =>
    versions
      .filter(({ planId }) => planId === id)
      .map(
        ({
          planId: _,
          signatureId,
          signatureName,
          signedAt,
          via,
          declinedItems,
          acceptedCents,
          digest,
          ...version
        }) => ({
          ...version,
          digest: digest?.toString('hex') ?? null,
          signature:
            signatureId !== null && signatureName !== null && signedAt !== null && via !== null
              ? {
                  id: signatureId,
                  name: signatureName,
                  signedAt,
                  via,
                  declinedItems: declinedItems ?? [],
                  acceptedCents,
                }
              : null,
        }),
      )
  return cases.map((each) => ({
    ...each,
    plans: planRows
      .filter((plan) => plan.caseId === each.id)
      .map(({ id, letter }) => ({
        id,
        letter,
        versions: ofPlan(id),
        itemStates: Object.fromEntries(
          states
            .filter(({ planId }) => planId === id)
            .map(({ itemId, state, day }) => [itemId, { state, day }]),
        ),
        milestoneStates: milestones[id] ?? {},
      })),
  }))
}

/** A case with an empty plan A; null when the practice has no such patient. */
export function createCase(
  db: Database,
  staff: Staff,
  { patientId, title, content }: { patientId: string; title: string; content?: PlanContent },
): Promise<{ caseId: string; planId: string; versionId: string } | null> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const [patient] = await tx.select({ id: patients.id }).from(patients).where(eq(patients.id, patientId))
    if (!patient) return null
    const [made] = await tx
      .insert(treatmentCases)
      .values({ tenantId: staff.tenantId, patientId, title, createdBy: staff.userId })
      .returning({ id: treatmentCases.id })
    if (!made) return null
    const plan = await insertPlan(tx, staff, made.id, 'A', content ?? (await emptyContent(tx)))
    await note(tx, staff, 'plan.created', patientId, { caseId: made.id, planId: plan.planId })
    return { caseId: made.id, ...plan }
  })
}

/**
 * Another alternative of a case, empty or as another one reads now; its items are new ones.
 *
 * @returns null when there is no such case, or it has six alternatives already
 */
export function addAlternative(
  db: Database,
  staff: Staff,
  { patientId, caseId, copy }: { patientId: string; caseId: string; copy: PlanContent | null },
): Promise<{ planId: string; versionId: string } | null> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const [row] = await tx
      .select({ id: treatmentCases.id })
      .from(treatmentCases)
      .where(and(eq(treatmentCases.id, caseId), standingCases(patientId)))
      .for('update')
    if (!row) return null
    const [last] = await tx
      .select({ letter: max(plans.letter) })
      .from(plans)
      .where(eq(plans.caseId, caseId))
    const number = (last?.letter ?? '@').charCodeAt(0) - 64 + 1
    if (number > lettersMax) return null
    const plan = await insertPlan(
      tx,
      staff,
      caseId,
      String.fromCharCode(64 + number),
      copy ? withNewIds(copy) : await emptyContent(tx),
    )
    await note(tx, staff, 'plan.created', patientId, { caseId, planId: plan.planId })
    return plan
  })
}

/** @returns false when there is no such case, or somebody else has renamed it meanwhile */
export function renameCase(
  db: Database,
  staff: Staff,
  {
    patientId,
    caseId,
    title,
    version,
  }: { patientId: string; caseId: string; title: string; version: number },
): Promise<boolean> {
  return withTenant(db, staff.tenantId, async (tx) => {
    const [row] = await tx
      .update(treatmentCases)
      .set({ title, version: sql`${treatmentCases.version} + 1` })
      .where(
        and(eq(treatmentCases.id, caseId), eq(treatmentCases.version, version), standingCases(patientId)),
      )
      .returning({ id: treatmentCases.id })
    if (!row) return false
    await note(tx, staff, 'plan.changed', patientId, { caseId })
    return true
  })
}

/**
 * Takes a case off the patient's list, or back onto it. One with a signature stays: it is part of the file.
 *
 * @returns false when there is no such case, or it was signed
 */
export function removeCase(
  db: Database,
  staff: Staff,
  { patientId, caseId, removed }: { patientId: string; caseId: string; removed: boolean },
): Promise<boolean> {
  return withTenant(db, staff.tenantId, async (tx) => {
    // first, so that nobody signs between the next look and the removal
    await tx
      .select({ id: treatmentCases.id })
      .from(treatmentCases)
      .where(eq(treatmentCases.id, caseId))
      .for('update')
    const [signed] = await tx
      .select({ id: planVersions.id })
      .from(planVersions)
      .innerJoin(plans, eq(plans.id, planVersions.planId))
      .where(and(eq(plans.caseId, caseId), eq(planVersions.state, 'signed')))
      .limit(1)
    if (signed && removed) return false
    const [row] = await tx
      .update(treatmentCases)
      .set({ deletedAt: removed ? new Date() : null })
      .where(
        and(
          eq(treatmentCases.id, caseId),
          eq(treatmentCases.patientId, patientId),
          removed ? isNull(treatmentCases.deletedAt) : isNotNull(treatmentCases.deletedAt),
        ),
      )
      .returning({ id: treatmentCases.id })
    if (!row) return false
    await note(tx, staff, removed ? 'plan.removed' : 'plan.restored', patientId, { caseId })
    return true
  })
}

async function insertPlan(
  tx: Transaction,
  { tenantId, userId }: Staff,
  caseId: string,
  letter: string,
  content: PlanContent,
): Promise<{ planId: string; versionId: string }> {
  const [plan] = await tx
    .insert(plans)
    .values({ tenantId, caseId, letter, createdBy: userId })
    .returning({ id: plans.id })
  if (!plan) throw new Error('The plan was not stored')
  const [version] = await tx
    .insert(planVersions)
    .values({ tenantId, planId: plan.id, number: 1, content, changedBy: userId })
    .returning({ id: planVersions.id })
  if (!version) throw new Error('The version was not stored')
  return { planId: plan.id, versionId: version.id }
}

async function emptyContent(tx: Transaction): Promise<PlanContent> {
  const { currency, taxes } = await readPlanSettings(tx)
  return {
    title: '',
    note: '',
    currency,
    taxes,
    discount: { kind: 'none' },
    phases: [
      {
        id: crypto.randomUUID(),
        title: '',
        visits: [{ id: crypto.randomUUID(), title: '', items: [] }],
      },
    ],
  }
}

function withNewIds(content: PlanContent): PlanContent {
  return {
    ...content,
    phases: content.phases.map((phase) => ({
      ...phase,
      id: crypto.randomUUID(),
      visits: phase.visits.map((visit) => ({
        ...visit,
        id: crypto.randomUUID(),
        items: visit.items.map((item) => ({
          ...item,
          ...planMilestones(item.milestones ?? []),
          id: crypto.randomUUID(),
        })),
      })),
    })),
  }
}

async function note(
  tx: Transaction,
  staff: Staff,
  kind: AuditKind,
  patientId: string,
  detail: Record<string, string>,
): Promise<void> {
  await recordInTransaction(tx, { ...staffEvent(staff), kind, patientId, detail })
}
