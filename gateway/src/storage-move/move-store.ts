import { asSystem, showDeleted, systemChainId, withTenant, type Database } from '@bitewing/db'
import { instances, storageMoves, storageWatchers } from '@bitewing/db/schema'
import { and, eq, gt, ne, sql } from 'drizzle-orm'
import type { BlobStore, OpenedBlobs } from '../object-store/blob-store.ts'
import { copyBlob } from '../object-store/copy-blob.ts'
import { ObjectArchived, StorageMisconfigured } from '../object-store/object-errors.ts'
import { severalAtOnce } from '../recovery/several-at-once.ts'
import { readPlace, type StorageMove } from './storage-moves.ts'

export type Moved = {
  copied: number
  held: number // that an earlier run had copied, or the running system wrote to both
  removed: number // from the new store: deleted meanwhile
  bytes: number // in the new store, of what was looked at
}

type Options = {
  /** connected as the owner */
  db: Database
  /** `STORAGE_URL` */
  configured: string
  toUrl: string
  open(url: string): Promise<OpenedBlobs>
  onProgress: (line: string) => void
  /** how long a running process may take to go along; default 60,000 */
  followMsMax?: number
}

const atOnce = 4
/** What is fetched out of an archive to be copied stays readable for so long. */
const recallDays = 7
const passesMax = 50
const lastPassCopiesMax = 20
/** A process that has not said anything for so long has ended: it says its word every five seconds. */
const silentMsMax = 20_000

/**
 * Moves all objects to another store while the system runs. Every process that runs writes to both stores from before
 * the first object is copied until the old one is given up, reads from the old one until all is in the new one, and
 * from the new one then. Goes on where it was broken off. The old store stays as it is.
 *
 * @throws {StorageMisconfigured} when another move is under way, or the new store is another system's
 * @throws when a running process cannot go along, with its name and reason
 */
export async function moveStore(options: Options): Promise<Moved> {
  const { db, configured, toUrl, open, onProgress } = options
  const place = await readPlace(db, configured)
  if (place.move === null && place.url === toUrl) {
    throw new StorageMisconfigured('the objects are there already')
  }
  if (place.move !== null && place.move.toUrl !== toUrl) {
    throw new StorageMisconfigured('a move to another store is under way: end or cancel it first')
  }
  const fromUrl = place.move?.fromUrl ?? place.url
  const [source, target] = [await open(fromUrl), await open(toUrl)]
  try {
    await target.blobs.check()
    await assertOurs(source.blobs, target.blobs)
    const move = place.move ?? (await begin(db, fromUrl, toUrl))
    const moved: Moved = { copied: 0, held: 0, removed: 0, bytes: 0 }
    if (move.state === 'copying') {
      onProgress('Every running process goes along first')
      await whenFollowed(options, move.id, 'copying')
      // The running system writes to both by now. A pass that finds little is the last: what is on its way to the new
      // store at the switch is read from the old one, and made up for below.
      for (let pass = 1; ; pass += 1) {
        const found = await copyAll(db, source.blobs, target.blobs, onProgress)
        moved.copied += found.copied
        if (pass === 1) moved.held = found.held // later ones find what this one copied
        moved.bytes = found.bytes
        moved.removed += await removeExtras(db, source.blobs, target.blobs)
        if (found.copied <= lastPassCopiesMax) break
        onProgress(`${moved.copied} objects copied; once more for what came meanwhile`)
        if (pass === passesMax)
          throw new Error('more is written than can be copied: run it again at a quiet hour')
      }
      await setState(db, move.id, 'switched')
    }
    onProgress('All is in the new store; it is read from now on.')
    await whenFollowed(options, move.id, 'switched')
    // what a process wrote that was still on its way when the others had switched
    const { copied } = await copyAbsent(db, source.blobs, target.blobs)
    moved.copied += copied
    await unsettleTiers(db)
    await setState(db, move.id, 'done')
    return moved
  } finally {
    source.close()
    target.close()
  }
}

/** Gives a move up that has not switched yet; what was copied stays in the new store. @returns whether there was one */
export async function cancelMove(db: Database, configured: string): Promise<boolean> {
  const { move } = await readPlace(db, configured)
  if (move === null) return false
  if (move.state !== 'copying') throw new Error('The new store is read already: the move can only be ended.')
  await setState(db, move.id, 'cancelled')
  return true
}

async function begin(db: Database, fromUrl: string, toUrl: string): Promise<StorageMove> {
  const [made] = await asSystem(db, (tx) =>
    tx.insert(storageMoves).values({ fromUrl, toUrl, state: 'copying' }).returning(),
  )
  if (!made) throw new Error('the move was not noted')
  return made
}

async function setState(db: Database, id: string, state: 'switched' | 'done' | 'cancelled'): Promise<void> {
  await asSystem(db, (tx) =>
    tx
      .update(storageMoves)
      .set({ state, ...(state === 'switched' ? { switchedAt: sql`now()` } : { endedAt: sql`now()` }) })
      .where(eq(storageMoves.id, id)),
  )
}

/** Waits until every process that runs goes along. */
async function whenFollowed(
  { db, followMsMax = 60_000 }: Options,
  moveId: string,
  state: 'copying' | 'switched',
): Promise<void> {
  const deadline = Date.now() + followMsMax
  for (;;) {
    const watchers = await asSystem(db, (tx) =>
      tx
        .select()
        .from(storageWatchers)
        .where(gt(storageWatchers.seenAt, sql`now() - make_interval(secs => ${silentMsMax / 1000})`)),
    )
    const behind = watchers.filter((one) => one.moveId !== moveId || one.moveState !== state)
    if (behind.length === 0) return
    const [first] = behind
    if (Date.now() > deadline || behind.some(({ failure }) => failure !== null)) {
      const failing = behind.find(({ failure }) => failure !== null) ?? first
      throw new Error(
        `${failing?.process ?? 'A process'} does not go along: ${failing?.failure ?? 'it does not answer'}. ` +
          'It needs the credentials of both stores. Nothing is lost: run it again.',
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** Keys of another system there would be a store that is in use. */
async function assertOurs(source: BlobStore, target: BlobStore): Promise<void> {
  const path = `${systemChainId}/keyring`
  const [ours, theirs] = [await source.size(path), await target.size(path)]
  if (theirs === null || ours === null) return
  const [a, b] = [await textOf(source, path), await textOf(target, path)]
  if (a !== b) throw new StorageMisconfigured('the new store holds the objects of another system')
}

async function textOf(blobs: BlobStore, path: string): Promise<string> {
  const read = await blobs.read(path, { headBytes: 0, start: 0, end: 4096, pieceBytes: 4096 })
  const piece = await read?.pieces.next()
  read?.pieces.close()
  return piece?.toString('utf8') ?? ''
}

async function owners(db: Database): Promise<string[]> {
  const { rows } = await asSystem(db, (tx) => tx.execute<{ id: string }>(sql`SELECT id FROM door_tenants()`))
  return [systemChainId, ...rows.map(({ id }) => id)]
}

/** Every copy is hot: what was in a cheaper tier goes there again by the next run of the practice's policy. */
async function unsettleTiers(db: Database): Promise<void> {
  for (const tenantId of await owners(db)) {
    if (tenantId === systemChainId) continue
    await withTenant(db, tenantId, async (tx) => {
      await showDeleted(tx)
      await tx
        .update(instances)
        .set({ tierUnsettled: true, recalledUntil: null })
        .where(and(eq(instances.tenantId, tenantId), ne(instances.storageTier, 'hot')))
    })
  }
}

async function* paths(db: Database, blobs: BlobStore): AsyncGenerator<string> {
  for (const owner of await owners(db)) yield* blobs.list(`${owner}/`)
}

async function copyAll(
  db: Database,
  source: BlobStore,
  target: BlobStore,
  onProgress: (line: string) => void,
): Promise<Omit<Moved, 'removed'>> {
  const found = { copied: 0, held: 0, bytes: 0 }
  let archived = 0
  await severalAtOnce(paths(db, source), atOnce, async (path) => {
    const copied = await copyBlob(source, target, path).catch(async (error: unknown) => {
      if (!(error instanceof ObjectArchived)) throw error
      await source.recall(path, recallDays)
      archived++
      return null
    })
    if (copied === null) return
    const { outcome, bytes } = copied
    if (outcome === 'absent') return
    found[outcome]++
    found.bytes += bytes
    const looked = found.copied + found.held
    if (looked % 500 === 0) onProgress(`${looked} objects, ${found.copied} of them copied`)
  })
  if (archived > 0) {
    const { recallHours } = await source.tiers()
    throw new Error(
      `${archived} objects lie in the archive of the old store and are being fetched: run it again in ${recallHours} hours`,
    )
  }
  return found
}

/** What the new store has and the old one does not: deleted while it was being copied. Only before the switch. */
async function removeExtras(db: Database, source: BlobStore, target: BlobStore): Promise<number> {
  let removed = 0
  await severalAtOnce(paths(db, target), atOnce, async (path) => {
    if ((await source.size(path)) !== null) return
    await target.delete(path)
    removed++
  })
  return removed
}

async function copyAbsent(db: Database, source: BlobStore, target: BlobStore): Promise<{ copied: number }> {
  let copied = 0
  await severalAtOnce(paths(db, source), atOnce, async (path) => {
    if ((await target.size(path)) !== null) return
    if ((await copyBlob(source, target, path)).outcome === 'copied') copied++
  })
  return { copied }
}
