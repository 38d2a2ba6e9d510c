import type { DataSet, Tag } from './data-set.ts'
import { numberOfDecimal } from './decimal.ts'
import { elementValues } from './element-values.ts'

/** First value as text, decoded and without padding; null when the attribute is absent or its first value empty. */
export function textOf(dataSet: DataSet, tag: Tag): string | null {
  return textsOf(dataSet, tag)[0] || null
}

/** All values as text, empty ones as `''`; `[]` when the attribute is absent, empty, a sequence or not read. */
export function textsOf(dataSet: DataSet, tag: Tag): string[] {
  const element = dataSet.elements.get(tag)
  return element ? elementValues(element, dataSet).map((value) => (value === null ? '' : String(value))) : []
}

/** First value as a finite number, also from IS and DS; null when absent, empty or no number. */
export function numberOf(dataSet: DataSet, tag: Tag): number | null {
  return numbersOf(dataSet, tag)[0] ?? null
}

/** All values as numbers, null where one is empty or no finite number; `[]` when the attribute is absent. */
export function numbersOf(dataSet: DataSet, tag: Tag): (number | null)[] {
  const element = dataSet.elements.get(tag)
  if (!element) return []
  return elementValues(element, dataSet).map((value) => {
    const number = typeof value === 'string' ? numberOfDecimal(value) : value
    return number !== null && Number.isFinite(number) ? number : null
  })
}
