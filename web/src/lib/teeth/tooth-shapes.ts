import {
  archOf,
  placeOf,
  quadrantOf,
  toothForm,
  type Fdi,
  type Surface,
  type ToothForm,
} from '@bitewing/db/plan-rules'

/** Drawn in a box one wide and one high, root up: x from −0.5 to 0.5, y from the root's tip to the biting edge. */
export const silhouettes: Record<ToothForm, string> = {
  incisor:
    'M0 .02C.12 .05 .2 .35 .24 .52C.3 .62 .42 .8 .42 .92Q.42 1 .34 1L-.34 1Q-.42 1-.42 .92C-.42 .8-.3 .62-.24 .52C-.2 .35-.12 .05 0 .02Z',
  canine:
    'M0 0C.14 .05 .22 .35 .26 .52C.32 .62 .44 .72 .42 .84Q.2 .92 0 1Q-.2 .92-.42 .84C-.44 .72-.32 .62-.26 .52C-.22 .35-.14 .05 0 0Z',
  premolar:
    'M0 .08C.13 .1 .22 .38 .28 .55C.36 .62 .44 .74 .42 .88Q.36 1 .22 .98Q.1 .93 0 .93Q-.1 .93-.22 .98Q-.36 1-.42 .88C-.44 .74-.36 .62-.28 .55C-.22 .38-.13 .1 0 .08Z',
  molar:
    'M-.2 .1C-.1 .12-.06 .36 0 .48C.06 .36 .1 .12 .2 .1C.32 .12 .34 .4 .36 .55C.44 .62 .48 .74 .45 .88Q.4 1 .28 .98Q.14 .92 0 .95Q-.14 .92-.28 .98Q-.4 1-.45 .88C-.48 .74-.44 .62-.36 .55C-.34 .4-.32 .12-.2 .1Z',
}

const widths: Record<ToothForm, number> = { incisor: 36, canine: 37, premolar: 38, molar: 47 }
const midlineGap = 10
/** The whole chart's width, in the units of its drawing. */
export const chartWidth = 2 * (36 * 2 + 37 + 38 * 2 + 47 * 3) + midlineGap

/** Where a tooth stands from left to right; a deciduous one stands where its successor will. */
export function toothColumn(tooth: Fdi): { middle: number; width: number } {
  const place = placeOf(tooth)
  let from = midlineGap / 2
  for (let each = 1; each < place; each++) from += widths[toothForm(`1${each}`)]
  const width = widths[toothForm(`1${place}`)]
  const offset = from + width / 2
  const quadrant = quadrantOf(tooth)
  return { middle: chartWidth / 2 + (quadrant === 1 || quadrant === 4 ? -offset : offset), width }
}

/**
 * The five surfaces as polygons about the middle of a square, seen from the biting side: the cheek is outside, the
 * midline of the face is where mesial is.
 *
 * @param size of the square
 */
export function surfaceShapes(tooth: Fdi, size: number): { surface: Surface; points: string }[] {
  const half = size / 2
  const front = placeOf(tooth) <= 3
  const [innerX, innerY] = [size * (front ? 0.26 : 0.22), size * (front ? 0.09 : 0.22)]
  const corner = (x: number, y: number) => `${round(x)},${round(y)}`
  const [a, b, c, d] = [corner(-half, -half), corner(half, -half), corner(half, half), corner(-half, half)]
  const [e, f, g, h] = [
    corner(-innerX, -innerY),
    corner(innerX, -innerY),
    corner(innerX, innerY),
    corner(-innerX, innerY),
  ]
  const isUpper = archOf(tooth) === 'upper'
  const quadrant = quadrantOf(tooth)
  const mesialIsRight = quadrant === 1 || quadrant === 4
  return [
    { surface: isUpper ? 'B' : 'L', points: `${a} ${b} ${f} ${e}` },
    { surface: mesialIsRight ? 'M' : 'D', points: `${b} ${c} ${g} ${f}` },
    { surface: isUpper ? 'L' : 'B', points: `${c} ${d} ${h} ${g}` },
    { surface: mesialIsRight ? 'D' : 'M', points: `${d} ${a} ${e} ${h}` },
    { surface: 'O', points: `${e} ${f} ${g} ${h}` },
  ]
}

function round(number: number): number {
  return Math.round(number * 100) / 100
}
