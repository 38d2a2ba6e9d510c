import { currencyDigits } from './currency-digits.ts'
import { feeCentsMax } from './plan-content.ts'

const fractions = { 0: '0{1,2}', 2: '\\d{1,2}', 3: '\\d{1,3}' }

/**
 * Whole cents of an amount as people write it: `1 234,50 $`, `$1,234.50`, `1234`. The last comma or point with as many
 * digits after it as the currency has, or fewer, is the decimal sign.
 *
 * @param currency ISO 4217; its smallest unit is what is counted: see `currencyDigits`
 * @returns null when it is no amount, is below 0 or above the largest fee
 */
export function readCents(written: string, currency: string): number | null {
  const digits = currencyDigits(currency)
  const bare = written.replace(/[\p{Sc}\s\u00a0\u202f]/gu, '')
  const parts = new RegExp(`^(\\d{1,3}(?:[.,']\\d{3})*?|\\d+)(?:[.,](${fractions[digits]}))?$`).exec(bare)
  if (!parts) return null
  const [, whole = '', fraction = ''] = parts
  const cents =
    Number(whole.replace(/\D/g, '')) * 10 ** digits + Number(fraction.slice(0, digits).padEnd(digits, '0'))
  return cents <= feeCentsMax ? cents : null
}
