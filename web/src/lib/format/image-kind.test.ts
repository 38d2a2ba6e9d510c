import { expect, test } from 'vitest'
import { overwriteGetLocale } from '#paraglide/runtime.js'
import { kindSummary, teethText } from './image-kind.ts'

test('what a study holds is said in words, in both languages', () => {
  overwriteGetLocale(() => 'en')
  expect(kindSummary(['panoramic'])).toBe('Panoramic')
  expect(kindSummary(['panoramic', 'bitewing', 'bitewing'])).toBe('2\u00a0bitewings · 1\u00a0panoramic')
  overwriteGetLocale(() => 'fr')
  expect(kindSummary(['bitewing', 'bitewing'])).toBe('2\u00a0interproximales')
})

test('neighbouring teeth of one quadrant are a range, others are listed', () => {
  overwriteGetLocale(() => 'en')
  expect(teethText(['16', '14', '15', '44'], 'fdi')).toBe('Teeth 14–16, 44')
  expect(teethText(['18', '21'], 'fdi')).toBe('Teeth 18, 21')
  expect(teethText(['36'], 'fdi')).toBe('Tooth 36')
  expect(teethText([], 'fdi')).toBe('')
})

// 14 is an upper right premolar in FDI and an upper left molar in Universal
test('teeth of images are written as the practice writes teeth', () => {
  overwriteGetLocale(() => 'en')
  expect(teethText(['16', '14', '15', '44'], 'universal')).toBe('Teeth 3–5, 28')
  expect(teethText(['26'], 'universal')).toBe('Tooth 14')
  expect(teethText(['28', '38', '37'], 'universal')).toBe('Teeth 16, 17, 18')
  expect(teethText(['53', '54', '55', '75', '74'], 'universal')).toBe('Teeth A–C, K, L')
  expect(teethText(['16', '14', '15', '44', '85'], 'palmer')).toBe('Teeth UR4–UR6, LR4, LRE')
})
