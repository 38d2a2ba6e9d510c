import { createHash } from 'node:crypto'
import { showDeleted, withTenant, type Database } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import type { Archive } from '../archive/archive.ts'
import type { Budget } from '../jobs/budget.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { originalName } from './original-name.ts'

/**
 * Copies an original from the archive to the object store and compares its digest with the one taken at arrival.
 * Safe to repeat; throws when it should be tried again.
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
  // purged meanwhile, or secured by an earlier try
  if (!instance || instance.state === 'secured') return

  using _room = await room?.take(instance.bytes)
  const file = await archive.read(instance.orthancId)
  if (!file) throw new Error('the archive does not hold an original that is still to be secured')
  const object = { tenantId, name: originalName(instanceId) }
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
  await withTenant(db, tenantId, async (tx) => {
    await showDeleted(tx)
    await tx.update(instances).set({ originalState: 'secured' }).where(eq(instances.id, instanceId))
  })
}
