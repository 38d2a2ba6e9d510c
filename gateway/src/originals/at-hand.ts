import { ObjectArchived } from '../object-store/object-errors.ts'
import type { ObjectName, ObjectStore } from '../object-store/object-store.ts'
import { severalAtOnce } from '../recovery/several-at-once.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { originalName } from './original-name.ts'

const atOnce = 8

/**
 * Makes sure, before an answer of several originals begins, that none of them has to be recalled first: in the middle
 * of an answer nothing but its end could say so.
 *
 * @throws {ObjectArchived} with all that have to be
 */
export async function assertAtHand(
  objectStore: ObjectStore,
  tenantId: string,
  held: readonly Pick<HeldInstance, 'instanceId' | 'maybeArchived'>[],
): Promise<void> {
  const candidates = held.filter(({ maybeArchived }) => maybeArchived)
  if (candidates.length === 0 || (await objectStore.tiers()).cold !== 'after-recall') return
  const archived: ObjectName[] = []
  await severalAtOnce(candidates, atOnce, async ({ instanceId }) => {
    const object = { tenantId, name: originalName(instanceId) }
    const place = await objectStore.place(object)
    if (place !== null && place.read !== 'at-once') archived.push(object)
  })
  if (archived.length > 0) throw new ObjectArchived('originals lie in the archive', archived)
}
