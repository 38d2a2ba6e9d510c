import { createSecretKey, type KeyObject } from 'node:crypto'
import { unwrapDataKey } from './data-key.ts'
import type { MasterKey } from './master-key.ts'
import { KeyUnusable } from './object-errors.ts'

type Dependencies = {
  masterKeys: readonly MasterKey[]
  /** the tenant's wrapped data key as `wrapDataKey` made it, null when the tenant has none */
  loadWrapped: (tenantId: string) => Promise<Uint8Array | null>
  /** unwrapped keys held at once; default 1,000 */
  keysMax?: number
  /** after this a wrapped key is loaded again, so that a destroyed one ends to work; default 30,000 */
  ageMsMax?: number
  /**
   * So long a key that was loaded again unchanged is not unwrapped again; default 15 minutes. It bounds how often a key
   * service is asked, how long work goes on while it is away, and how long after it was told to refuse.
   */
  unwrappedMsMax?: number
}

type Unwrapped = { wrapped: Buffer; dataKey: KeyObject; at: number }

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
  unwrappedMsMax = 15 * 60_000,
}: Dependencies): (tenantId: string) => Promise<KeyObject> {
  const held = new Map<string, { key: Promise<Unwrapped>; loadedAt: number }>()

  const load = async (tenantId: string, before: Unwrapped | null): Promise<Unwrapped> => {
    const wrapped = await loadWrapped(tenantId)
    if (wrapped === null) throw new KeyUnusable('the tenant has no data key')
    const isYoung = before !== null && performance.now() - before.at < unwrappedMsMax
    if (isYoung && before.wrapped.equals(wrapped)) return before
    const unwrapped = await unwrapDataKey({ masterKeys, tenantId, wrapped })
    // as bytes it would be taken over anew for each object, which takes longer than to derive the object's key
    return { wrapped: Buffer.from(wrapped), dataKey: createSecretKey(unwrapped), at: performance.now() }
  }

  return (tenantId) => {
    const found = held.get(tenantId)
    if (found !== undefined && performance.now() - found.loadedAt < ageMsMax) {
      // To the end of the order: the first in it is the one not used for longest.
      held.delete(tenantId)
      held.set(tenantId, found)
      return found.key.then(({ dataKey }) => dataKey)
    }
    // a failed one is not held: what is found here was unwrapped, or is on its way
    const before = found?.key.catch(() => null) ?? Promise.resolve(null)
    const entry = { key: before.then((unwrapped) => load(tenantId, unwrapped)), loadedAt: performance.now() }
    held.delete(tenantId)
    held.set(tenantId, entry)
    const oldest = held.keys().next()
    if (held.size > keysMax && !oldest.done) held.delete(oldest.value)
    entry.key.catch(() => {
      if (held.get(tenantId) === entry) held.delete(tenantId)
    })
    return entry.key.then(({ dataKey }) => dataKey)
  }
}
