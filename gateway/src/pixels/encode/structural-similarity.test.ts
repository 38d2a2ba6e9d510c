import { expect, test } from 'vitest'
import { structuralSimilarity } from './structural-similarity.ts'

/** Pseudo-random, the same in every run. */
function noise(seed: number) {
  let state = seed
  return () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32
}
function picture(width: number, height: number, levelAt: (x: number, y: number) => number): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, at) =>
    Math.max(0, Math.min(255, Math.round(levelAt(at % width, Math.floor(at / width))))),
  )
}

/** The definition word for word, window by window with its 121 weights. */
function byDefinition(a: Uint8Array, b: Uint8Array, width: number, height: number): number {
  const weights: number[] = []
  for (let y = -5; y <= 5; y++)
    for (let x = -5; x <= 5; x++) weights.push(Math.exp(-(x * x + y * y) / (2 * 1.5 ** 2)))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let sum = 0
  let windows = 0
  for (let top = 0; top + 11 <= height; top++) {
    for (let left = 0; left + 11 <= width; left++) {
      const at = (index: number) => (top + Math.floor(index / 11)) * width + left + (index % 11)
      const mean = (of: (index: number) => number) =>
        weights.reduce((all, weight, index) => all + (weight / total) * of(index), 0)
      const ma = mean((index) => a[at(index)] ?? 0)
      const mb = mean((index) => b[at(index)] ?? 0)
      const va = mean((index) => ((a[at(index)] ?? 0) - ma) ** 2)
      const vb = mean((index) => ((b[at(index)] ?? 0) - mb) ** 2)
      const cov = mean((index) => ((a[at(index)] ?? 0) - ma) * ((b[at(index)] ?? 0) - mb))
      sum +=
        ((2 * ma * mb + 6.5025) * (2 * cov + 58.5225)) / ((ma * ma + mb * mb + 6.5025) * (va + vb + 58.5225))
      windows++
    }
  }
  return sum / windows
}

test('is 1 for equal pictures, and what the paper defines for others', () => {
  const [width, height] = [37, 29]
  const random = noise(7)
  const a = picture(width, height, (x, y) => 128 + 90 * Math.sin(x / 4) * Math.cos(y / 6))
  const b = Uint8Array.from(a, (level) => Math.max(0, Math.min(255, level + 40 * random() - 20)))
  const size = { width, height }
  expect(structuralSimilarity(a, a, size)).toBeCloseTo(1, 12)
  expect(structuralSimilarity(a, b, size)).toBeCloseTo(byDefinition(a, b, width, height), 9)
})

// Of a constant picture only the luminance term is left.
test('of two constant pictures is their luminance term alone', () => {
  const size = { width: 20, height: 20 }
  const [a, b] = [new Uint8Array(400).fill(100), new Uint8Array(400).fill(120)]
  const expected = (2 * 100 * 120 + 6.5025) / (100 ** 2 + 120 ** 2 + 6.5025)
  expect(structuralSimilarity(a, b, size)).toBeCloseTo(expected, 9)
})

test('a sample of the windows tells the mean to the third digit', () => {
  const [width, height] = [900, 700]
  const random = noise(3)
  const a = picture(width, height, (x, y) => 128 + 90 * Math.sin(x / 9) * Math.cos(y / 13) + 20 * random())
  const b = Uint8Array.from(a, (level, at) => (at % width < 300 ? level : level + 12 * random() - 6))
  const size = { width, height }
  const difference = structuralSimilarity(a, b, size, 5) - structuralSimilarity(a, b, size)
  expect(Math.abs(difference)).toBeLessThan(0.001)
})

test('of a picture smaller than a window is a number', () => {
  const a = Uint8Array.of(10, 200, 30, 40)
  expect(structuralSimilarity(a, a, { width: 2, height: 2 })).toBeCloseTo(1, 12)
  expect(structuralSimilarity(a, a.toReversed(), { width: 2, height: 2 })).toBeLessThan(0.9)
})
