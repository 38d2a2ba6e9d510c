import { randomUUID, type KeyObject } from 'node:crypto'
import { recountStudy, showDeleted, withTenant, type Database, type Transaction } from '@bitewing/db'
import { deletedInstances, deletions, instances, studies } from '@bitewing/db/schema'
import { and, eq } from 'drizzle-orm'
import type { ObjectStore } from '../object-store/object-store.ts'
import { DeletionManifest, deletionManifestPrefix } from './deletion-manifest.ts'
import { readManifest } from './signed-manifest.ts'
import { readObject } from './small-object.ts'

/** What a practice deleted, as its manifest tells; for the time of a rebuild. */
export type KnownDeletions = {
  /** names of manifests that are damaged or not ours */
  unreadable: string[]
  /** Hides a rebuilt instance again that was deleted, and counts its study. In a transaction that shows deleted rows. */
  apply(
    tx: Transaction,
    instance: { instanceId: string; studyId: string; studyInstanceUid: string },
  ): Promise<void>
}

/** Brings rows of deletions back that Postgres does not have, before any original is looked at. */
export async function rebuildDeletions(
  { db, objectStore, publicKey }: { db: Database; objectStore: ObjectStore; publicKey: KeyObject },
  tenantId: string,
): Promise<KnownDeletions> {
  const unreadable: string[] = []
  const deletionOf = new Map<string, string>()
  const studiesTouched = new Map<string, string>()
  for await (const name of objectStore.list(tenantId, deletionManifestPrefix)) {
    let deletion: DeletionManifest
    try {
      const text = await readObject(objectStore, { tenantId, name })
      if (text === null) continue
      deletion = DeletionManifest.parse(readManifest(name, text, publicKey))
    } catch {
      unreadable.push(name)
      continue
    }
    // what Postgres knows is newer than what was noted of it
    if (!(await insert(db, tenantId, deletion)) || deletion.state === 'purged') continue
    for (const { instanceId } of deletion.instances) deletionOf.set(instanceId, deletion.id)
    studiesTouched.set(deletion.studyInstanceUid, deletion.id)
  }
  return {
    unreadable,
    async apply(tx, { instanceId, studyId, studyInstanceUid }) {
      const deletionId = deletionOf.get(instanceId)
      if (deletionId !== undefined) {
        await tx.update(instances).set({ deletionId }).where(eq(instances.id, instanceId))
        await tx.update(deletions).set({ studyId }).where(eq(deletions.id, deletionId))
      }
      const touchedBy = studiesTouched.get(studyInstanceUid)
      if (touchedBy !== undefined) await recountStudy(tx, studyId, touchedBy)
    },
  }
}

/** @returns whether it was missing */
function insert(db: Database, tenantId: string, deletion: DeletionManifest): Promise<boolean> {
  const { id, state, instances: held, deletedAt, purgeAfter, purgeBegunAt, purgedAt, ...rest } = deletion
  return withTenant(db, tenantId, async (tx) => {
    await showDeleted(tx)
    const [known] = await tx.select({ id: deletions.id }).from(deletions).where(eq(deletions.id, id))
    if (known) return false
    const [study] = await tx
      .select({ id: studies.id })
      .from(studies)
      .where(and(eq(studies.tenantId, tenantId), eq(studies.studyInstanceUid, rest.studyInstanceUid)))
    await tx.insert(deletions).values({
      ...rest,
      id,
      tenantId,
      studyId: study?.id ?? randomUUID(), // its row may be purged, or come with the first of its originals
      deletedAt: new Date(deletedAt),
      purgeAfter: new Date(purgeAfter),
      purgeBegunAt: purgeBegunAt === null ? null : new Date(purgeBegunAt),
      purgedAt: purgedAt === null ? null : new Date(purgedAt),
      notedState: state,
    })
    for (let start = 0; start < held.length; start += 5000) {
      await tx.insert(deletedInstances).values(
        held.slice(start, start + 5000).map((one) => ({
          deletionId: id,
          tenantId,
          studyInstanceUid: rest.studyInstanceUid,
          ...one,
        })),
      )
    }
    return true
  })
}
