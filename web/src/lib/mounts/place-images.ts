import { isSameView } from '#lib/orthodontics/photograph-views.ts'
import type { ImageKind } from '#lib/image.ts'
import type { ImageView } from './image-view.ts'
import type { Awaited, MountCell, MountLayout } from './mount-templates.ts'

export type Placeable = {
  id: string
  kind: ImageKind
  teeth: readonly string[] // FDI
} & ImageView

/** Why an image has no cell of its own: what staff are told beside it. */
export type Unplaced =
  | 'kind' // the mount has no cell for such images
  | 'unknown' // nothing says what it shows: no teeth, or no coded view
  | 'view' // a view that the mount has no cell for
  | 'beside' // another model of the day lies in the cell of models
  | 'between' // its teeth belong to several cells, or to none
  | 'sides' // its teeth are on one side, its laterality on the other
  | 'rival' // another image has an equal right to the cell

export type Found = { cell: number } | { why: Unplaced; cell: number | null }

/**
 * Finds the cell of each image by its teeth, or by its coded view. An image whose cell is not certain has none, and two that
 * have an equal right to one cell have none either: nothing is guessed.
 *
 * @returns for each image by id its cell, or why it has none, with the cell that it competes for
 */
export function placeImages({ cells }: MountLayout, images: readonly Placeable[]): Map<string, Found> {
  const found = images.map((image) => ({ id: image.id, ...cellOf(image, cells) }))
  const [model] = images.filter(({ kind }) => kind === 'model')
  return new Map(
    found.map(({ id, ...each }): [string, Found] => {
      if ('why' in each) return [id, { why: each.why, cell: null }]
      // one model stands for all of its day: they are looked at together
      if (cells.find(({ number }) => number === each.cell)?.awaits.kind === 'model')
        return [id, id === model?.id ? { cell: each.cell } : { why: 'beside', cell: null }]
      const isContested = found.some(
        (other) => other.id !== id && 'cell' in other && other.cell === each.cell,
      )
      return [id, isContested ? { why: 'rival', cell: each.cell } : { cell: each.cell }]
    }),
  )
}

type Judged = { cell: number } | { why: Unplaced }

function cellOf(image: Placeable, cells: readonly MountCell[]): Judged {
  const [photographs, xRays] = [
    cells.filter(({ awaits }) => awaits.kind === 'photograph'),
    // a cell of which nobody has said the teeth waits for none
    cells.filter(
      ({ awaits }) => awaits.kind === image.kind && !('teeth' in awaits && awaits.teeth.length === 0),
    ),
  ]
  if (image.kind.endsWith('photograph') && photographs.length > 0) {
    const own = photographs.find(
      ({ awaits }) =>
        awaits.kind === 'photograph' &&
        (awaits.view === image.view || isSameView(awaits.view, image.keyword)),
    )
    return own ? { cell: own.number } : { why: image.keyword ? 'view' : 'unknown' }
  }
  if (image.kind === 'panoramic' || image.kind === 'cephalogram' || image.kind === 'model') {
    const [own] = xRays
    return own ? { cell: own.number } : { why: 'kind' }
  }
  if (xRays.length > 0) return byTeeth(image, xRays)
  return { why: image.kind === 'other' ? 'unknown' : 'kind' }
}

/** How far the middle of an image's teeth must lie within a cell's, in teeth: at the border it is either's. */
const borderTeeth = 0.3
/** Places of an arch, in teeth from its middle: where a cell of back teeth ends at least, and how much further one reaches. */
const [backFrom, behindTeeth] = [5, 1.5] as const

function byTeeth(image: Placeable, cells: readonly MountCell[]): Judged {
  const places = image.teeth.flatMap(placeOfTooth)
  if (places.length === 0) return bySide(image, cells)
  const across = mean(places.map(({ x }) => x))
  if (image.side && Math.abs(across) > borderTeeth && (image.side === 'left') !== across > 0)
    return { why: 'sides' }

  const upper = places.filter(({ isUpper }) => isUpper).length / places.length
  // a bitewing shows both jaws; a periapical one, and perhaps a crown of the other
  const jaw = image.kind === 'bitewing' ? null : upper >= 0.75 ? true : upper <= 0.25 ? false : undefined
  if (jaw === undefined) return { why: 'between' }
  const ranges = cells
    .map(({ number, awaits }) => ({ number, ...rangeOf(awaits) }))
    .filter(({ isUpper }) => jaw === null || isUpper === jaw)
  const [first, last] = [Math.min(...ranges.map(({ from }) => from)), Math.max(...ranges.map(({ to }) => to))]
  const fits = ranges.filter(
    ({ from, to }) =>
      (across >= from + borderTeeth || (from === first && isBehind(across, from))) &&
      (across <= to - borderTeeth || (to === last && isBehind(across, to))),
  )
  const [own] = fits
  return own && fits.length === 1 ? { cell: own.number } : { why: 'between' }
}

/** What lies a little further back than the last cell, as wisdom teeth do, is the last cell's. @param end of that cell */
function isBehind(across: number, end: number): boolean {
  const beyond = Math.abs(across) - Math.abs(end)
  const isSameSide = Math.sign(across) === Math.sign(end)
  return isSameSide && Math.abs(end) >= backFrom && beyond >= -borderTeeth && beyond <= behindTeeth
}

/** Without teeth the side is enough where each side has one cell. */
function bySide({ side }: Placeable, cells: readonly MountCell[]): Judged {
  const own = cells.filter(({ awaits }) => {
    const { from, to } = rangeOf(awaits)
    return side === 'right' ? to <= 0 : from >= 0
  })
  return side && own[0] && own.length === 1 ? { cell: own[0].number } : { why: 'unknown' }
}

/** The stretch of the arch that a cell's teeth fill, from the patient's right to the left, and its jaw. */
function rangeOf(awaits: Awaited): { from: number; to: number; isUpper: boolean } {
  const places = 'teeth' in awaits ? awaits.teeth.flatMap(placeOfTooth) : []
  const across = places.map(({ x }) => x)
  return {
    from: Math.min(...across) - 0.5,
    to: Math.max(...across) + 0.5,
    isUpper: places.every(({ isUpper }) => isUpper),
  }
}

/** Where a tooth stands in its arch: −0.5 is the right central incisor, 0.5 the left one; deciduous teeth as their heirs. */
function placeOfTooth(fdi: string): { x: number; isUpper: boolean }[] {
  const [quadrant, position] = [Number(fdi.charAt(0)), Number(fdi.charAt(1))]
  if (!(quadrant >= 1 && quadrant <= 8 && position >= 1 && position <= 8)) return []
  const permanent = ((quadrant - 1) % 4) + 1
  const isRight = permanent === 1 || permanent === 4
  return [{ x: (position - 0.5) * (isRight ? -1 : 1), isUpper: permanent <= 2 }]
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
