import { asSystem, recordInTransaction, showDeleted, withTenant, type Database } from '@bitewing/db'
import {
  deletedInstances,
  deletions,
  instanceConflicts,
  instances,
  series,
  seriesMetadata,
  shares,
  shareSessions,
  studies,
} from '@bitewing/db/schema'
import { and, eq, inArray, isNotNull, isNull, notExists, or, sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import type { Archive } from '../archive/archive.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { originalName } from '../originals/original-name.ts'
import { removeUnlessReliedOn } from '../study-index/archive-copies.ts'

type Dependencies = {
  db: Database
  archive: Archive
  objectStore: ObjectStore
  log: Logger
}

const deletionsPerRound = 20

/**
 * Removes for good what was deleted and whose time of grace is over: archive, object store, renditions and index. A
 * deletion whose images came again, or about which a conflict is undecided, waits for staff. Safe to repeat, and to
 * break off anywhere: what was begun is finished by the next round.
 *
 * @returns how many deletions were purged
 */
export async function purgeDeletions(dependencies: Dependencies): Promise<number> {
  const due = await asSystem(dependencies.db, async (tx) => {
    const { rows } = await tx.execute<{ tenant_id: string; deletion_id: string }>(
      sql`SELECT tenant_id, deletion_id FROM door_due_deletions(${deletionsPerRound})`,
    )
    return rows
  })
  let purged = 0
  for (const { tenant_id: tenantId, deletion_id: deletionId } of due) {
    try {
      if (await purge(dependencies, tenantId, deletionId)) purged++
    } catch (error) {
      dependencies.log.warn({ err: error, deletionId }, 'a deletion could not be purged yet')
    }
  }
  return purged
}

async function purge(dependencies: Dependencies, tenantId: string, deletionId: string): Promise<boolean> {
  const { db } = dependencies
  const begun = await withTenant(db, tenantId, async (tx) => {
    await showDeleted(tx)
    const [undecided] = await tx
      .select({ id: instanceConflicts.id })
      .from(instanceConflicts)
      .innerJoin(instances, eq(instances.id, instanceConflicts.instanceId))
      .where(and(eq(instances.deletionId, deletionId), isNull(instanceConflicts.decidedAt)))
      .limit(1)
    if (undecided) return false
    // from here on nothing can be restored
    const rows = await tx
      .update(deletions)
      .set({ purgeBegunAt: new Date() })
      .where(
        and(
          eq(deletions.id, deletionId),
          isNull(deletions.restoredAt),
          or(eq(deletions.returnedCount, 0), isNotNull(deletions.purgeBegunAt)),
        ),
      )
      .returning({ id: deletions.id })
    return rows.length > 0
  })
  if (!begun) return false

  const held = await withTenant(db, tenantId, async (tx) => {
    await showDeleted(tx)
    return tx
      .select({ id: instances.id, orthancId: instances.orthancId })
      .from(instances)
      .where(eq(instances.deletionId, deletionId))
  })
  for (const one of held) await purgeFiles(dependencies, tenantId, one)

  await withTenant(db, tenantId, async (tx) => {
    await showDeleted(tx)
    const ofDeletion = tx
      .select({ id: instances.id })
      .from(instances)
      .where(eq(instances.deletionId, deletionId))
    await tx.delete(instanceConflicts).where(inArray(instanceConflicts.instanceId, ofDeletion))
    await tx.delete(instances).where(eq(instances.deletionId, deletionId))
    const [deletion] = await tx.select().from(deletions).where(eq(deletions.id, deletionId))
    if (!deletion) throw new Error('deletion is not visible')
    const { studyId } = deletion
    const emptySeries = tx
      .select({ id: series.id })
      .from(series)
      .where(
        and(
          eq(series.studyId, studyId),
          notExists(tx.select({ id: instances.id }).from(instances).where(eq(instances.seriesId, series.id))),
        ),
      )
    await tx.delete(seriesMetadata).where(inArray(seriesMetadata.seriesId, emptySeries))
    await tx.delete(series).where(inArray(series.id, emptySeries))
    const [left] = await tx.select({ id: series.id }).from(series).where(eq(series.studyId, studyId)).limit(1)
    const [study] = await tx
      .select({ patientId: studies.patientId })
      .from(studies)
      .where(eq(studies.id, studyId))
    if (!left) {
      const ofStudy = tx.select({ id: shares.id }).from(shares).where(eq(shares.studyId, studyId))
      await tx.delete(shareSessions).where(inArray(shareSessions.shareId, ofStudy))
      await tx.delete(shares).where(eq(shares.studyId, studyId))
      await tx.delete(studies).where(eq(studies.id, studyId))
    }
    await tx.update(deletions).set({ purgedAt: new Date() }).where(eq(deletions.id, deletionId))
    await recordInTransaction(tx, {
      tenantId,
      kind: 'images.purged',
      outcome: 'success',
      actor: { kind: 'system', id: null },
      patientId: study?.patientId ?? null,
      studyId,
      detail: { deletionId, instances: held.length },
    })
  })
  return true
}

/** Archive, original, renditions. Orthanc's file goes with the last practice that relies on it. */
async function purgeFiles(
  dependencies: Dependencies,
  tenantId: string,
  { id, orthancId }: { id: string; orthancId: string },
): Promise<void> {
  const { db, archive, objectStore } = dependencies
  await withTenant(db, tenantId, async (tx) => {
    await showDeleted(tx)
    await tx.update(instances).set({ heldByArchive: false }).where(eq(instances.id, id))
  })
  await removeUnlessReliedOn({ db, archive }, tenantId, orthancId)
  // what stays for another practice: Orthanc's feed, read anew, must not bring it back to this one
  const left = await archive.instanceOrigin(orthancId)
  if (left) {
    await withTenant(db, tenantId, (tx) =>
      tx
        .update(deletedInstances)
        .set({ leftOrthancId: orthancId, leftReceivedAt: left.receivedAt })
        .where(and(eq(deletedInstances.tenantId, tenantId), eq(deletedInstances.instanceId, id))),
    )
  }
  await objectStore.delete({ tenantId, name: originalName(id) })
  for await (const name of objectStore.list(tenantId, `renditions/${id}/`)) {
    await objectStore.delete({ tenantId, name })
  }
}
