import { expect, test } from 'vitest'
import { conflictField, conflictText } from './conflict-text.ts'

const context = {
  locale: 'en' as const,
  notation: 'fdi' as const,
  currency: 'CAD',
  taxes: [
    { id: 'gst', name: { en: 'GST', fr: 'TPS' } },
    { id: 'qst', name: { en: 'QST', fr: 'TVQ' } },
  ],
  providers: [{ id: 'p', name: 'Marc Gagné' }],
}

test('what two people wrote is told in words, and nothing as it is stored', () => {
  const values = {
    feeCents: 123_450,
    discount: { kind: 'percent', hundredths: 1250 },
    site: { kind: 'teeth', teeth: ['16'], surfaces: { '16': ['M', 'O'] } },
    providerId: 'p',
    taxIds: ['qst', 'gst'],
    priority: 1,
    images: ['a', 'b'],
    note: 'Call first',
    taxes: [{ id: 'qst', name: { en: 'QST', fr: 'TVQ' }, ratePpm: 99_750 }],
    milestones: [
      { id: 'a', name: { en: 'Surgery', fr: 'Chirurgie' }, after: { count: 0, unit: 'day' } },
      { id: 'b', name: { en: 'Healing', fr: 'Guérison' }, after: { count: 1, unit: 'month' } },
      { id: 'c', name: { en: 'Crown', fr: 'Couronne' }, after: null },
    ],
  }
  const told = Object.entries(values).map(([field, value]) => conflictText({ field }, value, context))
  expect(told).toEqual([
    '$1,234.50',
    '12.5%',
    '16 MO',
    'Marc Gagné',
    'GST, QST',
    expect.not.stringMatching(/^1$/),
    '2',
    'Call first',
    'QST 9.975%',
    'Surgery, the same day; Healing, 1 month later; Crown',
  ])
  const empty = { discount: { kind: 'none' }, taxIds: [], note: '', milestones: [], providerId: null }
  expect(Object.entries(empty).map(([field, value]) => conflictText({ field }, value, context))).toEqual([
    '–',
    '–',
    '–',
    '–',
    'Nobody yet',
  ])
  expect(['feeCents', 'providerId', 'title'].map((field) => conflictField({ field }, 'en'))).toEqual([
    'fee',
    'who treats',
    '',
  ])
})
