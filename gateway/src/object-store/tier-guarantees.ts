import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { BlobStore, StorageTier, TierSupport } from './blob-store.ts'
import { createObjectStore } from './create-object-store.ts'
import { ObjectArchived, TierUnsupported } from './object-errors.ts'
import { collect, inPieces, keyOf, newObject, read } from './object-store-guarantees.ts'
import type { ObjectStore } from './object-store.ts'
import { chunkBytes } from './sealed-format.ts'

/** Tests of what every store promises of tiers, over one that has these and no others. */
export function describeTiers(kind: string, openBlobs: () => BlobStore, has: TierSupport) {
  describe(`tiers on ${kind}`, () => {
    let store: ObjectStore
    beforeAll(() => {
      store = createObjectStore({ blobs: openBlobs(), tenantKeys: keyOf })
    })
    const content = randomBytes(chunkBytes + 77)
    async function put() {
      const object = newObject()
      await store.put(object, inPieces(content, 100_000))
      return object
    }
    const supported = (['hot', 'warm', 'cold'] as const).filter((tier) => tier === 'hot' || has[tier])
    const unsupported = (['warm', 'cold'] as const).filter((tier) => !has[tier])
    const archives = (tier: StorageTier) => tier === 'cold' && has.cold === 'after-recall'

    test('it says which it has', async () => {
      expect(await store.tiers()).toEqual(has)
      expect(await store.place(await put())).toEqual({ tier: 'hot', read: 'at-once' })
    })

    test.each(supported)('what is moved to %s is there, with its bytes, and says so', async (tier) => {
      const object = await put()
      expect(await store.setTier(object, tier)).toBe(true)
      expect(await store.setTier(object, tier)).toBe(true) // safe to repeat
      expect(await store.place(object)).toEqual({ tier, read: archives(tier) ? 'archived' : 'at-once' })
      expect(await store.head(object)).toEqual({ bytes: content.length })
      expect(await collect(store.list(object.tenantId, ''))).toEqual([object.name])
      if (archives(tier)) {
        await expect(store.get(object)).rejects.toThrow(ObjectArchived)
        await expect(store.getBytes(object, { start: 5, end: 9 })).rejects.toThrow(ObjectArchived)
        await expect(store.setTier(object, 'hot')).rejects.toThrow(ObjectArchived)
        await expect.poll(() => store.recall(object, 2)).toBe('at-hand')
      }
      expect(await store.recall(object, 2)).toBe('at-hand')
      expect((await read(store, object)).equals(content)).toBe(true)
      expect((await store.place(object))?.read).toBe('at-once')

      expect(await store.put(object, inPieces(content, 100_000), { ifAbsent: true })).toMatchObject({
        created: false,
      })
      await store.delete(object)
      expect(await store.place(object)).toBeNull()
      expect(await collect(store.list(object.tenantId, ''))).toEqual([])
    })

    if (unsupported.length > 0) {
      test.each(unsupported)('what it has not, %s, is refused and nothing moves', async (tier) => {
        const object = await put()
        await expect(store.setTier(object, tier)).rejects.toThrow(TierUnsupported)
        expect(await store.place(object)).toEqual({ tier: 'hot', read: 'at-once' })
        expect((await read(store, object)).equals(content)).toBe(true)
      })
    }

    test('what is put again is hot again, and the new bytes count', async () => {
      const object = await put()
      const coldest = supported.at(-1) ?? 'hot'
      await store.setTier(object, coldest)
      // Azure replaces nothing in its archive
      if (archives(coldest)) await expect.poll(() => store.recall(object, 1)).toBe('at-hand')
      const changed = randomBytes(99)
      await store.put(object, inPieces(changed, 99))
      expect(await store.place(object)).toEqual({ tier: 'hot', read: 'at-once' })
      expect((await read(store, object)).equals(changed)).toBe(true)
    })

    test('what is not there is nowhere', async () => {
      const object = newObject()
      expect(await store.place(object)).toBeNull()
      expect(await store.setTier(object, 'hot')).toBe(false)
      expect(await store.recall(object, 1)).toBeNull()
    })
  })
}
