import type { LayoutCell, LayoutRows } from '@bitewing/db'

/** Of a cell: its row and its place in it, 0-based. */
export type CellAt = { row: number; place: number }
/** The rows as they are then, and where the cell is that was changed; null: it is gone. */
type Changed = { rows: LayoutRows; at: CellAt | null }

const freeCell: LayoutCell = { shape: 'lying', awaits: { kind: 'free' } }

/** Adds a cell behind another, like it in shape; without one a first cell. */
export function addCell(rows: LayoutRows, behind: CellAt | null): Changed {
  if (!behind) return addRow(rows, null)
  const [own, place] = [rows[behind.row] ?? [], behind.place + 1]
  const like = own[behind.place]
  return {
    rows: rows.with(behind.row, own.toSpliced(place, 0, { ...freeCell, shape: like?.shape ?? 'lying' })),
    at: { row: behind.row, place },
  }
}

/** Adds a row of one cell beneath another's row; without one beneath them all. */
export function addRow(rows: LayoutRows, beneath: CellAt | null): Changed {
  const row = beneath ? beneath.row + 1 : rows.length
  return { rows: rows.toSpliced(row, 0, [freeCell]), at: { row, place: 0 } }
}

export function changeCell(rows: LayoutRows, { row, place }: CellAt, cell: LayoutCell): Changed {
  return { rows: rows.with(row, (rows[row] ?? []).with(place, cell)), at: { row, place } }
}

/** Takes a cell away, and its row where nothing is left in that. Its neighbour is chosen next. */
export function removeCell(rows: LayoutRows, { row, place }: CellAt): Changed {
  const left = (rows[row] ?? []).toSpliced(place, 1)
  if (left.length > 0)
    return { rows: rows.with(row, left), at: { row, place: Math.min(place, left.length - 1) } }
  const rest = rows.toSpliced(row, 1)
  const next = Math.min(row, rest.length - 1)
  return { rows: rest, at: next < 0 ? null : { row: next, place: 0 } }
}

/**
 * Moves a cell to its neighbour's place, or to the row above or beneath; beyond the first and last row one is made for it.
 *
 * @param way one of both is 1 or −1, the other 0
 */
export function moveCell(rows: LayoutRows, at: CellAt, way: { across: number; down: number }): Changed {
  const { row, place } = at
  const own = rows[row] ?? []
  const cell = own[place]
  if (!cell) return { rows, at }
  if (way.across !== 0) {
    const to = place + way.across
    const other = own[to]
    if (!other) return { rows, at }
    return { rows: rows.with(row, own.with(to, cell).with(place, other)), at: { row, place: to } }
  }
  const to = row + way.down
  const target = rows[to]
  // alone in its row there is no further row to make
  if (!target && own.length === 1) return { rows, at }
  const taken = rows.with(row, own.toSpliced(place, 1))
  const put = target
    ? taken.with(to, target.toSpliced(Math.min(place, target.length), 0, cell))
    : way.down < 0
      ? [[cell], ...taken]
      : [...taken, [cell]]
  const before = target ? to : way.down < 0 ? 0 : put.length - 1
  const isGone = own.length === 1
  return {
    rows: put.filter((each) => each.length > 0),
    at: {
      row: before - (isGone && row < before ? 1 : 0),
      place: target ? Math.min(place, target.length) : 0,
    },
  }
}
