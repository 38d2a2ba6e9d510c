import { expect, test } from 'vitest'
import { preferredLocale } from './locale.ts'

test.each([
  ['fr-CA,fr;q=0.9,en;q=0.8', 'fr'],
  ['en-CA,en;q=0.9', 'en'],
  ['de, en;q=0.3, fr;q=0.7', 'fr'],
  ['EN-us', 'en'],
  ['fr;q=0, en;q=0.1', 'en'],
  ['es-MX', null],
  ['', null],
  [null, null],
])('%s prefers %s', (header, locale) => {
  expect(preferredLocale(header)).toBe(locale)
})
