import { Readable } from 'node:stream'
import { withTenant, type Database } from '@bitewing/db'
import { instances } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import type { Archive } from '../archive/archive.ts'
import { ObjectArchived } from '../object-store/object-errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { describeImage } from '../originals/describe-image.ts'
import { lendFrame } from '../originals/load-frame.ts'
import { PixelError } from '../pixels/pixel-error.ts'
import type { Pixels } from '../pixels/pixels.ts'
import { findInstanceById } from '../study-index/find-instance-by-id.ts'
import {
  largeRenditions,
  renditionName,
  renditionOutput,
  renditionVersion,
  usualRenditions,
} from './rendition.ts'

/** A picture of 2048 pixels in AVIF is encoded up to five times, by one thread that gives way to all others. */
const avifMsMax = 180_000

/**
 * Makes what nobody waits for: AVIF, which takes seconds, and the larger pictures of a volume's slices, once all their
 * thumbnails are there. Safe to repeat; what is there already is left. Pictures that this machine cannot make (AVIF may
 * take three minutes, six times what a frame that somebody waits for may) are left out: they are served in another type.
 */
export async function makeLargeRenditions(
  ports: { db: Database; archive: Archive; objectStore: ObjectStore; pixels: Pixels; frameBytesMax: number },
  { tenantId, instanceId }: { tenantId: string; instanceId: string },
): Promise<void> {
  const { db, objectStore, pixels } = ports
  const held = await withTenant(db, tenantId, (tx) => findInstanceById(tx, instanceId))
  // deleted meanwhile, or not made by this version: whoever makes it queues this again
  if (!held || held.renditionState !== 'made' || held.renditionVersion !== renditionVersion) return

  let bytes = 0
  for (const [size, type] of usualRenditions(held.imageKind)) {
    bytes +=
      (await objectStore.head({ tenantId, name: renditionName(instanceId, 1, size, type) }))?.bytes ?? 0
  }
  for (const [size, type] of largeRenditions(held.imageKind)) {
    const object = { tenantId, name: renditionName(instanceId, 1, size, type) }
    const there = await objectStore.head(object)
    if (there) {
      bytes += there.bytes
      continue
    }
    try {
      const made = await pixels.render({
        frame: await lendFrame(ports, tenantId, held, 1),
        image: await describeImage(ports, tenantId, held, 1),
        output: renditionOutput(size, type),
        priority: 'background',
        timeoutMs: avifMsMax,
      })
      await objectStore.put(object, Readable.from([made.bytes]), { durable: false })
      bytes += made.bytes.byteLength
    } catch (error) {
      if (error instanceof ObjectArchived) return
      if (!(error instanceof PixelError) || ['busy', 'aborted', 'closed'].includes(error.code)) throw error
    }
  }
  await withTenant(db, tenantId, (tx) =>
    tx.update(instances).set({ renditionBytes: bytes }).where(eq(instances.id, instanceId)),
  )
}
