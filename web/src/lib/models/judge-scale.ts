import type { ModelUnit } from '@bitewing/db'

/** Millimetres of each unit. */
export const millimetresOf = { mm: 1, cm: 10, m: 1000, in: 25.4 } as const satisfies Record<ModelUnit, number>

/** How wide an arch is at its widest, with the base of a cast: from a child's to the largest, in millimetres. */
const archMm = { least: 30, most: 90 }
/** From the die of a single tooth to a face: beyond it nobody's word is believed. */
const modelMm = { least: 4, most: 250 }

export type Scale =
  /** `file`: it says so, and it can be; `staff`: somebody has said so */
  | { isKnown: true; unit: ModelUnit; from: 'file' | 'staff' }
  /**
   * nothing is measured: nobody says its unit, or one is said in which no arch is so large, or nothing of a mouth;
   * those in which it could be something of a mouth, and first those in which it would be an arch
   */
  | { isKnown: false; why: 'missing' | 'implausible'; possible: ModelUnit[]; likely: ModelUnit[] }

/**
 * Whether a model's scale can be believed. Nothing is guessed: what it may be is asked of people.
 *
 * @param widest the longest side of the box round the model, in its own units
 * @param named  what the file says its unit is; null when it does not
 * @param said   what staff say it is; null when nobody has
 */
export function judgeScale(widest: number, named: ModelUnit | null, said: ModelUnit | null): Scale {
  const fits = (unit: ModelUnit, { least, most }: typeof archMm) => {
    const wide = widest * millimetresOf[unit]
    return wide >= least && wide <= most
  }
  if (said && fits(said, modelMm)) return { isKnown: true, unit: said, from: 'staff' }
  if (!said && named && fits(named, archMm)) return { isKnown: true, unit: named, from: 'file' }
  const units = ['mm', 'cm', 'm', 'in'] as const
  const likely = units.filter((unit) => fits(unit, archMm))
  const possible = units.filter((unit) => fits(unit, modelMm) && !likely.includes(unit))
  return {
    isKnown: false,
    why: (said ?? named) ? 'implausible' : 'missing',
    likely,
    possible: [...likely, ...possible],
  }
}

/**
 * The units in which each of several models could be something of a mouth: in no other are they stored.
 *
 * @param sides the longest side of the box round each, in its own units
 * @returns those that can be right for all of them, the likeliest first; `differ` where each must be asked about by
 *   itself, since each would be an arch in another, or since none can be right for all
 */
export function unitsForAll(sides: readonly number[]): { possible: ModelUnit[]; differ: boolean } {
  const judged = sides.map((side) => judgeScale(side, null, null)).filter((scale) => !scale.isKnown)
  const [first, ...others] = judged
  const inAll = (units: 'likely' | 'possible') =>
    (first?.[units] ?? []).filter((unit) => others.every((scale) => scale[units].includes(unit)))
  const [likely, possible] = [inAll('likely'), inAll('possible')]
  return {
    possible: [...likely, ...possible.filter((unit) => !likely.includes(unit))],
    differ:
      others.length > 0 &&
      likely.length === 0 &&
      (possible.length === 0 || judged.every((scale) => scale.likely.length > 0)),
  }
}
