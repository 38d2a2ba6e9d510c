/**
 * Hundredths of a per cent of a rate as people write it: `12,5 %`, `12.5`, `7`.
 *
 * @returns null when it is none, or is not between 0 and 100
 */
export function readHundredths(written: string): number | null {
  const parts = /^(\d{1,3})(?:[.,](\d{1,2}))?%?$/.exec(written.replace(/\s/g, ''))
  if (!parts) return null
  const [, whole = '', fraction = ''] = parts
  const hundredths = Number(whole) * 100 + Number(fraction.padEnd(2, '0'))
  return hundredths <= 10_000 ? hundredths : null
}
