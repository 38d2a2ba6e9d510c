import { Readable } from 'node:stream'
import { enqueue, withTenant, type Database, type Transaction } from '@bitewing/db'
import { instances, keptRenditions } from '@bitewing/db/schema'
import { and, eq, not, sql } from 'drizzle-orm'
import type { PgBoss } from 'pg-boss'
import type { Archive } from '../archive/archive.ts'
import { modelFormatOf } from '../dental/model-format-of.ts'
import { GatewayError } from '../errors.ts'
import type { Budget } from '../jobs/budget.ts'
import { ObjectArchived } from '../object-store/object-errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { describeImage } from '../originals/describe-image.ts'
import { lendFrame } from '../originals/load-frame.ts'
import { PixelError } from '../pixels/pixel-error.ts'
import type { Pixels } from '../pixels/pixels.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { findInstanceById } from '../study-index/find-instance-by-id.ts'
import { drawModel } from './draw-model.ts'
import {
  placeholderOutput,
  renditionFolder,
  renditionName,
  renditionOutput,
  renditionVersion,
  usualRenditions,
} from './rendition.ts'

/** Until the thumbnails of a volume that came with this image are there. */
const largeDelaySeconds = 20

/**
 * Makes the renditions of an instance's first frame, decoded once, and removes those of an earlier version of this
 * code. Safe to repeat. An image that cannot be shown
 * is marked so with its reason; a passing fault throws, to be tried again. A crash or a time-out may come of the
 * machine or of the image: it throws as well, until its last try.
 *
 * @param room    of the frames in memory, in bytes
 * @param lastTry whether an image that crashed its process is given up
 */
export async function makeRenditions(
  ports: {
    db: Database
    jobs: PgBoss
    archive: Archive
    objectStore: ObjectStore
    pixels: Pixels
    frameBytesMax: number
  },
  { tenantId, instanceId }: { tenantId: string; instanceId: string },
  { room, lastTry = true }: { room?: Budget; lastTry?: boolean } = {},
): Promise<void> {
  const { db, jobs, objectStore, pixels } = ports
  const held = await withTenant(db, tenantId, (tx) => findInstanceById(tx, instanceId))
  // deleted meanwhile, or made by an earlier try
  if (!held) return
  const isModel = modelFormatOf(held) !== null
  if (held.renditionState === 'none' && !isModel) return
  if (held.renditionState !== 'pending' && held.renditionVersion === renditionVersion) return

  const set = (values: Partial<typeof instances.$inferInsert>) =>
    withTenant(db, tenantId, async (tx) => {
      await tx
        .update(instances)
        .set({ ...values, renditionVersion })
        .where(eq(instances.id, instanceId))
      if (values.renditionState === 'made')
        await enqueue(jobs, tx, 'make-large-renditions', { tenantId, instanceId }, largeDelaySeconds)
      // pages wait for what is pending, and for a model’s picture they do not
      if (values.renditionState === 'drawn' && held) await tellStudy(tx, tenantId, held)
    })
  const wanted = usualRenditions(held.imageKind)
  using _room = await room?.take(held.fileBytes / Math.max(1, held.frames))
  try {
    const outputs = [placeholderOutput, ...wanted.map(([size, type]) => renditionOutput(size, type))]
    const [placeholder, ...made] = isModel
      ? await drawModel(ports, tenantId, held, outputs, 'background')
      : await pixels.renderMany({
          frame: await lendFrame(ports, tenantId, held, 1),
          image: await describeImage(ports, tenantId, held, 1),
          outputs,
          priority: 'background',
        })
    let bytes = 0
    for (const [index, [size, type]] of wanted.entries()) {
      const rendition = made[index]
      if (!rendition) continue
      const object = { tenantId, name: renditionName(instanceId, 1, size, type) }
      await objectStore.put(object, Readable.from([rendition.bytes]), { durable: false })
      bytes += rendition.bytes.byteLength
    }
    await set({
      renditionState: isModel ? 'drawn' : 'made',
      renditionReason: null,
      renditionBytes: bytes,
      placeholder: placeholder?.bytes ?? null,
    })
    if (held.renditionVersion !== null) await removeEarlier(ports, tenantId, instanceId)
  } catch (error) {
    // what an earlier version made stays: nobody asked for the original itself
    if (error instanceof ObjectArchived) return
    const reason = lastingReason(error, lastTry)
    if (reason === null) throw error
    // without a picture a model is shown by its sign, as it was
    await set({ renditionState: isModel ? 'none' : 'failed', renditionReason: reason })
  }
}

/** Open pages ask anew for what they show of it. */
async function tellStudy(tx: Transaction, tenantId: string, held: HeldInstance): Promise<void> {
  const { studyInstanceUid, patientId } = held
  await tx.execute(
    sql`SELECT pg_notify('bitewing_studies', ${JSON.stringify({ tenantId, studyInstanceUid, patientId })})`,
  )
}

/** What nobody asks for any more: names begin with the version. */
async function removeEarlier(
  { db, objectStore }: { db: Database; objectStore: ObjectStore },
  tenantId: string,
  instanceId: string,
): Promise<void> {
  const current = renditionFolder(instanceId)
  await withTenant(db, tenantId, (tx) =>
    tx
      .delete(keptRenditions)
      .where(
        and(
          eq(keptRenditions.instanceId, instanceId),
          not(eq(sql`left(${keptRenditions.name}, ${current.length})`, current)),
        ),
      ),
  )
  for await (const name of objectStore.list(tenantId, `renditions/${instanceId}/`)) {
    if (!name.startsWith(current)) await objectStore.delete({ tenantId, name })
  }
}

/** Why no later try would do better; null when one may. */
function lastingReason(error: unknown, lastTry: boolean): string | null {
  if (error instanceof GatewayError && error.code === 'no-pixel-data') return 'no-pixel-data'
  if (!(error instanceof PixelError)) return null
  if (['busy', 'aborted', 'closed'].includes(error.code)) return null
  return ['crashed', 'timed-out'].includes(error.code) && !lastTry ? null : error.code
}
