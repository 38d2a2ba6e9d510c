import { createHash } from 'node:crypto'
import {
  asSystem,
  dueOriginals,
  readTierPolicy,
  recordInTransaction,
  tieredBytesMin,
  withTenant,
  type Database,
  type DueOriginal,
  type TierQuestion,
} from '@bitewing/db'
import { instances, storageMoves, storageTiers } from '@bitewing/db/schema'
import { and, eq, inArray, isNull } from 'drizzle-orm'
import type { Logger } from 'pino'
import type { Archive } from '../archive/archive.ts'
import { ObjectArchived, ObjectCorrupt, TierUnsupported } from '../object-store/object-errors.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { keepDigest } from '../originals/is-same-content.ts'
import { originalName } from '../originals/original-name.ts'
import { severalAtOnce } from '../recovery/several-at-once.ts'
import { largeRenditions, renditionName, renditionVersion } from '../renditions/rendition.ts'
import { removeUnlessReliedOn } from '../study-index/archive-copies.ts'

type Ports = {
  db: Database
  archive: Archive
  objectStore: ObjectStore
  log: Pick<Logger, 'warn'>
}

export type TiersApplied = {
  toWarm: number
  toCold: number
  bytes: number // of those two
  evicted: number
  evictedBytes: number
  /** originals that are not in the object store as they arrived, or that it does not take there: nothing was moved */
  left: string[]
  /** why nothing was done; `budget`: there is more to do */
  stopped: 'off' | 'store-moves' | 'budget' | null
}

/** What one run may do: every original that is moved to the archive or evicted is read before, once or twice. */
export type TierBudget = { originalsMax: number; bytesMax: number }

const batchSize = 100
const atOnce = 4

/**
 * Moves a practice's originals to the tiers where its policy wants them, and gives up Orthanc's copies. What is about to
 * be archived or evicted is read from the object store and compared with the digest taken at its arrival before. Where an
 * original goes is noted before the store is asked, so that whoever is killed in between leaves what the next run
 * finishes. Two runs at once do no harm.
 *
 * @param question who asks by a dry run asks the same; see `dueOriginals`
 * @throws {ArchiveAway | DatabaseAway | ObjectStoreAway} to be run again: what was done stays done
 */
export async function applyTiers(
  ports: Ports,
  tenantId: string,
  budget: TierBudget,
  options: Partial<Pick<TierQuestion, 'now' | 'bytesMin'>> & { onProgress?: (done: number) => void } = {},
): Promise<TiersApplied> {
  const { db, objectStore } = ports
  const applied: TiersApplied = {
    toWarm: 0,
    toCold: 0,
    bytes: 0,
    evicted: 0,
    evictedBytes: 0,
    left: [],
    stopped: null,
  }
  const policy = await withTenant(db, tenantId, (tx) => readTierPolicy(tx, tenantId))
  if (!policy.enabled) return { ...applied, stopped: 'off' }
  const store = await objectStore.tiers()
  await forgetUnsupported(db, tenantId, store)
  const question: TierQuestion = {
    policy,
    store,
    now: options.now ?? new Date(),
    bytesMin: options.bytesMin ?? tieredBytesMin,
    renditionVersion,
  }

  let taken = 0
  let takenBytes = 0
  try {
    for (let after: DueOriginal | null = null; ;) {
      if (await isStoreMoving(db)) {
        applied.stopped = 'store-moves'
        break
      }
      const previous: DueOriginal | null = after
      const due: DueOriginal[] = await withTenant(db, tenantId, (tx) =>
        dueOriginals(tx, question, previous, batchSize),
      )
      const batch: DueOriginal[] = []
      for (const one of due) {
        if (taken >= budget.originalsMax || takenBytes >= budget.bytesMax) break
        batch.push(one)
        taken += 1
        takenBytes += one.fileBytes
      }
      await severalAtOnce(batch, atOnce, (one) => settle(ports, tenantId, one, applied))
      options.onProgress?.(taken)
      if (batch.length < due.length) applied.stopped = 'budget'
      after = due.at(-1) ?? null
      if (batch.length < batchSize || after === null) break
    }
  } finally {
    if (applied.toWarm + applied.toCold + applied.evicted > 0) await record(db, tenantId, applied)
  }
  return applied
}

async function settle(
  ports: Ports,
  tenantId: string,
  one: DueOriginal,
  applied: TiersApplied,
): Promise<void> {
  const { db, objectStore, log } = ports
  const object = { tenantId, name: originalName(one.instanceId) }
  const own = and(eq(instances.id, one.instanceId), isNull(instances.deletionId))
  try {
    const isMove = one.tier !== one.target
    // one that was noted as cold before was compared before
    const compares = one.evict || (isMove && one.target === 'cold')
    if (compares && !(await isAsArrived(objectStore, object, one, one.tier === 'cold'))) {
      applied.left.push(one.instanceId)
      log.warn({ instanceId: one.instanceId }, 'an original is not in the object store as it arrived')
      return
    }

    if (isMove && one.target === 'cold') {
      if (!(await isPictureThere(objectStore, tenantId, one))) return
      // what tells other content from it cannot be taken of it there
      await keepDigest(ports, tenantId, one.instanceId)
    }

    if (isMove || one.unsettled) {
      const noted = await withTenant(db, tenantId, (tx) =>
        tx
          .update(instances)
          .set({ storageTier: one.target, tierUnsettled: true, recalledUntil: null })
          .where(own)
          .returning({ id: instances.id }),
      )
      if (noted.length === 0) return // deleted meanwhile
      const moved = await objectStore.setTier(object, one.target)
      const settled = await withTenant(db, tenantId, (tx) =>
        tx.update(instances).set({ tierUnsettled: false }).where(own).returning({ id: instances.id }),
      )
      if (!moved && settled.length > 0) {
        applied.left.push(one.instanceId)
        log.warn({ instanceId: one.instanceId }, 'an original is not in the object store')
        return
      }
      if (isMove) {
        applied[one.target === 'cold' ? 'toCold' : 'toWarm'] += 1
        applied.bytes += one.fileBytes
      }
    }

    if (!one.evict) return
    let gaveUp = false
    await removeUnlessReliedOn(ports, tenantId, one.orthancId, async (tx) => {
      const rows = await tx
        .update(instances)
        .set({ heldByArchive: false })
        .where(and(own, eq(instances.originalState, 'secured'), eq(instances.heldByArchive, true)))
        .returning({ id: instances.id })
      gaveUp = rows.length > 0
    })
    if (!gaveUp) return
    applied.evicted += 1
    applied.evictedBytes += one.fileBytes
  } catch (error) {
    // of this one alone: the others go on
    if (!(error instanceof TierUnsupported || error instanceof ObjectArchived)) throw error
    if (error instanceof TierUnsupported) {
      await withTenant(db, tenantId, (tx) =>
        tx.update(instances).set({ storageTier: one.tier, tierUnsettled: false }).where(own),
      )
    }
    applied.left.push(one.instanceId)
    log.warn({ instanceId: one.instanceId, err: error }, 'an original stays where it is')
  }
}

/** Slices of a volume get the pictures that they are read by some time after their thumbnails; the next run looks again. */
async function isPictureThere(
  objectStore: ObjectStore,
  tenantId: string,
  { instanceId, imageKind, isPictured }: DueOriginal,
): Promise<boolean> {
  const awaited = isPictured && imageKind === 'cbct' ? largeRenditions(imageKind) : []
  for (const [size, type] of awaited) {
    if (!(await objectStore.head({ tenantId, name: renditionName(instanceId, 1, size, type) }))) return false
  }
  return true
}

/** @param archivedIsRight what is in the archive cannot be read, and was compared on its way there */
async function isAsArrived(
  objectStore: ObjectStore,
  object: { tenantId: string; name: string },
  { fileSha256 }: DueOriginal,
  archivedIsRight: boolean,
): Promise<boolean> {
  try {
    const held = await objectStore.get(object)
    if (held === null) return false
    const sha256 = createHash('sha256')
    for await (const chunk of held.stream as AsyncIterable<Uint8Array>) sha256.update(chunk)
    return sha256.digest().equals(fileSha256)
  } catch (error) {
    if (error instanceof ObjectCorrupt) return false
    if (error instanceof ObjectArchived && archivedIsRight) return true
    throw error
  }
}

/** Where the objects went to another store that has no such tier, they are hot there. */
async function forgetUnsupported(
  db: Database,
  tenantId: string,
  store: Awaited<ReturnType<ObjectStore['tiers']>>,
): Promise<void> {
  const unsupported = storageTiers.filter((tier) => tier !== 'hot' && !store[tier])
  if (unsupported.length === 0) return
  await withTenant(db, tenantId, (tx) =>
    tx
      .update(instances)
      .set({ storageTier: 'hot', tierUnsettled: false, recalledUntil: null })
      .where(and(eq(instances.tenantId, tenantId), inArray(instances.storageTier, unsupported))),
  )
}

/** While all objects go to another store, none is moved between tiers. */
async function isStoreMoving(db: Database): Promise<boolean> {
  const moves = await asSystem(db, (tx) =>
    tx.select({ id: storageMoves.id }).from(storageMoves).where(isNull(storageMoves.endedAt)).limit(1),
  )
  return moves.length > 0
}

async function record(db: Database, tenantId: string, applied: TiersApplied): Promise<void> {
  const { toWarm, toCold, bytes, evicted, evictedBytes, left } = applied
  await withTenant(db, tenantId, (tx) =>
    recordInTransaction(tx, {
      tenantId,
      kind: 'images.moved',
      outcome: 'success',
      actor: { kind: 'system', id: null },
      detail: { toWarm, toCold, bytes, evicted, evictedBytes, left: left.length },
    }),
  )
}
