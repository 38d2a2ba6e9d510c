/**
 * Contrast-limited adaptive histogram equalisation (Zuiderveld 1994) of a grey frame: 8 × 8 tiles, contrast limited,
 * interpolated between the middles of tiles. Values stay within `lower` to `upper`, so that the window stays right.
 *
 * @param pixels values of the frame, row after row
 * @param clip how many times the mean count a value may have; 1 changes nothing, 4 is strong
 * @returns a new array of the same type
 */
export function equalise<Pixels extends Uint8Array | Int8Array | Uint16Array | Int16Array>(
  pixels: Pixels,
  { columns, rows }: { columns: number; rows: number },
  { lower, upper }: { lower: number; upper: number },
  clip = 2,
): Pixels {
  const tiles = 8
  const levels = 256
  const span = Math.max(1, upper - lower)
  const level = (value: number) =>
    Math.max(0, Math.min(levels - 1, Math.floor(((value - lower) / span) * levels)))
  const tables = new Float32Array(tiles * tiles * levels)
  const [tileWidth, tileHeight] = [columns / tiles, rows / tiles]

  for (let tileY = 0; tileY < tiles; tileY++) {
    for (let tileX = 0; tileX < tiles; tileX++) {
      const counts = new Float32Array(levels)
      const [top, bottom] = [Math.floor(tileY * tileHeight), Math.ceil((tileY + 1) * tileHeight)]
      const [left, right] = [Math.floor(tileX * tileWidth), Math.ceil((tileX + 1) * tileWidth)]
      let total = 0
      for (let row = top; row < Math.min(rows, bottom); row++) {
        for (let column = left; column < Math.min(columns, right); column++, total++) {
          const at = level(pixels[row * columns + column] ?? 0)
          counts[at] = (counts[at] ?? 0) + 1
        }
      }
      toTable(counts, total, clip, tables.subarray((tileY * tiles + tileX) * levels))
    }
  }

  const result = pixels.slice() as Pixels // slice keeps the type of array
  const table = (x: number, y: number, at: number) => tables[(y * tiles + x) * levels + at] ?? 0
  for (let row = 0; row < rows; row++) {
    const y = Math.max(0, Math.min(tiles - 1, (row + 0.5) / tileHeight - 0.5))
    const [y0, fractionY] = [Math.floor(y), y - Math.floor(y)]
    const y1 = Math.min(tiles - 1, y0 + 1)
    for (let column = 0; column < columns; column++) {
      const x = Math.max(0, Math.min(tiles - 1, (column + 0.5) / tileWidth - 0.5))
      const x0 = Math.floor(x)
      const fractionX = x - x0
      const x1 = Math.min(tiles - 1, x0 + 1)
      const index = row * columns + column
      const at = level(pixels[index] ?? 0)
      const above = table(x0, y0, at) * (1 - fractionX) + table(x1, y0, at) * fractionX
      const below = table(x0, y1, at) * (1 - fractionX) + table(x1, y1, at) * fractionX
      result[index] = lower + (above * (1 - fractionY) + below * fractionY) * span
    }
  }
  return result
}

/** From counts to a table of 0 to 1: what is above the limit is shared out among all values. */
function toTable(counts: Float32Array, total: number, clip: number, table: Float32Array): void {
  const limit = Math.max(1, (clip * total) / counts.length)
  let excess = 0
  counts.forEach((count, at) => {
    if (count > limit) {
      excess += count - limit
      counts[at] = limit
    }
  })
  const share = excess / counts.length
  let sum = 0
  counts.forEach((count, at) => {
    sum += count + share
    table[at] = total > 0 ? Math.min(1, sum / total) : at / counts.length
  })
}
