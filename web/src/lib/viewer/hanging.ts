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
  /** panes of each row where there is more room in height than in width; the rows above where it does not say */
  upright?: number[][]
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
function below(wide: Stack, { rows, columns, panes, widths, upright }: Layout): Layout {
  return {
    rows: rows + 1,
    columns,
    panes: [wide.id, ...panes],
    spans: [columns, ...panes.map(() => 1)],
    ...(widths ? { widths } : {}),
    heights: [1.5, ...Array.from({ length: rows }, () => 1)],
    // two or three films stay beside each other below it
    ...(upright?.some(({ length }) => length > 1)
      ? { upright: [[0], ...upright.map((row) => row.map((pane) => pane + 1))] }
      : {}),
  }
}

/**
 * Rows of a whole mouth on a screen that is higher than wide, where seven films in one row would be small: front teeth
 * have rows of their own, above those of the upper jaw and below those of the lower one, as the arches lie in the mouth.
 *
 * @param jaws of the rows on a wide screen
 * @param isFront of each column there
 * @returns rows of panes, by their place in the layout
 */
function upright(jaws: readonly ('upper' | 'both' | 'lower')[], isFront: readonly boolean[]): number[][] {
  return jaws.flatMap((jaw, row) => {
    const part = (front: boolean) =>
      isFront.flatMap((is, column) => (is === front ? [row * isFront.length + column] : []))
    return (jaw === 'lower' ? [part(false), part(true)] : [part(true), part(false)]).filter(
      (panes) => panes.length > 0,
    )
  })
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
  const rows = (['upper', 'both', 'lower'] as const).flatMap((jaws) => {
    const row = placed.filter((stack) => jawsOf(stack) === jaws)
    const part = (is: (place: number) => boolean) =>
      row.filter((stack) => is(across(stack))).map(({ id }) => id)
    return row.length === 0
      ? []
      : [
          {
            jaws,
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
  const inColumns = Array.from({ length: columns }, (_, column) =>
    panes.flatMap((id, index) => stacks.filter((stack) => stack.id === id && index % columns === column)),
  )
  const widths = inColumns.map((films) => Math.max(0, ...films.map(shapeOf)))
  const folded = upright(
    rows.map(({ jaws }) => jaws),
    // incisors and canines
    inColumns.map((films) => films.some((film) => jawsOf(film) !== 'both' && Math.abs(across(film)) < 3.5)),
  )
  if (!middle) return { rows: rows.length, columns, panes, widths, upright: folded }

  // the row between the two jaws, where it is free in front
  const row = panes.slice(columns, 2 * columns)
  const first = row.indexOf(null)
  const free = row.lastIndexOf(null) - first + 1
  const isGap = rows.length === 3 && free >= 2 && row.slice(first, first + free).every((id) => id === null)
  if (!isGap) return null
  const at = columns + first
  const others = folded.map((panes) =>
    panes
      .filter((pane) => pane < at || pane >= at + free)
      .map((pane) => (pane < at ? pane : pane - free + 1)),
  )
  return {
    rows: rows.length,
    columns,
    panes: panes.toSpliced(at, free, middle.id),
    spans: panes.map(() => 1).toSpliced(at, free, free),
    widths,
    upright: [[at], ...others],
  }
}

/** How high a row is, in the longer side of a film; a panoramic is half as high as the longest row is wide. */
const heightOf = (stacks: readonly (Stack | undefined)[], longest: number) =>
  stacks.some((stack) => stack?.kind === 'panoramic') ? longest / 2 : 1 / Math.max(1, ...stacks.map(shapeOf))

/** A layout where there is more room in height than in width. */
type Upright = {
  columns: number
  /** of the rows, and of all in the width of the layout: more would only be drawn apart */
  heights: number[]
  heightMax: number
  /** of each pane, in lines that begin with 1; null where there is none */
  places: ({ row: number; column: number; span: number } | null)[]
}

/** The layout on a screen that is higher than wide, without rows in which nothing hangs; null where it stays as it is. */
export function hangUpright({ upright, panes }: Layout, stacks: readonly Stack[]): Upright | null {
  if (!upright) return null
  const rows = upright.filter((row) => row.some((pane) => (panes[pane] ?? null) !== null))
  const columns = rows.reduce((common, { length }) => commonMultiple(common, length), 1)
  const stackAt = (pane: number) => stacks.find(({ id }) => id === panes[pane])
  const longest = Math.max(...rows.map(({ length }) => length))
  const heights = rows.map((row) => heightOf(row.map(stackAt), longest))
  return {
    columns,
    heights,
    heightMax: heights.reduce((sum, height) => sum + height, 0) / longest,
    places: panes.map((_, pane) => {
      const at = rows.findIndex((row) => row.includes(pane))
      const row = rows[at]
      if (!row) return null
      const span = columns / row.length
      return { row: at + 1, column: row.indexOf(pane) * span + 1, span }
    }),
  }
}

function commonMultiple(a: number, b: number): number {
  const divisor = (x: number, y: number): number => (y === 0 ? x : divisor(y, x % y))
  return (a * b) / divisor(a, b)
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
  const shown = stacks.slice(0, 9)
  const columns = shown.length <= rowMax ? Math.max(1, shown.length) : shown.length <= 4 ? 2 : 3
  const rows = Math.max(1, Math.ceil(shown.length / columns))
  const panes = fill(
    shown.map(({ id }) => id),
    rows * columns,
  )

  // upright: up to three below each other, else two in a row, unless the images are upright themselves
  const shape = shown.reduce((sum, stack) => sum + shapeOf(stack), 0) / shown.length
  const [fewer, shapeMin] = shown.length <= 3 ? [1, 0.75] : [2, 1]
  if (fewer >= columns || !(shape >= shapeMin)) return { rows, columns, panes }
  const upright = Array.from({ length: Math.ceil(shown.length / fewer) }, (_, row) =>
    Array.from({ length: fewer }, (_, column) => row * fewer + column),
  )
  return { rows, columns, panes, upright }
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
