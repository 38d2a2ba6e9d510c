import { mayBeCommitted, type Database } from '@bitewing/db'
import type { Archive } from '../archive/archive.ts'
import { ObjectStoreAway, ObjectStoreFull } from '../object-store/object-errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { removeUnlessReliedOn } from '../study-index/archive-copies.ts'
import { streamFile } from '../stream-file.ts'
import { isIndexed } from '../study-index/is-indexed.ts'
import type { FileContent } from './receive-file.ts'
import { originalName } from './original-name.ts'

/** Given up after about twice as long. */
const retryMsMax = 10 * 60_000

type Kept = {
  archive: { orthancId: string; held: boolean }
  originalState: 'pending' | 'secured'
  /** Takes both copies back when the index could not be written, unless it is known or may be that it relies on them. */
  undo(reason?: unknown): Promise<void>
}

/**
 * Puts a received file into the object store and the archive at once, so that an answer of success means what it
 * says. The archive must be there. When the object store is away or full, the archive must hold these very bytes,
 * and the original is `pending` until the job copies it.
 *
 * @throws {ArchiveAway | ArchiveFull | ArchiveRefused | ObjectStoreAway | ObjectStoreFull} nothing is half-stored then
 */
export async function keepArrival(
  { db, archive, objectStore }: { db: Database; archive: Archive; objectStore: ObjectStore },
  tenantId: string,
  { instanceId, sopInstanceUid }: { instanceId: string; sopInstanceUid: string },
  file: { content: FileContent; md5: string },
): Promise<Kept> {
  const object = { tenantId, name: originalName(instanceId) }
  const [inStore, inArchive] = await Promise.allSettled([
    objectStore.put(object, bytesOf(file.content)),
    archive.store(file.content),
  ])

  const secured = inStore.status === 'fulfilled'
  const undo = async (reason?: unknown) => {
    const ours = inArchive.status === 'fulfilled' && !inArchive.value.alreadyHeld
    const orthancId = ours ? inArchive.value.orthancId : null
    const indexed = await isIndexed(db, tenantId, { instanceId, sopInstanceUid }).catch(() => null)
    // bytes without a row are litter, a row without bytes is a lost image
    if (indexed ?? mayBeCommitted(reason)) return
    if (secured) await objectStore.delete(object).catch(() => {})
    // another request may have found it there, and rely on it by now
    if (orthancId !== null) await takeBack(() => removeUnlessReliedOn({ db, archive }, tenantId, orthancId))
  }
  if (inArchive.status === 'rejected') {
    await undo()
    throw inArchive.reason as Error
  }

  const { orthancId, alreadyHeld } = inArchive.value
  // Equal identifiers of another practice, or a copy that came by C-STORE, may be other bytes.
  const held = alreadyHeld || !secured ? (await archive.md5(orthancId)) === file.md5 : true
  if (secured) return { archive: { orthancId, held }, originalState: 'secured', undo }

  const reason: unknown = inStore.reason
  const away = reason instanceof ObjectStoreAway || reason instanceof ObjectStoreFull
  if (away && held) return { archive: { orthancId, held }, originalState: 'pending', undo }
  await undo()
  throw reason as Error
}

/** Tries later, by itself, what cannot be done now: a copy that is left over is litter, and no harm. */
async function takeBack(remove: () => Promise<void>, retryMs = 500): Promise<void> {
  try {
    await remove()
  } catch {
    if (retryMs > retryMsMax) return
    setTimeout(() => void takeBack(remove, retryMs * 2), retryMs).unref()
  }
}

function bytesOf(content: FileContent): AsyncIterable<Uint8Array> {
  if ('path' in content) return streamFile(content.path)
  const { buffer } = content
  return (async function* () {
    yield buffer
  })()
}
