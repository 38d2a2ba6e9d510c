import { expect, test } from 'vitest'
import { equalise } from './equalise.ts'

const size = { columns: 64, rows: 64 }
const all = { lower: 0, upper: 4095 }

function spread(pixels: Uint16Array): number {
  const sorted = pixels.toSorted()
  return (sorted[Math.floor(sorted.length * 0.95)] ?? 0) - (sorted[Math.floor(sorted.length * 0.05)] ?? 0)
}

test('weak contrast becomes stronger, within the window, and the frame it was made of stays', () => {
  const faint = Uint16Array.from({ length: 4096 }, (_, index) => 2000 + ((index * 7919) % 120))
  const before = faint.slice()
  const strong = equalise(faint, size, all)
  expect(faint).toEqual(before)
  expect(strong).toBeInstanceOf(Uint16Array)
  expect(spread(strong)).toBeGreaterThan(2 * spread(faint))
  expect(Math.max(...strong)).toBeLessThanOrEqual(4095)
})

test('the order of values in one place stays: what was brighter is not darker', () => {
  const ramp = Uint16Array.from({ length: 4096 }, (_, index) => (index % 64) * 60)
  const result = equalise(ramp, size, all)
  for (let row = 8; row < 56; row++)
    for (let column = 9; column < 55; column++)
      expect(result[row * 64 + column] ?? 0).toBeGreaterThanOrEqual((result[row * 64 + column - 1] ?? 0) - 60)
})

test('signed values and frames smaller than the tiles are taken', () => {
  const tiny = Int16Array.from([-1000, 0, 500, 3000, -20, 7])
  const result = equalise(tiny, { columns: 3, rows: 2 }, { lower: -1000, upper: 3000 })
  expect(result).toHaveLength(6)
  expect(Math.min(...result)).toBeGreaterThanOrEqual(-1000)
})
