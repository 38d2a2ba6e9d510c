import type { Stack } from './stacks.ts'

/** Panes from the upper left, row after row; null is an empty one. */
export type Layout = {
  rows: number
  columns: number
  panes: (string | null)[]
  /** how many columns each takes; one each where it does not say */
  spans?: number[]
  /** how wide columns are to each other, and how high rows; all alike where it does not say */
  widths?: number[]
  heights?: number[]
}

/** Layouts that can be chosen, as columns × rows. */
export const layouts = [
  [1, 1],
  [2, 1],
  [3, 1],
  [1, 2],
  [2, 2],
  [3, 2],
  [3, 3],
] as const satisfies (readonly [columns: number, rows: number])[]

/** More than a layout of one's own choice has: a full-mouth series hangs whole, in three rows. */
const filmsMax = 27
/** And a panoramic with it. */
export const panesMax = filmsMax + 1

/**
 * How a study hangs when it is opened: a full-mouth series and bitewings as they stand in the mouth, with the panoramic
 * in the midst of the one and above the other, a panoramic with its cephalogram, photographs together; anything else one
 * image, the most telling one.
 *
 * @param wanted a stack that was asked for: it is shown alone
 */
export function hang(stacks: readonly Stack[], wanted: string | null): Layout {
  const asked = stacks.find(({ id }) => id === wanted)
  if (asked) return { rows: 1, columns: 1, panes: [asked.id] }

  const of = (...kinds: Stack['kind'][]) => stacks.filter(({ kind }) => kinds.includes(kind))
  const [panoramic] = of('panoramic')
  const [cephalogram] = of('cephalogram')
  if (panoramic && cephalogram) return side([panoramic, cephalogram])

  const intraoral = of('bitewing', 'periapical')
  if (panoramic && intraoral.length > 0) {
    return (
      inTheMouth(intraoral, panoramic) ??
      below(panoramic, inTheMouth(intraoral) ?? side(asInTheMouth(intraoral), 4))
    )
  }
  if (panoramic) return side([panoramic])
  if (intraoral.length > 1) return inTheMouth(intraoral) ?? side(asInTheMouth(intraoral))
  const photographs = of('face-photograph', 'intraoral-photograph', 'photograph')
  if (photographs.length > 1 && intraoral.length === 0) return side(photographs)
  const [first] = stacks
  return side(first ? [intraoral[0] ?? first] : [])
}

/** One image across, and under it others. */
function below(wide: Stack, { rows, columns, panes, widths }: Layout): Layout {
  return {
    rows: rows + 1,
    columns,
    panes: [wide.id, ...panes],
    spans: [columns, ...panes.map(() => 1)],
    ...(widths ? { widths } : {}),
    heights: [1.5, ...Array.from({ length: rows }, () => 1)],
  }
}

/**
 * A row of the upper jaw, one of bitewings and one of the lower jaw, right, front and left over each other; images that
 * name no teeth stay below. Null for a few images, for those of one row, and for more than there is room for.
 *
 * @param middle hangs between bitewings of the right and of the left; null where there is no such place
 */
function inTheMouth(stacks: readonly Stack[], middle: Stack | null = null): Layout | null {
  if (stacks.length <= 4) return null
  const placed = asInTheMouth(stacks).filter((stack) => jawsOf(stack) !== '')
  const rows = ['upper', 'both', 'lower'].flatMap((jaws) => {
    const row = placed.filter((stack) => jawsOf(stack) === jaws)
    const part = (is: (place: number) => boolean) =>
      row.filter((stack) => is(across(stack))).map(({ id }) => id)
    return row.length === 0
      ? []
      : [
          {
            right: part((place) => place <= -1),
            front: part((place) => Math.abs(place) < 1),
            left: part((place) => place >= 1),
          },
        ]
  })
  const most = (part: 'right' | 'front' | 'left') => Math.max(...rows.map((row) => row[part].length))
  if (rows.length < 2) return null
  const [right, front, left] = [most('right'), most('front'), most('left')]
  const columns = right + front + left
  if (rows.length * columns > filmsMax) return null
  const panes = rows.flatMap((row) => [
    ...fill(row.right, right),
    ...fill(row.front, front),
    // molars outside here too
    ...fill(row.left.toReversed(), left).toReversed(),
  ])
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(
      ...panes.map((id, index) =>
        index % columns === column ? shapeOf(stacks.find((stack) => stack.id === id)) : 0,
      ),
    ),
  )
  if (!middle) return { rows: rows.length, columns, panes, widths }

  // the row between the two jaws, where it is free in front
  const row = panes.slice(columns, 2 * columns)
  const first = row.indexOf(null)
  const free = row.lastIndexOf(null) - first + 1
  const isGap = rows.length === 3 && free >= 2 && row.slice(first, first + free).every((id) => id === null)
  if (!isGap) return null
  return {
    rows: rows.length,
    columns,
    panes: panes.toSpliced(columns + first, free, middle.id),
    spans: panes.map(() => 1).toSpliced(columns + first, free, free),
    widths,
  }
}

/** Width of a film to its height, within what films are: of one size all then stand in one scale, as in a mount. */
function shapeOf(stack: Stack | undefined): number {
  const { columns, rows } = stack?.frames[0]?.instance ?? {}
  return columns && rows ? Math.round(Math.max(0.6, Math.min(1.6, columns / rows)) * 100) / 100 : 0
}

/** Which jaws an image's teeth are of; empty when it names none. */
function jawsOf({ teeth }: Stack): 'upper' | 'lower' | 'both' | '' {
  const quadrants = teeth.map((tooth) => Number(tooth.charAt(0)))
  const isUpper = quadrants.some((quadrant) => [1, 2, 5, 6].includes(quadrant))
  const isLower = quadrants.some((quadrant) => [3, 4, 7, 8].includes(quadrant))
  return isUpper && isLower ? 'both' : isUpper ? 'upper' : isLower ? 'lower' : ''
}

/** Up to nine, in as few rows as are readable: so many in one row at most, then squares. */
function side(stacks: readonly Stack[], rowMax = 3): Layout {
  const panes = stacks.slice(0, 9).map(({ id }) => id)
  const columns = panes.length <= rowMax ? Math.max(1, panes.length) : panes.length <= 4 ? 2 : 3
  const rows = Math.max(1, Math.ceil(panes.length / columns))
  return { rows, columns, panes: fill(panes, rows * columns) }
}

/** The same stacks in another layout; what is not shown yet fills what is left. */
export function relayout({ panes }: Layout, stacks: readonly Stack[], columns: number, rows: number): Layout {
  const shown = panes.filter((id) => id !== null)
  const others = stacks.map(({ id }) => id).filter((id) => !shown.includes(id))
  return { rows, columns, panes: fill([...shown, ...others].slice(0, rows * columns), rows * columns) }
}

function fill(panes: (string | null)[], count: number): (string | null)[] {
  return Array.from({ length: count }, (_, index) => panes[index] ?? null)
}

/**
 * As the viewer faces the patient: the patient's right at the left, molars outside. Images that name no teeth keep
 * their order, at the end.
 */
export function asInTheMouth(stacks: readonly Stack[]): Stack[] {
  return stacks.toSorted((a, b) => across(a) - across(b))
}

/** From −8 (right wisdom tooth) to 8 (left), the mean of an image's teeth (FDI, ISO 3950). */
function across({ teeth }: Stack): number {
  const places = teeth.flatMap((tooth) => {
    const [quadrant, position] = [Number(tooth.charAt(0)), Number(tooth.charAt(1))]
    if (!(quadrant >= 1 && quadrant <= 8 && position >= 1)) return []
    return [quadrant % 4 === 1 || quadrant % 4 === 0 ? -position : position]
  })
  return places.length === 0 ? 99 : places.reduce((sum, place) => sum + place, 0) / places.length
}
