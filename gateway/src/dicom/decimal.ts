/** The number that a DS or IS value is (PS3.5 §6.2), or null: no hexadecimal, no NaN, no infinity, no comma. */
export function numberOfDecimal(text: string): number | null {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return null
  const number = Number(text)
  return Number.isFinite(number) ? number : null
}
