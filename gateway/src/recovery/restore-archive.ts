import { showDeleted, withTenant, type Database } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import { z } from 'zod'
import type { Archive } from '../archive/archive.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { handOver } from '../originals/hand-over.ts'
import { countOriginals, nextOriginals, type HeldOriginal } from './held-originals.ts'
import { continueRun } from './operator-run.ts'
import { severalAtOnce } from './several-at-once.ts'

const ArchiveRestored = z.object({
  present: z.int(), // Orthanc has them
  restored: z.int(),
  bytes: z.int(), // of those restored
  // are read from the object store: Orthanc holds another practice's bytes under these identifiers, has given them up by
  // policy, or they lie in the archive
  others: z.int(),
  lost: z.array(z.uuid()), // neither place has the right bytes
})
export type ArchiveRestored = z.infer<typeof ArchiveRestored>

const batchSize = 200
const atOnce = 4

type Ports = { db: Database; archive: Archive; objectStore: ObjectStore; folder: string }

/**
 * Fills Orthanc from the object store with every file of a practice that the index says it holds and it does not. Each
 * is compared with the digest taken at its arrival before it is handed over, and with what Orthanc has afterwards.
 * Goes on where it was broken off.
 *
 * @param ports.db     connected as the owner
 * @param ports.folder for large files, readable by this user alone
 * @param fresh        begins anew
 * @throws {ArchiveAway | ArchiveFull | ObjectStoreAway} to be run again
 */
export async function restoreArchive(
  ports: Ports,
  tenantId: string,
  fresh: boolean,
  onProgress: (done: number, total: number) => void,
): Promise<ArchiveRestored> {
  const { db } = ports
  const run = await continueRun(db, {
    name: `archive restore ${tenantId}`,
    fresh,
    schema: ArchiveRestored,
    start: { present: 0, restored: 0, bytes: 0, others: 0, lost: [] },
  })
  const total = await countOriginals(db, tenantId)
  const { found } = run
  let done = 0
  for (let cursor = run.cursor; ;) {
    const batch = await nextOriginals(db, tenantId, cursor, batchSize)
    const last = batch.at(-1)
    if (!last) break
    await severalAtOnce(batch, atOnce, async (original) => {
      // one that Orthanc never held, since another practice's lies there, or has given up
      if (!original.heldByArchive) found.others++
      else {
        const outcome = await restore(ports, tenantId, original)
        if (outcome === 'lost') found.lost.push(original.instanceId)
        else found[outcome]++
        if (outcome === 'restored') found.bytes += original.fileBytes
      }
      done++
    })
    cursor = last.instanceId
    await run.save(cursor, found)
    onProgress(done, total)
  }
  await run.end()
  return found
}

async function restore(
  ports: Ports,
  tenantId: string,
  original: HeldOriginal,
): Promise<'present' | 'restored' | 'others' | 'lost'> {
  const { archive, db } = ports
  const inArchive = await archive.md5(original.orthancId)
  if (inArchive === original.fileMd5) return 'present'
  if (inArchive === null) {
    if (original.originalState === 'pending') return 'lost'
    const handed = await handOver(ports, tenantId, original)
    if (handed.outcome === 'lost') return 'lost'
    if (handed.outcome === 'handed' && (await archive.md5(original.orthancId)) === original.fileMd5)
      return 'restored'
  }
  // another practice's file with the same identifiers was there first, or the archive has it
  if (original.originalState === 'pending') return 'lost'
  await withTenant(db, tenantId, async (tx) => {
    await showDeleted(tx)
    await tx.update(instances).set({ heldByArchive: false }).where(eq(instances.id, original.instanceId))
  })
  return 'others'
}
