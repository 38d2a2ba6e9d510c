import fc from 'fast-check'
import { expect, test } from 'vitest'
import { storageTiers } from '../schema/index.ts'
import { defaultTierPolicy, tierAt, tierCuts, TierPolicy, type StoreTiers } from './tier-rules.ts'

const all: StoreTiers = { warm: true, cold: 'after-recall' }
const now = new Date('2026-08-31T12:00:00Z')
const day = 24 * 3_600_000
const at = (arrived: string, store = all) =>
  tierAt(new Date(arrived), tierCuts(defaultTierPolicy, store, now), 'hot')

test('by default six months hot, to two years warm, cold then, and off', () => {
  expect(defaultTierPolicy.enabled).toBe(false)
  expect(at('2026-03-01')).toBe('hot')
  // six months before the 31st of August is the 28th of February
  expect(at('2026-02-28T12:00:00Z')).toBe('hot')
  expect(at('2026-02-28T11:59:59Z')).toBe('warm')
  expect(at('2024-08-31T12:00:00Z')).toBe('warm')
  expect(at('2024-08-31T11:59:59Z')).toBe('cold')
})

test('a tier that the store has not is passed over for the next dearer one', () => {
  expect(at('2020-01-01', { warm: true, cold: null })).toBe('warm')
  expect(at('2020-01-01', { warm: false, cold: 'at-once' })).toBe('cold')
  expect(at('2026-01-01', { warm: false, cold: 'at-once' })).toBe('hot')
  expect(at('2020-01-01', { warm: false, cold: null })).toBe('hot')
})

const instants = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
const policies = fc
  .record({
    hotMonths: fc.integer({ min: 0, max: 400 }),
    more: fc.integer({ min: 0, max: 400 }),
    cold: fc.boolean(),
  })
  .map(({ hotMonths, more, cold }) => ({ hotMonths, warmMonths: hotMonths + more, cold }))
const stores = fc.record<StoreTiers>({
  warm: fc.boolean(),
  cold: fc.constantFrom('at-once', 'after-recall', null),
})
const tiers = fc.constantFrom(...storageTiers)
const rank = (tier: (typeof storageTiers)[number]) => storageTiers.indexOf(tier)

test('an older original is never in a dearer tier, time only cools, and nothing comes back by itself', () => {
  fc.assert(
    fc.property(
      policies,
      stores,
      instants,
      instants,
      instants,
      tiers,
      (policy, store, a, b, later, current) => {
        const [older, newer] = a < b ? [a, b] : [b, a]
        const cuts = tierCuts(policy, store, newer)
        expect(rank(tierAt(older, cuts, current))).toBeGreaterThanOrEqual(rank(tierAt(newer, cuts, current)))
        expect(rank(tierAt(older, cuts, current))).toBeGreaterThanOrEqual(rank(current))
        if (later >= newer) {
          const then = tierAt(older, tierCuts(policy, store, later), current)
          expect(rank(then)).toBeGreaterThanOrEqual(rank(tierAt(older, cuts, current)))
        }
      },
    ),
  )
})

test('only what the store has and the policy allows is ever chosen', () => {
  fc.assert(
    fc.property(policies, stores, instants, instants, (policy, store, arrived, then) => {
      const chosen = tierAt(arrived, tierCuts(policy, store, then), 'hot')
      if (chosen === 'warm') expect(store.warm).toBe(true)
      if (chosen === 'cold') expect([policy.cold, store.cold === null]).toEqual([true, false])
    }),
  )
})

test('months are calendar months: never fewer days than they have, never more', () => {
  fc.assert(
    fc.property(instants, fc.integer({ min: 0, max: 400 }), (then, count) => {
      const { evict } = tierCuts({ hotMonths: count, warmMonths: count, cold: true }, all, then)
      const days = (then.getTime() - evict.getTime()) / day
      expect(days).toBeGreaterThanOrEqual(count * 30.4 - 3)
      expect(days).toBeLessThanOrEqual(count * 30.5 + 3.5)
      expect(evict.getUTCDate()).toBeLessThanOrEqual(then.getUTCDate())
    }),
  )
})

test('a policy whose months are the wrong way round is none', () => {
  expect(TierPolicy.safeParse({ ...defaultTierPolicy, hotMonths: 25 }).success).toBe(false)
  expect(TierPolicy.safeParse(defaultTierPolicy).success).toBe(true)
})
