import type { FileBlobs } from './blob-store.ts'
import { copyBlob } from './copy-blob.ts'
import { TierUnsupported } from './object-errors.ts'

/**
 * Two folders as one store with a cold tier: what is cold lies in the second, on a slower and cheaper disk, and is read
 * at once. A blob is in one of them; in both for the moment of its move, with the same bytes.
 */
export function createFileTiers({ hot, cold }: Record<'hot' | 'cold', FileBlobs>): FileBlobs {
  /** In one of the folders; looked for once more in the first, where it may have come back to between the two looks. */
  async function ask<T>(question: (blobs: FileBlobs) => Promise<T | null>): Promise<T | null> {
    return (await question(hot)) ?? (await question(cold)) ?? (await question(hot))
  }

  async function move(path: string, from: FileBlobs, to: FileBlobs): Promise<boolean> {
    const { outcome } = await copyBlob(from, to, path)
    // a copy that came to be while the blob was deleted must not stay
    if (outcome === 'absent' || (await from.size(path)) === null) {
      await to.delete(path)
      return false
    }
    await from.delete(path)
    return true
  }

  return {
    files: {
      folders: [...hot.files.folders, ...cold.files.folders],
      find: (path, headBytes) => ask(({ files }) => files.find(path, headBytes)),
    },

    async put(path, body, options) {
      if (options.ifAbsent && (await cold.size(path)) !== null) return { created: false }
      const put = await hot.put(path, body, options)
      if (put.created && !options.ifAbsent) await cold.delete(path) // what it replaces
      return put
    },

    read: (path, part) => ask((blobs) => blobs.read(path, part)),
    size: (path) => ask((blobs) => blobs.size(path)),

    async delete(path) {
      await hot.delete(path)
      await cold.delete(path)
      await hot.delete(path) // moved up between the two
    },

    async *list(prefix) {
      for await (const path of hot.list(prefix)) yield path
      for await (const path of cold.list(prefix)) if ((await hot.size(path)) === null) yield path
    },

    async check() {
      await hot.check()
      await cold.check()
    },

    tiers: () => Promise.resolve({ warm: false, cold: 'at-once', recallHours: 0 }),

    async place(path) {
      if ((await hot.size(path)) !== null) return { tier: 'hot', read: 'at-once' }
      if ((await cold.size(path)) !== null) return { tier: 'cold', read: 'at-once' }
      return (await hot.size(path)) === null ? null : { tier: 'hot', read: 'at-once' }
    },

    async setTier(path, tier) {
      if (tier === 'warm') throw new TierUnsupported('two folders are two classes of storage: hot and cold')
      const [from, to] = tier === 'cold' ? [hot, cold] : [cold, hot]
      if ((await from.size(path)) === null) return (await to.size(path)) !== null
      return move(path, from, to)
    },

    async recall(path) {
      return (await this.size(path)) === null ? null : 'at-hand'
    },
  }
}
