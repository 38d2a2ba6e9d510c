import { and, eq } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { Database, Transaction } from '../database.ts'
import type { Fdi, FindingEnd, FindingKind, Surface } from '../plan-rules/index.ts'
import { staffEvent, type Staff } from '../plans/staff.ts'
import {
  annotations,
  instances,
  patients,
  studies,
  toothFindings,
  toothFindingVersions,
} from '../schema/index.ts'
import { withTenant } from '../tenancy/with-tenant.ts'

/** A new finding, or what one says from now on. */
export type FindingChange = {
  id: string
  patientId: string
  /** version that was changed; 0 for a new finding */
  basedOn: number
  tooth: Fdi
  kind: FindingKind
  /** none: the whole tooth */
  surfaces: Surface[]
  /** material, depth or grade; '' where nothing is said */
  detail: string
  note: string
  /** why it holds no longer; null while it does */
  ended: FindingEnd | null
  /** SOP Instance UID of the image it was seen on; of a new finding alone */
  image: string | null
  /** what was drawn there; of a new finding alone */
  annotationId: string | null
}

export type SavedFinding =
  | { outcome: 'saved'; id: string; version: number }
  /** somebody else had changed it: what they wrote stays */
  | { outcome: 'changed'; id: string; version: number }
  | { outcome: 'absent' }

/** Records a finding on a tooth, or changes, ends or revives one; each state is kept, and on record. */
export function saveFinding(db: Database, staff: Staff, change: FindingChange): Promise<SavedFinding> {
  return withTenant(db, staff.tenantId, (tx) => saveFindingIn(tx, staff, change))
}

/**
 * As `saveFinding`, inside withTenant.
 *
 * @param software name and version of what proposed it; of a new finding alone
 */
export async function saveFindingIn(
  tx: Transaction,
  staff: Staff,
  change: FindingChange,
  software = '',
): Promise<SavedFinding> {
  const { tenantId, userId } = staff
  const { id, patientId, tooth, kind } = change
  const said = { surfaces: change.surfaces, detail: change.detail, note: change.note, ended: change.ended }
  const write = async (version: number) => {
    await tx
      .insert(toothFindingVersions)
      .values({ ...said, findingId: id, version, tenantId, changedBy: userId })
    await recordInTransaction(tx, {
      ...staffEvent(staff),
      kind: said.ended === null ? 'finding.saved' : 'finding.ended',
      patientId,
      detail: { findingId: id, version, what: kind },
    })
  }

  const [patient] = await tx.select({ id: patients.id }).from(patients).where(eq(patients.id, patientId))
  if (!patient) return { outcome: 'absent' }
  if (change.basedOn === 0) {
    const seen = await seenOn(tx, change)
    if (seen === 'foreign') return { outcome: 'absent' }
    const [added] = await tx
      .insert(toothFindings)
      .values({
        ...said,
        ...seen,
        id,
        tenantId,
        patientId,
        tooth,
        kind,
        software,
        createdBy: userId,
        changedBy: userId,
      })
      .onConflictDoNothing()
      .returning({ id: toothFindings.id })
    if (added) {
      await write(1)
      return { outcome: 'saved', id, version: 1 }
    }
  }

  const [held] = await tx.select().from(toothFindings).where(eq(toothFindings.id, id)).for('update')
  // the id is another practice's or patient's, or names another finding: not ours to change
  if (!held || held.patientId !== patientId || held.tooth !== tooth || held.kind !== kind)
    return { outcome: 'absent' }
  const content = ({ surfaces, detail, note, ended }: typeof said) =>
    JSON.stringify([surfaces, detail, note, ended])
  if (content(held) === content(said)) return { outcome: 'saved', id, version: held.version }
  if (held.version !== change.basedOn) return { outcome: 'changed', id, version: held.version }
  const version = held.version + 1
  await tx
    .update(toothFindings)
    .set({ ...said, version, changedBy: userId, changedAt: new Date() })
    .where(eq(toothFindings.id, id))
  await write(version)
  return { outcome: 'saved', id, version }
}

/** Our ids of the image and the drawing that a finding was seen on; `foreign` when they are not this patient's. */
async function seenOn(
  tx: Transaction,
  { image, annotationId, patientId }: FindingChange,
): Promise<{ instanceId: string | null; annotationId: string | null } | 'foreign'> {
  if (image === null && annotationId === null) return { instanceId: null, annotationId: null }
  const [found] = await tx
    .select({ instanceId: instances.id })
    .from(instances)
    .innerJoin(studies, eq(studies.id, instances.studyId))
    .leftJoin(annotations, eq(annotations.instanceId, instances.id))
    .where(
      and(
        eq(studies.patientId, patientId),
        image === null ? undefined : eq(instances.sopInstanceUid, image),
        annotationId === null ? undefined : eq(annotations.id, annotationId),
      ),
    )
    .limit(1)
  return found ? { instanceId: found.instanceId, annotationId } : 'foreign'
}
