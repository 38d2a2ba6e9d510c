import { unwrapDataKey } from './data-key.ts'
import { KeyUnusable } from './object-errors.ts'

type Dependencies = {
  /** 32 bytes each; see `readMasterKeys` */
  masterKeys: readonly Uint8Array[]
  /** the tenant's wrapped data key as `wrapDataKey` made it, null when the tenant has none */
  loadWrapped: (tenantId: string) => Promise<Uint8Array | null>
  /** unwrapped keys held at once; default 1,000 */
  keysMax?: number
  /** after this a key is loaded again, so that a destroyed one ends to work; default 30,000 */
  ageMsMax?: number
}

/**
 * Gives tenants' unwrapped data keys, and keeps the ones used last.
 *
 * @returns a function that throws `KeyUnusable` when the tenant has no key or it cannot be unwrapped; a failure is
 * not kept
 */
export function createTenantKeys({
  masterKeys,
  loadWrapped,
  keysMax = 1_000,
  ageMsMax = 30_000,
}: Dependencies): (tenantId: string) => Promise<Buffer> {
  const held = new Map<string, { key: Promise<Buffer>; loadedAt: number }>()

  const load = async (tenantId: string): Promise<Buffer> => {
    const wrapped = await loadWrapped(tenantId)
    if (wrapped === null) throw new KeyUnusable('the tenant has no data key')
    return unwrapDataKey({ masterKeys, tenantId, wrapped })
  }

  return (tenantId) => {
    const found = held.get(tenantId)
    if (found !== undefined && performance.now() - found.loadedAt < ageMsMax) {
      // To the end of the order: the first in it is the one not used for longest.
      held.delete(tenantId)
      held.set(tenantId, found)
      return found.key
    }
    const entry = { key: load(tenantId), loadedAt: performance.now() }
    held.delete(tenantId)
    held.set(tenantId, entry)
    const oldest = held.keys().next()
    if (held.size > keysMax && !oldest.done) held.delete(oldest.value)
    entry.key.catch(() => {
      if (held.get(tenantId) === entry) held.delete(tenantId)
    })
    return entry.key
  }
}
