import type { Stack } from './stacks.ts'

/** Panes from the upper left, row after row; null is an empty one. */
export type Layout = { rows: number; columns: number; panes: (string | null)[] }

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

/**
 * How a study hangs when it is opened: bitewings side by side as they stand in the mouth, a panoramic with its
 * cephalogram, photographs together; anything else one image, the most telling one.
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
  if (panoramic) return side([panoramic])

  const intraoral = of('bitewing', 'periapical')
  if (intraoral.length > 1) return side(asInTheMouth(intraoral))
  const photographs = of('face-photograph', 'intraoral-photograph', 'photograph')
  if (photographs.length > 1 && intraoral.length === 0) return side(photographs)
  const [first] = stacks
  return side(first ? [intraoral[0] ?? first] : [])
}

/** Up to nine, in as few rows as are readable: a row of two, three in a row, then squares. */
function side(stacks: readonly Stack[]): Layout {
  const panes = stacks.slice(0, 9).map(({ id }) => id)
  const columns = panes.length <= 3 ? Math.max(1, panes.length) : panes.length <= 4 ? 2 : 3
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
