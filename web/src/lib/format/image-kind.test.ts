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
  expect(teethText(['16', '14', '15', '44'])).toBe('Teeth 14–16, 44')
  expect(teethText(['18', '21'])).toBe('Teeth 18, 21')
  expect(teethText(['36'])).toBe('Tooth 36')
  expect(teethText([])).toBe('')
})
