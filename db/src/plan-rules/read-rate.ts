/**
 * Parts per million of a tax's rate as people write it: `9,975 %`, `5`, `0`.
 *
 * @returns null when it is none, has more than four decimals, or is not between 0 and 100
 */
export function readRate(written: string): number | null {
  const parts = /^(\d{1,3})(?:[.,](\d{1,4}))?%?$/.exec(written.replace(/\s/g, ''))
  if (!parts) return null
  const [, whole = '', fraction = ''] = parts
  const ratePpm = Number(whole) * 10_000 + Number(fraction.padEnd(4, '0'))
  return ratePpm <= 1_000_000 ? ratePpm : null
}
