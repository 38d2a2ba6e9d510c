import { currencyDigits } from '@bitewing/db/plan-rules'
import type { Locale } from '#lib/locale.ts'

const regions: Record<Locale, string> = { en: 'en-CA', fr: 'fr-CA' }

/**
 * `$1,234.50`, `1 234,50 $`.
 *
 * @param cents    the smallest unit of the currency: see `currencyDigits`
 * @param currency ISO 4217
 */
export function money(cents: number, currency: string, locale: Locale): string {
  const digits = currencyDigits(currency)
  return new Intl.NumberFormat(regions[locale], {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(cents / 10 ** digits)
}

/** As somebody would type it: `1234.50`, `1234,50`. */
export function amountText(cents: number, currency: string, locale: Locale): string {
  const digits = currencyDigits(currency)
  return new Intl.NumberFormat(regions[locale], {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    useGrouping: false,
  }).format(cents / 10 ** digits)
}

/** `9.975 %` from 99,750 parts per million. */
export function ratePercent(ratePpm: number, locale: Locale): string {
  return new Intl.NumberFormat(regions[locale], { style: 'percent', maximumFractionDigits: 4 }).format(
    ratePpm / 1_000_000,
  )
}
