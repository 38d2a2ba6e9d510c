import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { asSystem, DatabaseAway, type Database } from '@bitewing/db'
import { storageWatchers } from '@bitewing/db/schema'
import { eq, lt, sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import type { BlobStore, OpenedBlobs } from '../object-store/blob-store.ts'
import { createMovingBlobs, type MovePhase } from '../object-store/moving-blobs.ts'
import { readPlace, type StorageMove } from './storage-moves.ts'

type Options = {
  db: Database
  /** `STORAGE_URL` */
  configured: string
  open(url: string): Promise<OpenedBlobs>
  /** name of the process, for the operator */
  process: string
  log: Pick<Logger, 'warn' | 'info'>
  /** how often it is asked whether a move began or went on */
  pollMs?: number
}

/** Its word is said again after so long without a change. */
const sayAgainMs = 5_000
/** Words of processes that are long gone are removed. */
const forgottenMs = 24 * 3_600_000

/**
 * The raw store that counts now. When the operator moves everything to another store, this process goes along while
 * it runs, and says so in Postgres; whoever moves waits for that.
 *
 * @throws as `openBlobs`
 */
export async function openMovingStore({ db, configured, open, process: name, log, pollMs = 1_000 }: Options) {
  const id = randomUUID()
  const opened = new Map<string, OpenedBlobs>()
  let current: BlobStore
  let url: string
  let move: StorageMove | null = null
  let phase: MovePhase = 'copying'
  let said = ''
  let saidAt = -Infinity

  async function at(place: string): Promise<BlobStore> {
    const held = opened.get(place)
    if (held) return held.blobs
    const made = await open(place)
    opened.set(place, made)
    return made.blobs
  }

  /** Goes along with what Postgres says. */
  async function follow(): Promise<void> {
    const place = await readPlace(db, configured)
    if (place.move === null) {
      current = await at(place.url)
      url = place.url
      move = null
      return
    }
    const { id: moveId, fromUrl, toUrl, state } = place.move
    if (fromUrl !== place.url && toUrl !== configured) {
      throw new Error('a move of the object store is under way that does not begin where STORAGE_URL points')
    }
    if (move?.id !== moveId) {
      const [from, to] = [await at(fromUrl), await at(toUrl)]
      phase = state === 'switched' ? 'switched' : 'copying'
      current = createMovingBlobs({
        from,
        to,
        phase: () => phase,
        onBehind: (error) => log.warn({ err: error }, 'an object could not be kept up in the other store'),
      })
    }
    phase = state === 'switched' ? 'switched' : 'copying'
    url = phase === 'switched' ? toUrl : fromUrl
    move = place.move
  }

  async function say(failure: string | null): Promise<void> {
    const moveState = move?.state ?? null
    const word = JSON.stringify([move?.id ?? null, moveState, failure])
    if (word === said && performance.now() - saidAt < sayAgainMs) return
    const values = { moveId: move?.id ?? null, moveState, failure, seenAt: sql`now()` }
    await asSystem(db, async (tx) => {
      await tx
        .insert(storageWatchers)
        .values({ id, process: `${name} ${process.pid} on ${hostname()}`, ...values })
        .onConflictDoUpdate({ target: storageWatchers.id, set: values })
      if (said === '') {
        await tx.delete(storageWatchers).where(lt(storageWatchers.seenAt, new Date(Date.now() - forgottenMs)))
      }
    })
    said = word
    saidAt = performance.now()
  }

  await follow()
  await say(null)
  let looking: Promise<void> = Promise.resolve()
  const look = async () => {
    try {
      const before = `${url} ${move?.state ?? ''}`
      await follow()
      await say(null)
      if (`${url} ${move?.state ?? ''}` !== before) {
        log.info({ state: move?.state ?? 'none' }, 'the move of the object store went on')
      }
    } catch (error) {
      if (error instanceof DatabaseAway) return // nothing is read or written without it
      log.warn({ err: error }, 'a move of the object store cannot be followed')
      await say(error instanceof Error ? error.message : 'unknown').catch(() => undefined)
    }
  }
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, pollMs)
  timer.unref()

  /** Asks each time anew which store counts: callers keep this for the life of the process. */
  const blobs: BlobStore = {
    get files() {
      return current.files
    },
    put: (path, body, options) => current.put(path, body, options),
    read: (path, part) => current.read(path, part),
    size: (path) => current.size(path),
    delete: (path) => current.delete(path),
    list: (prefix) => current.list(prefix),
    check: () => current.check(),
    tiers: () => current.tiers(),
    place: (path) => current.place(path),
    setTier: (path, tier) => current.setTier(path, tier),
    recall: (path, days) => current.recall(path, days),
  }
  return {
    blobs,
    /** where the objects are now */
    url: () => url,
    async close() {
      clearInterval(timer)
      await looking
      await asSystem(db, (tx) => tx.delete(storageWatchers).where(eq(storageWatchers.id, id))).catch(
        () => undefined,
      )
      for (const one of opened.values()) one.close()
    },
  }
}
