import { showDeleted, withTenant, type Database } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import type { Archive } from '../archive/archive.ts'
import { ArchiveRefused } from '../archive/archive-errors.ts'
import type { Budget } from '../jobs/budget.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { noteFilled, removeUnlessReliedOn } from '../study-index/archive-copies.ts'
import { handOver } from './hand-over.ts'

/**
 * Gives the archive an original that so far lies in the object store alone, and notes that it has it. Where the archive
 * holds other bytes under these identifiers, or does not take them, the object store stays the only place. Safe to
 * repeat; throws when it should be tried again. What is purged meanwhile leaves nothing behind.
 *
 * @param ports.folder for large files, readable by this user alone
 * @param room         of what is in memory or in the folder at once, in bytes
 */
export async function fillArchive(
  ports: { db: Database; archive: Archive; objectStore: ObjectStore; folder: string },
  { tenantId, instanceId }: { tenantId: string; instanceId: string },
  room?: Budget,
): Promise<void> {
  const [instance] = await withTenant(ports.db, tenantId, async (tx) => {
    await showDeleted(tx) // it may come back
    return tx
      .select({
        state: instances.originalState,
        held: instances.heldByArchive,
        fileBytes: instances.fileBytes,
        fileSha256: instances.fileSha256,
      })
      .from(instances)
      .where(eq(instances.id, instanceId))
  })
  if (!instance || instance.held || instance.state === 'pending') return

  using _room = await room?.take(instance.fileBytes)
  const handed = await handOver(ports, tenantId, { instanceId, ...instance }).catch((error: unknown) => {
    if (error instanceof ArchiveRefused) return null // now and later
    throw error
  })
  if (handed === null || handed.outcome === 'archived') return
  if (handed.outcome === 'lost') {
    const stillThere = await withTenant(ports.db, tenantId, async (tx) => {
      await showDeleted(tx)
      return tx.select({ id: instances.id }).from(instances).where(eq(instances.id, instanceId))
    })
    if (stillThere.length === 0) return
    throw new Error('the object store does not hold an original that the archive is to be given')
  }
  const { orthancId, md5, alreadyHeld } = handed
  const noted = await noteFilled(ports, tenantId, { instanceId, orthancId, md5 })
  if (!noted && !alreadyHeld) await removeUnlessReliedOn(ports, tenantId, orthancId)
}
