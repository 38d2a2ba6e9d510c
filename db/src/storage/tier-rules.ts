import { z } from 'zod'
import { storageTiers, type StorageTier } from '../schema/index.ts'

const months = z.int().min(0).max(1200)

/** When originals go to cheaper storage, in calendar months from their arrival. */
export const TierPolicy = z
  .strictObject({
    /** nothing moves until this is on */
    enabled: z.boolean(),
    hotMonths: months,
    warmMonths: months,
    /** false: warm for good */
    cold: z.boolean(),
    /** Orthanc's copy goes when the hot months are over */
    evict: z.boolean(),
    /** what belongs to a patient with a treatment case of the last years stays as it is */
    keepCases: z.boolean(),
  })
  .refine(({ hotMonths, warmMonths }) => hotMonths <= warmMonths, { path: ['warmMonths'] })
export type TierPolicy = z.infer<typeof TierPolicy>

export const defaultTierPolicy: TierPolicy = {
  enabled: false,
  hotMonths: 6,
  warmMonths: 24,
  cold: true,
  evict: true,
  keepCases: true,
}

/** Which tiers beside `hot` the object store has, as gateway/src/object-store says it. */
export type StoreTiers = { warm: boolean; cold: 'at-once' | 'after-recall' | null }

/**
 * What arrived before these instants is due for the tier; null: nothing ever is. What is old enough for a tier that the
 * store has not stays in the next dearer one.
 */
export function tierCuts(
  { hotMonths, warmMonths, cold }: Pick<TierPolicy, 'hotMonths' | 'warmMonths' | 'cold'>,
  store: StoreTiers,
  now: Date,
): { warm: Date | null; cold: Date | null; evict: Date } {
  const evict = monthsBefore(now, hotMonths)
  return {
    warm: store.warm ? evict : null,
    cold: cold && store.cold ? monthsBefore(now, warmMonths) : null,
    evict,
  }
}

/** The tier of an original by its age alone; it never comes back to a dearer one by itself. */
export function tierAt(
  arrivedAt: Date,
  cuts: ReturnType<typeof tierCuts>,
  current: StorageTier,
): StorageTier {
  const due = (cut: Date | null) => cut !== null && arrivedAt < cut
  const byAge: StorageTier = due(cuts.cold) ? 'cold' : due(cuts.warm) ? 'warm' : 'hot'
  return storageTiers.indexOf(byAge) > storageTiers.indexOf(current) ? byAge : current
}

/** The same day and time so many calendar months earlier, in UTC; the month's last day where it has no such day. */
function monthsBefore(now: Date, months: number): Date {
  const then = new Date(now)
  then.setUTCDate(1)
  then.setUTCMonth(then.getUTCMonth() - months)
  const days = new Date(Date.UTC(then.getUTCFullYear(), then.getUTCMonth() + 1, 0)).getUTCDate()
  then.setUTCDate(Math.min(now.getUTCDate(), days))
  return then
}
