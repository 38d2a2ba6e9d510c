import { createHash } from 'node:crypto'
import { showDeleted, withTenant, type Database } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { and, eq } from 'drizzle-orm'
import type { Archive } from '../archive/archive.ts'
import type { Budget } from '../jobs/budget.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { notBeingPurged } from '../study-index/archive-copies.ts'
import { originalName } from './original-name.ts'

/**
 * Copies an original from the archive to the object store and compares its digest with the one taken at arrival.
 * Safe to repeat; throws when it should be tried again. What is purged meanwhile leaves no object behind.
 *
 * @param room of what is on its way to the object store at once, in bytes
 */
export async function secureOriginal(
  { db, archive, objectStore }: { db: Database; archive: Archive; objectStore: ObjectStore },
  { tenantId, instanceId }: { tenantId: string; instanceId: string },
  room?: Budget,
): Promise<void> {
  const [instance] = await withTenant(db, tenantId, async (tx) => {
    await showDeleted(tx) // it may come back
    return tx
      .select({
        orthancId: instances.orthancId,
        state: instances.originalState,
        sha256: instances.fileSha256,
        bytes: instances.fileBytes,
      })
      .from(instances)
      .where(eq(instances.id, instanceId))
  })
  const object = { tenantId, name: originalName(instanceId) }
  // purged, maybe in the middle of an earlier try
  if (!instance) return objectStore.delete(object)
  if (instance.state === 'secured') return

  using _room = await room?.take(instance.bytes)
  const file = await archive.read(instance.orthancId)
  if (!file) throw new Error('the archive does not hold an original that is still to be secured')
  const sha256 = createHash('sha256')
  async function* hashed(stream: AsyncIterable<Uint8Array>) {
    for await (const chunk of stream) {
      sha256.update(chunk)
      yield chunk
    }
  }
  await objectStore.put(object, hashed(file.stream))
  if (!sha256.digest().equals(instance.sha256)) {
    await objectStore.delete(object)
    throw new Error('the archive holds other bytes than those that arrived')
  }
  const secured = await withTenant(db, tenantId, async (tx) => {
    await showDeleted(tx)
    // from then on the object is ours to remove
    const rows = await tx
      .update(instances)
      .set({ originalState: 'secured' })
      .where(and(eq(instances.id, instanceId), notBeingPurged(tx)))
      .returning({ id: instances.id })
    return rows.length > 0
  })
  if (!secured) await objectStore.delete(object)
}
