import { timingSafeEqual } from 'node:crypto'
import { asSystem, type Database } from '@bitewing/db'
import { systemKeys, tenants } from '@bitewing/db/schema'
import { and, asc, eq } from 'drizzle-orm'
import type { BlobStore } from '../object-store/blob-store.ts'
import {
  isWrappedBy,
  KeyUnusable,
  unwrapDataKey,
  wrapDataKey,
  type MasterKeys,
} from '../object-store/index.ts'
import { openSystemKeys, readKeyring, openWrapped, wrapSystemKeys, writeKeyring } from './open-system-keys.ts'

export type Rotated = {
  rewrapped: number // practices whose key the new master key wraps from now on
  already: number // practices whose key it wrapped before
  failed: { slug: string; reason: string }[]
}

/**
 * Wraps the system's keys and each practice's data key by the new master key, and reads each back. No object is
 * touched: data keys stay as they are. What was done stays done: run it again after a failure.
 *
 * @param db connected as the owner
 * @param masterKeys the new one, and the one before
 */
export async function rotateMasterKey(
  { db, blobs, masterKeys }: { db: Database; blobs: BlobStore; masterKeys: MasterKeys },
  onProgress: (done: number, total: number) => void,
): Promise<Rotated> {
  const [current] = masterKeys
  const keys = await openSystemKeys({ db, blobs, masterKeys })
  const wrapped = await wrapSystemKeys(current, keys)
  // nothing takes the place of a key before it is known to open the same
  const opened = await openWrapped(wrapped, [current])
  if (!timingSafeEqual(opened.objects, keys.objects) || !timingSafeEqual(opened.audit, keys.audit))
    throw new KeyUnusable("the new master key gives the system's keys back as others")
  // Both are opened by both keys meanwhile: it does not matter which of the two is written first, or alone.
  await asSystem(db, async (tx) => {
    await tx.update(systemKeys).set({ wrapped: wrapped.objects }).where(eq(systemKeys.name, 'objects'))
    await tx.update(systemKeys).set({ wrapped: wrapped.audit }).where(eq(systemKeys.name, 'audit'))
  })
  await writeKeyring(blobs, wrapped)
  const written = await readKeyring(blobs)
  if (written === null) throw new Error('the keyring is not in the object store')
  await openWrapped(written, [current])

  const rows = await db
    .select({ id: tenants.id, slug: tenants.slug, wrapped: tenants.wrappedDataKey })
    .from(tenants)
    .orderBy(asc(tenants.slug))
  const rotated: Rotated = { rewrapped: 0, already: 0, failed: [] }
  let done = 0
  for (const { id: tenantId, slug, wrapped: old } of rows) {
    try {
      const dataKey = await unwrapDataKey({ masterKeys, tenantId, wrapped: old })
      if (isWrappedBy(old, current)) rotated.already++
      else {
        const wrapped = await wrapDataKey({ masterKey: current, tenantId, dataKey })
        const again = await unwrapDataKey({ masterKeys: [current], tenantId, wrapped })
        if (!timingSafeEqual(again, dataKey))
          throw new KeyUnusable('the new master key gives another key back')
        await db
          .update(tenants)
          .set({ wrappedDataKey: wrapped })
          .where(and(eq(tenants.id, tenantId), eq(tenants.wrappedDataKey, old)))
        const [kept] = await db
          .select({ wrapped: tenants.wrappedDataKey })
          .from(tenants)
          .where(eq(tenants.id, tenantId))
        const opened =
          kept && (await unwrapDataKey({ masterKeys: [current], tenantId, wrapped: kept.wrapped }))
        if (!opened || !timingSafeEqual(opened, dataKey)) throw new Error('the key came back as another')
        rotated.rewrapped++
      }
    } catch (error) {
      rotated.failed.push({ slug, reason: error instanceof Error ? error.message : 'unknown' })
    }
    onProgress(++done, rows.length)
  }
  return rotated
}
