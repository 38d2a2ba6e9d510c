import type { Locale } from '#lib/locale.ts'

const regions: Record<Locale, string> = { en: 'en-CA', fr: 'fr-CA' }

/** `$1,234.50`, `1 234,50 $`. @param currency ISO 4217 */
export function money(cents: number, currency: string, locale: Locale): string {
  return new Intl.NumberFormat(regions[locale], {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  }).format(cents / 100)
}

/** As somebody would type it: `1234.50`, `1234,50`. */
export function amountText(cents: number, locale: Locale): string {
  return new Intl.NumberFormat(regions[locale], {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    useGrouping: false,
  }).format(cents / 100)
}

/** `9.975 %` from 99,750 parts per million. */
export function ratePercent(ratePpm: number, locale: Locale): string {
  return new Intl.NumberFormat(regions[locale], { style: 'percent', maximumFractionDigits: 4 }).format(
    ratePpm / 1_000_000,
  )
}
