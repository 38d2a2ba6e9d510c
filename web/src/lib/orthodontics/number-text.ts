import type { MeasureUnit } from '@bitewing/db'
import type { Locale } from '#lib/locale.ts'
import { m } from '#paraglide/messages.js'

/** `4,5` or `4.5`, without a unit. */
export function numberText(value: number, locale: Locale): string {
  return new Intl.NumberFormat(locale === 'fr' ? 'fr-CA' : 'en-CA', {
    maximumFractionDigits: 2,
    useGrouping: false,
  })
    .format(value)
    .replace('-', '−')
}

/** `mm`, `°`, or nothing. */
export function unitSign(unit: MeasureUnit): string {
  return unit === 'mm' ? '\u00a0mm' : unit === 'deg' ? '°' : ''
}

export function unitName(unit: MeasureUnit): string {
  const names = { mm: m.ortho_unit_mm, deg: m.ortho_unit_deg, none: m.ortho_unit_none }
  return names[unit]()
}
