import { Readable } from 'node:stream'
import { withTenant, type Database } from '@bitewing/db'
import { instances, series, studies, type ImageKind } from '@bitewing/db/schema'
import { eq } from 'drizzle-orm'
import type { Archive } from '../archive/archive.ts'
import { GatewayError } from '../errors.ts'
import type { Budget } from '../jobs/budget.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { describeImage } from '../originals/describe-image.ts'
import { loadFrame } from '../originals/load-frame.ts'
import { PixelError } from '../pixels/pixel-error.ts'
import type { Pixels } from '../pixels/pixels.ts'
import { findInstances } from '../study-index/find-instance.ts'
import {
  renditionName,
  renditionOutput,
  renditionVersion,
  type RenditionSize,
  type RenditionType,
} from './rendition.ts'

type Wanted = readonly [RenditionSize, RenditionType]

/** What pages ask for first; everything else is made when it is asked for. */
const usual: readonly Wanted[] = [
  ['50', 'webp'],
  ['200', 'webp'],
  ['200', 'jpg'],
  ['512', 'webp'],
  ['1024', 'webp'],
  ['1024', 'jpg'],
  ['2048', 'webp'],
]
/** Slices of a volume are read in the viewer; pages show them as thumbnails, and one of them large. */
const ofVolume: readonly Wanted[] = [
  ['200', 'webp'],
  ['512', 'webp'],
  ['1024', 'webp'],
]

/**
 * Makes the renditions of an instance's first frame, decoded once. Safe to repeat. An image that cannot be shown
 * is marked so with its reason; a passing fault throws, to be tried again. A crash or a time-out may come of the
 * machine or of the image: it throws as well, until its last try.
 *
 * @param room    of the frames in memory, in bytes
 * @param lastTry whether an image that crashed its process is given up
 */
export async function makeRenditions(
  ports: {
    db: Database
    archive: Archive
    objectStore: ObjectStore
    pixels: Pixels
    frameBytesMax: number
  },
  { tenantId, instanceId }: { tenantId: string; instanceId: string },
  { room, lastTry = true }: { room?: Budget; lastTry?: boolean } = {},
): Promise<void> {
  const { db, objectStore, pixels } = ports
  const held = await withTenant(db, tenantId, async (tx) => {
    const [names] = await tx
      .select({
        study: studies.studyInstanceUid,
        series: series.seriesInstanceUid,
        instance: instances.sopInstanceUid,
      })
      .from(instances)
      .innerJoin(series, eq(series.id, instances.seriesId))
      .innerJoin(studies, eq(studies.id, instances.studyId))
      .where(eq(instances.id, instanceId))
    return names ? (await findInstances(tx, names, null))[0] : undefined
  })
  // deleted meanwhile, or made by an earlier try
  if (!held || held.renditionState === 'made' || held.renditionState === 'none') return

  const setState = (state: 'made' | 'failed', reason: string | null) =>
    withTenant(db, tenantId, (tx) =>
      tx
        .update(instances)
        .set({ renditionState: state, renditionReason: reason, renditionVersion })
        .where(eq(instances.id, instanceId)),
    )
  const wanted = wantedFor(held.imageKind)
  using _room = await room?.take(held.fileBytes / Math.max(1, held.frames))
  try {
    const frame = await loadFrame(ports, tenantId, held, 1)
    const image = await describeImage(ports, tenantId, held, 1)
    const made = await pixels.renderMany({
      frame,
      image,
      outputs: wanted.map(([size, type]) => renditionOutput(size, type)),
      priority: 'background',
    })
    for (const [index, [size, type]] of wanted.entries()) {
      const rendition = made[index]
      if (!rendition) continue
      const object = { tenantId, name: renditionName(instanceId, 1, size, type) }
      await objectStore.put(object, Readable.from([rendition.bytes]), { durable: false })
    }
    await setState('made', null)
  } catch (error) {
    const reason = lastingReason(error, lastTry)
    if (reason === null) throw error
    await setState('failed', reason)
  }
}

function wantedFor(kind: ImageKind): readonly Wanted[] {
  return kind === 'cbct' ? ofVolume : usual
}

/** Why no later try would do better; null when one may. */
function lastingReason(error: unknown, lastTry: boolean): string | null {
  if (error instanceof GatewayError && error.code === 'no-pixel-data') return 'no-pixel-data'
  if (!(error instanceof PixelError)) return null
  if (['busy', 'aborted', 'closed'].includes(error.code)) return null
  return ['crashed', 'timed-out'].includes(error.code) && !lastTry ? null : error.code
}
