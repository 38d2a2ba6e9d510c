import type { KeyObject } from 'node:crypto'
import { asSystem, withTenant, type Database } from '@bitewing/db'
import { deletedInstances, deletions } from '@bitewing/db/schema'
import { eq, sql } from 'drizzle-orm'
import type { ObjectStore } from '../object-store/object-store.ts'
import { deletionManifestName, type DeletionManifest } from './deletion-manifest.ts'
import { signManifest } from './signed-manifest.ts'
import { writeObject } from './small-object.ts'

type State = DeletionManifest['state'] | 'restored'

const deletionsPerRound = 100

/**
 * Writes what has become of deletions to the object store, signed, where it does not know it yet. Safe to repeat.
 *
 * @returns how many were written
 */
export async function noteDeletions({
  db,
  objectStore,
  privateKey,
}: {
  db: Database
  objectStore: ObjectStore
  privateKey: KeyObject
}): Promise<number> {
  const { rows } = await asSystem(db, (tx) =>
    tx.execute<{ tenant_id: string; deletion_id: string; state: State }>(
      sql`SELECT * FROM door_unnoted_deletions(${deletionsPerRound})`,
    ),
  )
  for (const { tenant_id: tenantId, deletion_id: deletionId, state } of rows) {
    const object = { tenantId, name: deletionManifestName(deletionId) }
    if (state === 'restored') await objectStore.delete(object)
    else {
      const manifest = await describeDeletion(db, tenantId, deletionId, state)
      if (manifest === null) continue
      await writeObject(objectStore, object, signManifest(object.name, JSON.stringify(manifest), privateKey))
    }
    await withTenant(db, tenantId, (tx) =>
      tx.update(deletions).set({ notedState: state }).where(eq(deletions.id, deletionId)),
    )
  }
  return rows.length
}

function describeDeletion(
  db: Database,
  tenantId: string,
  deletionId: string,
  state: DeletionManifest['state'],
): Promise<DeletionManifest | null> {
  return withTenant(db, tenantId, async (tx) => {
    const [row] = await tx.select().from(deletions).where(eq(deletions.id, deletionId))
    if (!row) return null
    const instances = await tx
      .select({
        instanceId: deletedInstances.instanceId,
        seriesInstanceUid: deletedInstances.seriesInstanceUid,
        sopInstanceUid: deletedInstances.sopInstanceUid,
      })
      .from(deletedInstances)
      .where(eq(deletedInstances.deletionId, deletionId))
    return {
      id: row.id,
      state,
      level: row.level,
      studyInstanceUid: row.studyInstanceUid,
      seriesInstanceUid: row.seriesInstanceUid,
      sopInstanceUid: row.sopInstanceUid,
      instanceCount: row.instanceCount,
      bytes: row.bytes,
      actorKind: row.actorKind,
      actorId: row.actorId,
      deletedAt: row.deletedAt.toISOString(),
      purgeAfter: row.purgeAfter.toISOString(),
      purgeBegunAt: row.purgeBegunAt?.toISOString() ?? null,
      purgedAt: row.purgedAt?.toISOString() ?? null,
      instances,
    }
  })
}
