import { createHash } from 'node:crypto'
import { showDeleted, withTenant, type Database } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { and, eq, ne } from 'drizzle-orm'
import { z } from 'zod'
import type { Archive } from '../archive/archive.ts'
import { ObjectArchived, ObjectCorrupt } from '../object-store/object-errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { originalName } from '../originals/original-name.ts'
import { countOriginals, nextOriginals, type HeldOriginal } from './held-originals.ts'
import { continueRun } from './operator-run.ts'
import { severalAtOnce } from './several-at-once.ts'

const StoreVerdict = z.object({
  checked: z.int(), // originals that were read to their end
  bytes: z.int(),
  archived: z.int().default(0), // lie in the archive, where they went after they were compared, and are not read
  waiting: z.int(), // that have no copy in the object store yet
  missing: z.array(z.uuid()),
  altered: z.array(z.uuid()), // what is stored is not what arrived
  repaired: z.array(z.uuid()),
})
export type StoreVerdict = z.infer<typeof StoreVerdict>

const batchSize = 200
const atOnce = 4

type Ports = { db: Database; archive: Archive; objectStore: ObjectStore }

/**
 * Reads every original of a practice in the object store and compares it with the digest taken at its arrival. Goes on
 * where it was broken off.
 *
 * @param ports.db connected as the owner
 * @param options.repair puts what is missing or altered there again, from Orthanc, where it holds these very bytes
 * @param options.fresh begins anew
 * @throws {ArchiveAway | ObjectStoreAway} to be run again
 */
export async function verifyStore(
  ports: Ports,
  tenantId: string,
  { repair, fresh }: { repair: boolean; fresh: boolean },
  onProgress: (done: number, total: number) => void,
): Promise<StoreVerdict> {
  const { db } = ports
  const run = await continueRun(db, {
    name: `store verify ${repair ? '--repair ' : ''}${tenantId}`,
    fresh,
    schema: StoreVerdict,
    start: { checked: 0, bytes: 0, archived: 0, waiting: 0, missing: [], altered: [], repaired: [] },
  })
  const total = await countOriginals(db, tenantId)
  const { found } = run
  for (let cursor = run.cursor; ;) {
    const batch = await nextOriginals(db, tenantId, cursor, batchSize)
    const last = batch.at(-1)
    if (!last) break
    await severalAtOnce(batch, atOnce, async (original) => {
      if (original.originalState === 'pending') {
        found.waiting++
        return
      }
      const state = await readBack(ports, tenantId, original)
      if (state === 'archived') {
        found.archived++
        return
      }
      found.checked++
      found.bytes += original.fileBytes
      if (state === 'right') return
      if (repair && (await putAgain(ports, tenantId, original))) found.repaired.push(original.instanceId)
      else found[state].push(original.instanceId)
    })
    cursor = last.instanceId
    await run.save(cursor, found)
    onProgress(found.checked + found.archived + found.waiting, total)
  }
  await run.end()
  return found
}

async function readBack(
  { objectStore }: Ports,
  tenantId: string,
  original: HeldOriginal,
): Promise<'right' | 'missing' | 'altered' | 'archived'> {
  const sha256 = createHash('sha256')
  try {
    const held = await objectStore.get({ tenantId, name: originalName(original.instanceId) })
    if (held === null) return 'missing'
    for await (const chunk of held.stream as AsyncIterable<Uint8Array>) sha256.update(chunk)
  } catch (error) {
    if (error instanceof ObjectCorrupt) return 'altered'
    if (error instanceof ObjectArchived) return 'archived'
    throw error
  }
  return sha256.digest().equals(original.fileSha256) ? 'right' : 'altered'
}

/** @returns whether the object store holds the right bytes now */
async function putAgain(ports: Ports, tenantId: string, original: HeldOriginal): Promise<boolean> {
  const { archive, objectStore } = ports
  const { orthancId, fileMd5, instanceId } = original
  // another practice's file may have these identifiers, whatever the index says
  if ((await archive.md5(orthancId)) !== fileMd5) return false
  const file = await archive.read(orthancId)
  if (file === null) return false
  const sha256 = createHash('sha256')
  async function* compared(stream: AsyncIterable<Uint8Array>) {
    for await (const chunk of stream) {
      sha256.update(chunk)
      yield chunk
    }
    if (!sha256.digest().equals(original.fileSha256)) throw new OtherBytes()
  }
  try {
    await objectStore.put({ tenantId, name: originalName(instanceId) }, compared(file.stream))
  } catch (error) {
    if (error instanceof OtherBytes) return false
    throw error
  }
  // what is put is hot: it goes again where the policy wants it
  await withTenant(ports.db, tenantId, async (tx) => {
    await showDeleted(tx)
    await tx
      .update(instances)
      .set({ tierUnsettled: true })
      .where(and(eq(instances.id, instanceId), ne(instances.storageTier, 'hot')))
  })
  return (await readBack(ports, tenantId, original)) === 'right'
}

class OtherBytes extends Error {
  override name = 'OtherBytes'
}
