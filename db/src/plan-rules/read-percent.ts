/**
 * A per cent as people write it: `12,5 %`, `9.975`, `7`.
 *
 * @param decimals of a per cent, at most: 2 counts hundredths of it, 4 parts per million
 * @returns whole units of the last decimal; null when it is none, has more decimals, or is not between 0 and 100
 */
export function readPercent(written: string, decimals: 2 | 4): number | null {
  const bare = written.replace(/\s/g, '')
  const [, whole = '', fraction = ''] = /^(\d{1,3})(?:[.,](\d{1,4}))?%?$/.exec(bare) ?? []
  if (whole === '' || fraction.length > decimals) return null
  const units = Number(whole + fraction.padEnd(decimals, '0'))
  return units <= 100 * 10 ** decimals ? units : null
}
