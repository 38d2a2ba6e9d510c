import type { Presentation, Shutter } from '../pixels.ts'
import { bitAt } from '../show/overlay-bits.ts'
import type { Picture } from '../show/picture.ts'

/** Covers what lies outside any shutter, in place. @see DICOM PS3.3 §C.7.6.11, §C.7.6.15 */
export function coverShutters(
  { data, channels, width, height }: Picture,
  { shutters, shutterLevel }: Pick<Presentation, 'shutters' | 'shutterLevel'>,
): void {
  for (const shutter of shutters) {
    for (let row = 0; row < height; row++) {
      const shown = lineTest(shutter, row)
      for (let column = 0; column < width; column++) {
        if (shown(column)) continue
        data.fill(shutterLevel, (row * width + column) * channels, (row * width + column + 1) * channels)
      }
    }
  }
}

/** Which columns of a row stay visible. */
function lineTest(shutter: Shutter, row: number): (column: number) => boolean {
  switch (shutter.shape) {
    case 'rectangle': {
      const { left, right, top, bottom } = shutter
      const inside = row >= top && row <= bottom
      return (column) => inside && column >= left && column <= right
    }
    case 'circle': {
      const { row: centre, column: middle, radius } = shutter
      return (column) => (row - centre) ** 2 + (column - middle) ** 2 <= radius ** 2
    }
    case 'polygon': {
      const { vertices } = shutter
      return (column) => isInside(vertices, row, column)
    }
    case 'bitmap':
      return (column) => !bitAt(shutter.plane, row, column)
  }
}

/** Even-odd rule; a pixel on an edge is inside. */
function isInside(vertices: { row: number; column: number }[], row: number, column: number): boolean {
  let inside = false
  for (const [index, b] of vertices.entries()) {
    const a = vertices.at(index - 1) ?? b
    const cross = (b.column - a.column) * (row - a.row) - (b.row - a.row) * (column - a.column)
    const between =
      Math.min(a.row, b.row) <= row &&
      row <= Math.max(a.row, b.row) &&
      Math.min(a.column, b.column) <= column &&
      column <= Math.max(a.column, b.column)
    if (cross === 0 && between) return true
    const crosses = a.row > row !== b.row > row
    if (crosses && column < ((b.column - a.column) * (row - a.row)) / (b.row - a.row) + a.column)
      inside = !inside
  }
  return inside
}
