import { feeCentsMax } from './plan-content.ts'

/**
 * Whole cents of an amount as people write it: `1 234,50 $`, `$1,234.50`, `1234`. The last comma or point with one
 * or two digits after it is the decimal sign.
 *
 * @returns null when it is no amount, is below 0 or above the largest fee
 */
export function readCents(written: string): number | null {
  const bare = written.replace(/[$\s\u00a0\u202f]/g, '')
  const parts = /^(\d{1,3}(?:[.,']\d{3})*|\d+)(?:[.,](\d{1,2}))?$/.exec(bare)
  if (!parts) return null
  const [, whole = '', fraction = ''] = parts
  const cents = Number(whole.replace(/\D/g, '')) * 100 + Number(fraction.padEnd(2, '0'))
  return cents <= feeCentsMax ? cents : null
}
