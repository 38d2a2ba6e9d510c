import { createHash } from 'node:crypto'
import { mayBeCommitted, type Database } from '@bitewing/db'
import type { Archive } from '../archive/archive.ts'
import { ArchiveRefused } from '../archive/archive-errors.ts'
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
  archive: { orthancId: string; held: boolean; due: boolean }
  /** hex; '' where the archive does not hold it yet */
  md5: string
  originalState: 'pending' | 'secured'
  /** Takes both copies back when the index could not be written, unless it is known or may be that it relies on them. */
  undo(reason?: unknown): Promise<void>
}

/**
 * Puts a received file where it is safe, so that an answer of success means what it says: into the object store. The
 * archive gets it, too: at the same time where the object store is far away, since it is read from the archive then;
 * afterwards by a job where that is on this machine, or the archive cannot take it now. When the object store is away
 * or full, the archive must hold these very bytes, and the original is `pending` until the job copies it.
 *
 * @param instanceId new with this file, and in no index yet
 * @param orthancId the archive's id for it (`orthancIdOf`)
 * @throws {ArchiveAway | ArchiveFull | ArchiveRefused | ObjectStoreAway | ObjectStoreFull} nothing is half-stored then
 */
export async function keepArrival(
  { db, archive, objectStore }: { db: Database; archive: Archive; objectStore: ObjectStore },
  tenantId: string,
  {
    instanceId,
    sopInstanceUid,
    orthancId,
  }: { instanceId: string; sopInstanceUid: string; orthancId: string },
  content: FileContent,
): Promise<Kept> {
  const object = { tenantId, name: originalName(instanceId) }
  const putting = objectStore.put(object, bytesOf(content), { isNew: true })
  const storing = objectStore.near
    ? putting.then(
        () => null,
        () => archive.store(content),
      )
    : archive.store(content)
  const [inStore, inArchive] = await Promise.allSettled([putting, storing])

  const secured = inStore.status === 'fulfilled'
  const stored = inArchive.status === 'fulfilled' ? inArchive.value : null
  const undo = async (reason?: unknown) => {
    const indexed = await isIndexed(db, tenantId, { instanceId, sopInstanceUid }).catch(() => null)
    // bytes without a row are litter, a row without bytes is a lost image
    if (indexed ?? mayBeCommitted(reason)) return
    if (secured) await objectStore.delete(object).catch(() => {})
    // another request may have found it there, and rely on it by now
    if (stored && !stored.alreadyHeld) {
      await takeBack(() => removeUnlessReliedOn({ db, archive }, tenantId, stored.orthancId))
    }
  }
  if (stored === null) {
    const refused = inArchive.status === 'rejected' && inArchive.reason instanceof ArchiveRefused
    if (secured)
      return {
        archive: { orthancId, held: false, due: !refused },
        md5: '',
        originalState: 'secured',
        undo,
      }
    throw (inArchive as PromiseRejectedResult).reason as Error
  }

  const md5 = await md5Of(content)
  // Equal identifiers of another practice, or a copy that came by C-STORE, may be other bytes.
  const held = stored.alreadyHeld || !secured ? (await archive.md5(stored.orthancId)) === md5 : true
  const kept = { archive: { orthancId: stored.orthancId, held, due: false }, md5, undo }
  if (secured) return { ...kept, originalState: 'secured' }

  const reason: unknown = inStore.reason
  const away = reason instanceof ObjectStoreAway || reason instanceof ObjectStoreFull
  if (away && held) return { ...kept, originalState: 'pending' }
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

/** Orthanc names what it holds by MD5. */
async function md5Of(content: FileContent): Promise<string> {
  const md5 = createHash('md5')
  for await (const bytes of bytesOf(content)) md5.update(bytes)
  return md5.digest('hex')
}
