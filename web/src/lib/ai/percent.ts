import type { Locale } from '#lib/locale.ts'

/** `87%`, `87 %`. @param share 0 to 1 */
export function percent(share: number, locale: Locale): string {
  return new Intl.NumberFormat(`${locale}-CA`, { style: 'percent', maximumFractionDigits: 0 }).format(share)
}
