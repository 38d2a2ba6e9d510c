import type { BlobStore } from './blob-store.ts'
import { copyBlob } from './copy-blob.ts'
import { ObjectStoreAway } from './object-errors.ts'

/** `copying`: the old store counts, the new one is being filled; `switched`: the new one counts, the old is kept up. */
export type MovePhase = 'copying' | 'switched'

/**
 * Two stores as one, while everything moves from one to the other. What counts is written to first and has to succeed;
 * the other is kept up as well as it can be, and whoever moves makes up for the rest.
 *
 * @param phase asked at each call
 * @param onBehind told when the other store could not be kept up
 */
export function createMovingBlobs({
  from,
  to,
  phase,
  onBehind,
}: {
  from: BlobStore
  to: BlobStore
  phase: () => MovePhase
  onBehind: (error: unknown) => void
}): BlobStore {
  const first = () => (phase() === 'copying' ? from : to)
  const other = () => (phase() === 'copying' ? to : from)
  const keepUp = async (work: Promise<unknown>) => {
    await work.catch(onBehind)
  }

  /** In the new store, or else in the old one: it is as good, and complete. */
  async function ask<T>(question: (blobs: BlobStore) => Promise<T | null>): Promise<T | null> {
    if (phase() === 'copying') return question(from)
    try {
      const found = await question(to)
      if (found !== null) return found
    } catch (error) {
      if (!(error instanceof ObjectStoreAway)) throw error
      const found = await question(from).catch(() => null)
      if (found === null) throw error
      return found
    }
    return question(from)
  }

  return {
    // what counts alone: what it does not have comes by `read`
    get files() {
      return first().files
    },

    async put(path, body, options) {
      const [counts, second] = [first(), other()]
      const { created } = await counts.put(path, body, options)
      if (created) await keepUp(copyBlob(counts, second, path))
      return { created }
    },

    read: (path, part) => ask((blobs) => blobs.read(path, part)),
    size: (path) => ask((blobs) => blobs.size(path)),

    async delete(path) {
      if (phase() === 'switched') {
        // the old one first: a read would find it there
        await from.delete(path)
        await to.delete(path)
        return
      }
      await from.delete(path)
      await keepUp(to.delete(path)) // what stays is removed before the switch: the old store has it no more
    },

    list: (prefix) => first().list(prefix),
    check: () => first().check(),

    // nothing is moved between tiers meanwhile, see `tiers/apply-tiers.ts`; what is archived is recalled where it counts
    tiers: () => first().tiers(),
    place: (path) => ask((blobs) => blobs.place(path)),
    setTier: (path, tier) => first().setTier(path, tier),
    recall: (path, days) => ask((blobs) => blobs.recall(path, days)),
  }
}
