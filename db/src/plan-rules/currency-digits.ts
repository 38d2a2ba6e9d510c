import { feeCentsMax } from './plan-content.ts'

const none = new Set('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' '))
const three = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '))

/**
 * How many decimals a currency is counted with: 2 for dollars and euros, none for CFA francs, 3 for dinars. What is
 * called cents here is the smallest of it: 1,500 XOF are 1500, 1.500 TND too. By ISO 4217, and not by what a browser
 * knows: amounts that are stored must not be read otherwise there.
 *
 * @param currency ISO 4217
 */
export function currencyDigits(currency: string): 0 | 2 | 3 {
  if (none.has(currency)) return 0
  return three.has(currency) ? 3 : 2
}

/** An amount whose number stays what it is while the practice's currency becomes another: 165.00 CAD, 165 XOF. */
export function sameNumber(cents: number, { from, to }: { from: string; to: string }): number {
  const scale = 10 ** (currencyDigits(to) - currencyDigits(from))
  return Math.min(feeCentsMax, Math.round(cents * scale))
}
