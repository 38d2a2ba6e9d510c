import type { Locale } from '#lib/locale.ts'
import { measureName, valueText } from './measure-text.ts'
import { measures, type MeasureId } from './measures.ts'
import { deviation, type Norms } from './norms.ts'

/** The figures by which a face is described in one breath. */
const key: readonly MeasureId[] = ['SNA', 'SNB', 'ANB', 'FMA', 'U1-SN', 'IMPA']

export type KeyValue = { id: MeasureId; name: string; value: string; isFar: boolean }

/** The figures of a summary, as far as they are there; all of them are angles, which need no scale. */
export function keyValues(
  values: readonly (readonly [MeasureId, number])[],
  norms: Norms,
  locale: Locale,
): KeyValue[] {
  const found = new Map(values)
  return measures
    .filter(({ id }) => key.includes(id))
    .flatMap((measure) => {
      const value = found.get(measure.id)
      if (value === undefined) return []
      return {
        id: measure.id,
        name: measureName(measure),
        value: valueText(value, measure.unit, locale),
        isFar: Math.abs(deviation(value, norms[measure.id])) > 2,
      }
    })
}
