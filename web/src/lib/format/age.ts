import type { Locale } from '#lib/locale.ts'
import { m } from '#paraglide/messages.js'
import { getLocale } from '#paraglide/runtime.js'
import { ageOn } from './date.ts'

/** `12 years old`, `8 mois`; empty when the day comes before birth. */
export function ageText(birthDate: string, on: string): string {
  const age = ageOn(birthDate, on)
  if (age === null) return ''
  return 'years' in age ? m.age_years({ years: age.years }) : m.age_months({ months: age.months })
}

/** How old somebody was on a day: `at age 12`, `à 8 mois`; empty when the day comes before birth. */
export function ageThen(birthDate: string, on: string): string {
  const age = ageOn(birthDate, on)
  if (age === null) return ''
  return 'years' in age ? m.age_then_years({ years: age.years }) : m.age_then_months({ months: age.months })
}

/** Time between two days, from three months on: `7 months`, `2 years`; empty for less. */
export function intervalText(from: string, to: string, locale: Locale = getLocale()): string {
  const age = ageOn(from, to)
  if (age === null) return ''
  const months = 'years' in age ? age.years * 12 : age.months
  if (months < 3) return ''
  if ('years' in age) return m.later_years({ years: age.years }, { locale })
  return age.months >= 12 && age.months % 12 === 0
    ? m.later_years({ years: age.months / 12 }, { locale })
    : m.later_months({ months: age.months }, { locale })
}
