import type { StorageTier } from '../schema/index.ts'
import type { PlannedMove } from './due-originals.ts'
import type { StorageUsage } from './storage-usage.ts'
import type { StoragePrices } from './storage-prices.ts'

const gib = 1024 ** 3

/** What the practice's bytes cost in a month, by part and in all, in the prices' currency. */
export function storageCost(
  { originals, renditions, orthancCopies }: StorageUsage,
  { perGibMonth }: Pick<StoragePrices, 'perGibMonth'>,
): { originals: number; renditions: number; orthancCopies: number; total: number } {
  const of = (bytes: number, price: number) => (bytes / gib) * price
  const costs = {
    originals: (['hot', 'warm', 'cold'] as const).reduce(
      (sum, tier) => sum + of(originals[tier].bytes, perGibMonth[tier]),
      0,
    ),
    renditions: of(renditions.bytes, perGibMonth.hot),
    orthancCopies: of(orthancCopies.bytes, perGibMonth.orthanc),
  }
  return { ...costs, total: costs.originals + costs.renditions + costs.orthancCopies }
}

/** What a plan saves in a month; moving and later reading cost something too, which is not in it. */
export function plannedSaving(
  moves: readonly PlannedMove[],
  { perGibMonth }: Pick<StoragePrices, 'perGibMonth'>,
): number {
  const price = (tier: StorageTier) => perGibMonth[tier]
  return moves.reduce(
    (sum, { from, to, bytes, evictedBytes }) =>
      sum + (bytes / gib) * (price(from) - price(to)) + (evictedBytes / gib) * perGibMonth.orthanc,
    0,
  )
}
