import { expect, test } from 'vitest'
import {
  dayOf,
  ageOn,
  instant,
  instantExactly,
  longDay,
  shortDay,
  sinceThen,
  tellInstantsIn,
  timeOfDay,
} from './date.ts'

test('days are written as Québec writes them, in both languages, whatever the time zone', () => {
  expect(longDay('1985-03-07', 'fr')).toBe('7 mars 1985')
  expect(longDay('2010-08-01', 'fr')).toBe('1er août 2010')
  expect(longDay('1985-03-07', 'en')).toBe('March 7, 1985')
  expect(shortDay('2026-11-20', 'fr')).toBe('20 nov. 2026')
  expect(timeOfDay('14:05:33.250', 'fr')).toMatch(/^14\sh\s05$/)
})

test('age counts birthdays, not days, and months below two years', () => {
  expect(ageOn('2000-11-21', '2026-11-20')).toEqual({ years: 25 })
  expect(ageOn('2000-11-21', '2026-11-21')).toEqual({ years: 26 })
  expect(ageOn('2026-01-31', '2026-03-01')).toEqual({ months: 1 })
  expect(ageOn('2024-11-22', '2026-11-21')).toEqual({ months: 23 })
  expect(ageOn('2026-11-22', '2026-11-21')).toBeNull()
})

test('what was just now is near, and what was weeks ago has its date', () => {
  const now = new Date('2026-11-21T12:00:00Z')
  const ago = (seconds: number) => sinceThen(new Date(now.getTime() - seconds * 1000), now, 'fr')
  expect(ago(20)).toBe('cette minute-ci')
  expect(ago(180)).toMatch(/^il y a 3\sminutes$/)
  expect(ago(86_400)).toBe('hier')
  expect(ago(30 * 86_400)).toBe('22 oct. 2026')
})

test('an instant is told in the zone that the page is for, where the server makes it', () => {
  const at = new Date('2026-11-22T02:30:00Z')
  tellInstantsIn(() => 'Pacific/Honolulu')
  try {
    expect(instant(at, 'en')).toMatch(/Nov.* 21, 2026.*4:30/)
    expect(instantExactly(at, 'fr')).toMatch(/21 nov.* 2026.*16 h 30/)
    expect(dayOf(at)).toBe('2026-11-21')
  } finally {
    tellInstantsIn(() => undefined)
  }
})
