import type { CellShape, KeptLayout, LayoutCell, LayoutRows, MountTemplate } from '@bitewing/db'
import { mountLayouts, type MountCell, type MountLayout } from './mount-templates.ts'

const sizes: Readonly<Record<CellShape, readonly [width: number, height: number]>> = {
  lying: [1, 0.765],
  standing: [0.765, 1],
  square: [1, 1],
  wide: [1.95, 1.05],
}

/** More than a screen shows; the largest that ships has 18. */
export const layoutCellsMax = 40

/** The layout of a mount. */
export function layoutOfMount(mount: {
  template: MountTemplate | 'own'
  layout: KeptLayout | null
}): MountLayout {
  return mount.template === 'own' ? layoutOfRows(mount.layout?.rows ?? []) : mountLayouts[mount.template]
}

/** The cells of a layout of the practice's own, numbered as one reads. */
export function layoutOfRows(rows: LayoutRows): MountLayout {
  const { width, height, places } = layRows(rows)
  const cells = places
    .flat()
    .flatMap(({ awaits, ...place }): Omit<MountCell, 'number'>[] => (awaits ? [{ ...place, awaits }] : []))
    .map((cell, index) => ({ ...cell, number: index + 1 }))
  return { width, height, rows: rows.length, cells }
}

export type LaidCell = Omit<MountCell, 'number' | 'awaits' | 'row'> & {
  row: number
  awaits: LayoutCell['awaits']
}

/**
 * Where the cells of rows lie, gaps among them. Gaps of a row that is not full share what is left of it; without any it
 * stands in the middle. Each cell hangs as high as those above it let it, but no higher than the highest of its row that
 * has one above it, and the last row stands on the ground: so the shipped layouts come out as they are.
 */
export function layRows(rows: LayoutRows): { width: number; height: number; places: LaidCell[][] } {
  const length = (row: readonly LayoutCell[]) => row.reduce((sum, { shape }) => sum + sizes[shape][0], 0)
  const width = Math.max(1, ...rows.map(length))
  const laid: LaidCell[][] = []
  for (const [row, cells] of rows.entries()) {
    const left = width - length(cells)
    const gaps = cells.filter(({ awaits }) => awaits === null).length
    let x = gaps > 0 ? 0 : left / 2
    const hung = cells.map(({ shape, awaits }) => {
      const [own, high] = sizes[shape]
      const wide = awaits === null ? own + left / gaps : own
      const above = laid
        .flat()
        .filter((each) => each.awaits && each.x < x + wide - tiny && x < each.x + each.width - tiny)
      const y = Math.max(0, ...above.map((each) => each.y + each.height))
      const place = {
        x,
        y,
        width: wide,
        height: high,
        row,
        awaits,
        hangs: above.some((each) => each.row === row - 1),
      }
      x += wide
      return place
    })
    const filled = hung.filter(({ awaits }) => awaits)
    const held = filled.some(({ hangs }) => hangs) ? filled.filter(({ hangs }) => hangs) : filled
    const level = held.length === 0 ? 0 : Math.min(...held.map(({ y, height }) => y + height))
    laid.push(hung.map(({ hangs: _, ...each }) => ({ ...each, y: Math.max(each.y, level - each.height) })))
  }
  const height = Math.max(
    sizes.lying[1],
    ...laid.flat().flatMap((each) => (each.awaits ? each.y + each.height : [])),
  )
  const last = rows.length - 1
  const places = laid.map((cells, row) =>
    row === last && row > 0 ? cells.map((each) => ({ ...each, y: height - each.height })) : cells,
  )
  return {
    width,
    height,
    places: places.map((cells) => cells.map((each) => betweenCells(each, places.flat()))),
  }
}

/** A gap fills what is free between the cells above and beneath it; one that is full is a line. */
function betweenCells(gap: LaidCell, all: readonly LaidCell[]): LaidCell {
  if (gap.awaits) return gap
  const beside = all.filter(
    (each) => each.awaits && each.x < gap.x + gap.width - tiny && gap.x < each.x + each.width - tiny,
  )
  const top = Math.max(0, ...beside.filter(({ row }) => row < gap.row).map(({ y, height }) => y + height))
  const beneath = beside.filter(({ row }) => row > gap.row).map(({ y }) => y)
  const bottom = beneath.length > 0 ? Math.min(...beneath) : top + gap.height
  return { ...gap, y: top, height: Math.max(0.1, bottom - top) }
}

const tiny = 1e-6

/** A layout that ships, as rows that can be changed. */
export function rowsOfTemplate(template: Exclude<MountTemplate, 'orthodontic-records'>): LayoutRows {
  return rowsOfTemplates[template]
}

const of = (template: MountTemplate, ...numbers: (number | CellShape)[]): LayoutCell[] =>
  numbers.map((each) => {
    // a shape: a gap
    if (typeof each === 'string') return { shape: each, awaits: null }
    const cell = mountLayouts[template].cells.find(({ number }) => number === each)
    if (!cell) throw new Error('no such cell')
    const shape = cell.width === cell.height ? 'square' : cell.width > cell.height ? 'lying' : 'standing'
    return { shape, awaits: cell.awaits }
  })
const rowsOfTemplates: Readonly<Record<Exclude<MountTemplate, 'orthodontic-records'>, LayoutRows>> = {
  'full-mouth-18': [
    of('full-mouth-18', 5, 6, 13, 14, 15, 12, 11),
    of('full-mouth-18', 1, 2, 'lying', 4, 3),
    of('full-mouth-18', 9, 10, 16, 17, 18, 8, 7),
  ],
  'bitewings-4': [of('bitewings-4', 1, 2, 4, 3)],
  'bitewings-2': [of('bitewings-2', 1, 2)],
  'photographs-8': [
    of('photographs-8', 1, 2, 3),
    of('photographs-8', 4, 'lying', 5),
    of('photographs-8', 6, 7, 8),
  ],
}
