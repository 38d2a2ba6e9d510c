/** How a practice writes teeth. */
export const toothNotations = ['fdi', 'universal', 'palmer'] as const
export type ToothNotation = (typeof toothNotations)[number]

/** Which teeth a chart shows. */
export const dentitions = ['permanent', 'deciduous', 'mixed'] as const
export type Dentition = (typeof dentitions)[number]

/** ISO 3950: quadrant 1 to 8, then the place from the midline. Everything is kept in FDI and shown as chosen. */
export type Fdi = string

export type Quadrant = 1 | 2 | 3 | 4

export type ToothForm = 'incisor' | 'canine' | 'premolar' | 'molar'

const places = { permanent: 8, deciduous: 5 } as const

/** One row of a chart from the patient's right to their left, as who looks at them sees it. */
function row(right: number, left: number, count: number): Fdi[] {
  const fromMidline = Array.from({ length: count }, (_, index) => index + 1)
  return [
    ...fromMidline.toReversed().map((place) => `${right}${place}`),
    ...fromMidline.map((place) => `${left}${place}`),
  ]
}

/** The rows of a chart from top to bottom; FDI, from the patient's right to their left. */
export function chartRows(dentition: Dentition): { arch: 'upper' | 'lower'; teeth: Fdi[] }[] {
  const rows = {
    upper: { arch: 'upper' as const, teeth: row(1, 2, places.permanent) },
    upperDeciduous: { arch: 'upper' as const, teeth: row(5, 6, places.deciduous) },
    lowerDeciduous: { arch: 'lower' as const, teeth: row(8, 7, places.deciduous) },
    lower: { arch: 'lower' as const, teeth: row(4, 3, places.permanent) },
  }
  switch (dentition) {
    case 'permanent':
      return [rows.upper, rows.lower]
    case 'deciduous':
      return [rows.upperDeciduous, rows.lowerDeciduous]
    case 'mixed':
      return [rows.upper, rows.upperDeciduous, rows.lowerDeciduous, rows.lower]
  }
}

/** All 52 teeth in the order of a chart. */
export const allTeeth: readonly Fdi[] = chartRows('mixed').flatMap(({ teeth }) => teeth)

const known = new Set(allTeeth)

export function isTooth(value: string): value is Fdi {
  return known.has(value)
}

/** 1 upper right, 2 upper left, 3 lower left, 4 lower right, of permanent and deciduous teeth alike. */
export function quadrantOf(tooth: Fdi): Quadrant {
  switch (Number(tooth[0])) {
    case 1:
    case 5:
      return 1
    case 2:
    case 6:
      return 2
    case 3:
    case 7:
      return 3
    default:
      return 4
  }
}

export function archOf(tooth: Fdi): 'upper' | 'lower' {
  return quadrantOf(tooth) <= 2 ? 'upper' : 'lower'
}

export function isDeciduous(tooth: Fdi): boolean {
  return Number(tooth[0]) >= 5
}

/** From the midline, 1 to 8 (to 5 of deciduous teeth). */
export function placeOf(tooth: Fdi): number {
  return Number(tooth[1])
}

export function toothForm(tooth: Fdi): ToothForm {
  const place = placeOf(tooth)
  if (place <= 2) return 'incisor'
  if (place === 3) return 'canine'
  return isDeciduous(tooth) || place >= 6 ? 'molar' : 'premolar'
}

export function isAnterior(tooth: Fdi): boolean {
  return placeOf(tooth) <= 3
}

const palmerQuadrants = { 1: 'UR', 2: 'UL', 3: 'LL', 4: 'LR' } as const
const deciduousLetters = 'ABCDE'
/** Universal counts clockwise from the upper right: its numbers and letters in that order. */
const universalOrder = {
  permanent: [...row(1, 2, 8), ...row(4, 3, 8).toReversed()],
  deciduous: [...row(5, 6, 5), ...row(8, 7, 5).toReversed()],
}
const universalLetters = 'ABCDEFGHIJKLMNOPQRST'

/**
 * A tooth as a practice writes it: `16`, `3` or `UR6`; deciduous `55`, `A` or `URE`.
 *
 * @param tooth FDI
 */
export function writeTooth(tooth: Fdi, notation: ToothNotation): string {
  switch (notation) {
    case 'fdi':
      return tooth
    case 'universal':
      return isDeciduous(tooth)
        ? universalLetters.charAt(universalOrder.deciduous.indexOf(tooth))
        : String(universalOrder.permanent.indexOf(tooth) + 1)
    case 'palmer': {
      const place = placeOf(tooth)
      return `${palmerQuadrants[quadrantOf(tooth)]}${isDeciduous(tooth) ? deciduousLetters.charAt(place - 1) : place}`
    }
  }
}

const read = new Map(
  toothNotations.map((notation) => [
    notation,
    new Map(allTeeth.map((tooth) => [writeTooth(tooth, notation), tooth])),
  ]),
)

/** The FDI number of what somebody wrote, in either case; null when there is no such tooth. */
export function readTooth(written: string, notation: ToothNotation): Fdi | null {
  return read.get(notation)?.get(written.trim().toUpperCase()) ?? null
}

/** The teeth of a chart between two of them, both among it, along its rows. */
export function teethBetween(first: Fdi, last: Fdi, dentition: Dentition): Fdi[] {
  const order = chartRows(dentition).flatMap(({ teeth }) => teeth)
  const [a, b] = [order.indexOf(first), order.indexOf(last)]
  if (a < 0 || b < 0) return []
  return order.slice(Math.min(a, b), Math.max(a, b) + 1)
}

/** Teeth in the order of a chart, each once. */
export function sortTeeth(teeth: readonly Fdi[]): Fdi[] {
  const wanted = new Set(teeth)
  return allTeeth.filter((tooth) => wanted.has(tooth))
}

/**
 * Which teeth to show at an age: the first permanent ones come at about six, the last deciduous ones go at about twelve.
 *
 * @param years whole years; null when the birth date is not known
 */
export function dentitionAtAge(years: number | null): Dentition {
  if (years === null || years >= 13) return 'permanent'
  return years < 6 ? 'deciduous' : 'mixed'
}
