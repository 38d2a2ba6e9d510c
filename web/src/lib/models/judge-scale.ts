import type { ModelUnit } from '@bitewing/db'

/** Millimetres of each unit. */
export const millimetresOf = { mm: 1, cm: 10, m: 1000, in: 25.4 } as const satisfies Record<ModelUnit, number>

/** How wide an arch is at its widest, with the base of a cast: from a child's to the largest, in millimetres. */
const archMm = { least: 30, most: 90 }

export type Scale =
  /** `file`: it says so, and it can be; `staff`: somebody has said so */
  | { isKnown: true; unit: ModelUnit; from: 'file' | 'staff' }
  /** nothing is measured: the file does not say its unit, or says one in which no arch is so large */
  | { isKnown: false; why: 'missing' | 'implausible'; likely: ModelUnit[] }

/**
 * Whether a model's scale can be believed. Nothing is guessed: what it may be is asked of people.
 *
 * @param widest the longest side of the box round the model, in its own units
 * @param named  what the file says its unit is; null when it does not
 * @param said   what staff say it is; null when nobody has
 */
export function judgeScale(widest: number, named: ModelUnit | null, said: ModelUnit | null): Scale {
  if (said) return { isKnown: true, unit: said, from: 'staff' }
  const fits = (unit: ModelUnit) => {
    const wide = widest * millimetresOf[unit]
    return wide >= archMm.least && wide <= archMm.most
  }
  if (named && fits(named)) return { isKnown: true, unit: named, from: 'file' }
  const likely = (['mm', 'cm', 'm', 'in'] as const).filter(fits)
  return { isKnown: false, why: named ? 'implausible' : 'missing', likely }
}
