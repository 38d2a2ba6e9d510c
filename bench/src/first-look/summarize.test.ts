import { expect, test } from 'vitest'
import { ratio, summarize } from './summarize.ts'

test('median and 95th percentile are values that were measured, whatever their order', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => ((index * 37) % 100) + 1)
  expect(summarize(hundred)).toEqual({ count: 100, p50: 50, p95: 95 })
  expect(summarize([7.04])).toEqual({ count: 1, p50: 7, p95: 7 })
  expect(summarize([3, 1, 2], 12)).toEqual({ count: 3, p50: 2, p95: 3, bytes: 12 })
  expect(() => summarize([])).toThrow(RangeError)
})

test('a ratio says our share of the peer’s time, and nothing where nothing was measurable', () => {
  const of = (p50: number, p95: number) => ({ count: 1, p50, p95 })
  expect(ratio(of(5, 30), of(20, 10))).toEqual({ p50: 0.25, p95: 3 })
  expect(ratio(of(5, -1), of(0, 10))).toEqual({ p50: null, p95: null })
})
