import { and, eq, inArray } from 'drizzle-orm'
import { recordInTransaction } from '../audit/audit.ts'
import type { AuditActor } from '../audit/audit-event.ts'
import type { Database, Transaction } from '../database.ts'
import { deletedInstances, deletions, instances, series, studies } from '../schema/index.ts'
import { showDeleted } from '../tenancy/show-deleted.ts'
import { withTenant } from '../tenancy/with-tenant.ts'
import { recountStudy } from './recount-study.ts'

export type ImageScope = { study: string; series?: string | undefined; instance?: string | undefined }
export type By = { actor: AuditActor; sessionId?: string | null; address?: string | null }

/**
 * Deletes a study, series or instance of a practice: from the commit on nobody sees it, until it is restored or, after
 * `graceMs`, purged. On record in the same transaction.
 *
 * @param scope UIDs
 * @returns how many instances went; null when the practice has no such thing (any more)
 */
export function deleteImages(
  db: Database,
  tenantId: string,
  scope: ImageScope,
  by: By,
  graceMs: number,
): Promise<{ deletionId: string; instances: number } | null> {
  return withTenant(db, tenantId, async (tx) => {
    // the study's row first, as arrivals take it: what comes meanwhile waits, and then finds it deleted
    const [study] = await tx
      .select({ id: studies.id, patientId: studies.patientId })
      .from(studies)
      .where(and(eq(studies.tenantId, tenantId), eq(studies.studyInstanceUid, scope.study)))
      .for('update')
    if (!study) return null
    const chosen = await instancesOf(tx, study.id, scope)
    if (chosen.length === 0) return null

    const ids = chosen.map(({ id }) => id)
    const [made] = await tx
      .insert(deletions)
      .values({
        tenantId,
        level: scope.instance !== undefined ? 'instance' : scope.series !== undefined ? 'series' : 'study',
        studyId: study.id,
        studyInstanceUid: scope.study,
        seriesInstanceUid: scope.series ?? null,
        sopInstanceUid: scope.instance ?? null,
        instanceCount: ids.length,
        bytes: chosen.reduce((total, { fileBytes }) => total + fileBytes, 0),
        actorKind: by.actor.kind,
        actorId: by.actor.id,
        purgeAfter: new Date(Date.now() + graceMs),
      })
      .returning({ id: deletions.id })
    if (!made) throw new Error('deletion was not written')
    await showDeleted(tx)
    // Postgres takes 65,535 parameters a statement
    for (let start = 0; start < chosen.length; start += 5000) {
      const some = chosen.slice(start, start + 5000)
      await tx.insert(deletedInstances).values(
        some.map((one) => ({
          deletionId: made.id,
          instanceId: one.id,
          tenantId,
          studyInstanceUid: scope.study,
          seriesInstanceUid: one.seriesInstanceUid,
          sopInstanceUid: one.sopInstanceUid,
        })),
      )
    }
    await tx
      .update(instances)
      .set({ deletionId: made.id })
      .where(
        inArray(
          instances.id,
          tx
            .select({ id: deletedInstances.instanceId })
            .from(deletedInstances)
            .where(eq(deletedInstances.deletionId, made.id)),
        ),
      )
    await recountStudy(tx, study.id, made.id)
    await recordInTransaction(tx, {
      tenantId,
      kind: 'images.deleted',
      outcome: 'success',
      ...by,
      patientId: study.patientId,
      studyId: study.id,
      detail: { deletionId: made.id, instances: ids.length },
    })
    return { deletionId: made.id, instances: ids.length }
  })
}

function instancesOf(tx: Transaction, studyId: string, scope: ImageScope) {
  return tx
    .select({
      id: instances.id,
      sopInstanceUid: instances.sopInstanceUid,
      seriesInstanceUid: series.seriesInstanceUid,
      fileBytes: instances.fileBytes,
    })
    .from(instances)
    .innerJoin(series, eq(series.id, instances.seriesId))
    .where(
      and(
        eq(instances.studyId, studyId),
        scope.series === undefined ? undefined : eq(series.seriesInstanceUid, scope.series),
        scope.instance === undefined ? undefined : eq(instances.sopInstanceUid, scope.instance),
      ),
    )
}
