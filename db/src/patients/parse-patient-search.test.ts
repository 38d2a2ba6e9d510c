import { expect, test } from 'vitest'
import { parsePatientSearch } from './parse-patient-search.ts'

const today = '2026-11-21'
const births = (text: string) => parsePatientSearch(text, today).births

test('accents, case, order and separators of a name do not matter', () => {
  expect(parsePatientSearch('  CÔTÉ, Geneviève ').words).toEqual(['cote', 'genevieve'])
  expect(parsePatientSearch('O’Brien').words).toEqual(['o', 'brien'])
  expect(parsePatientSearch('Marc-André').words).toEqual(['marc', 'andre'])
})

test.each([
  '1985-03-07',
  '1985 03 07',
  '1985/3/7',
  '19850307',
  '7 mars 1985',
  '7 MARS 1985',
  'March 7, 1985',
  'mar 7 1985',
  '7 mar. 85',
  'le 7 mars 1985',
])('%s is the seventh of March 1985', (text) => {
  expect(births(text)).toEqual([{ from: '1985-03-07', to: '1985-03-07' }])
})

test('the first of a month is found by its French and English ordinals', () => {
  expect(births('1er août 2010')).toEqual([{ from: '2010-08-01', to: '2010-08-01' }])
  expect(births('August 1st, 2010')).toEqual([{ from: '2010-08-01', to: '2010-08-01' }])
})

// 03/07 is March 7 to some and July 3 to others of the same practice
test('a day that can be read two ways means both, and one that cannot means one', () => {
  expect(births('03/07/1985')).toEqual([
    { from: '1985-07-03', to: '1985-07-03' },
    { from: '1985-03-07', to: '1985-03-07' },
  ])
  expect(births('25.12.1985')).toEqual([{ from: '1985-12-25', to: '1985-12-25' }])
  expect(births('7/7/1985')).toEqual([{ from: '1985-07-07', to: '1985-07-07' }])
})

test('months and years are ranges', () => {
  expect(births('février 2012')).toEqual([{ from: '2012-02-01', to: '2012-02-29' }])
  expect(births('2012-02')).toEqual([{ from: '2012-02-01', to: '2012-02-29' }])
  expect(births('02/2012')).toEqual([{ from: '2012-02-01', to: '2012-02-29' }])
  expect(births('1985')).toEqual([{ from: '1985-01-01', to: '1985-12-31' }])
})

test('a two-digit year is never in the future', () => {
  expect(births('7 mars 26')).toEqual([{ from: '2026-03-07', to: '2026-03-07' }])
  expect(births('7 mars 27')).toEqual([{ from: '1927-03-07', to: '1927-03-07' }])
})

test.each([
  'tremblay',
  'P-10234',
  '10234',
  '31 février 1985',
  '1985-13-01',
  'mars',
  '12',
  '2099',
  'mai tremblay',
  '',
])('%s is no date of birth', (text) => {
  expect(births(text)).toEqual([])
})

test('what was typed stays whole as the beginning of an identifier', () => {
  expect(parsePatientSearch(' P-10234 ').identifier).toBe('p-10234')
  expect(parsePatientSearch('x'.repeat(500)).identifier).toHaveLength(100)
})
