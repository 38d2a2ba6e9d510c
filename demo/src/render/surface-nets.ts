/**
 * The surface where a field is 0, by naive surface nets (Gibson 1998): a point within each cell that it passes, and two
 * triangles across each edge that it cuts. It is closed where the field is positive at the edges of the block.
 *
 * @param field  negative inside; column by column, row by row, slice by slice
 * @returns points in cells of the block, and three corners for each triangle, counter-clockwise from outside
 */
export function surfaceOf(
  field: Float32Array,
  { columns, rows, slices }: { columns: number; rows: number; slices: number },
): { points: Float32Array; corners: Uint32Array } {
  const points: number[] = []
  const corners: number[] = []
  const pointOf = new Int32Array(field.length).fill(-1)
  const steps = [1, columns, columns * rows]
  const cube = [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => ({
    x: corner & 1,
    y: (corner >> 1) & 1,
    z: corner >> 2,
  }))
  const edges = cube.flatMap((_, a) => [1, 2, 4].flatMap((bit) => (a & bit ? [] : [[a, a | bit] as const])))

  for (let k = 0; k + 1 < slices; k++) {
    for (let j = 0; j + 1 < rows; j++) {
      for (let i = 0; i + 1 < columns; i++) {
        const at = (k * rows + j) * columns + i
        // most cells lie all inside or all outside: nothing is made for those
        const far = at + columns * rows
        let inside = 0
        for (const corner of [at, at + columns, far, far + columns]) {
          if ((field[corner] ?? 1) < 0) inside++
          if ((field[corner + 1] ?? 1) < 0) inside++
        }
        if (inside === 0 || inside === 8) continue
        const values = cube.map(({ x, y, z }) => field[at + x + y * columns + z * columns * rows] ?? 1)
        let [sx, sy, sz, cuts] = [0, 0, 0, 0]
        for (const [a, b] of edges) {
          const [va = 0, vb = 0, from, to] = [values[a], values[b], cube[a], cube[b]]
          if (va < 0 === vb < 0 || !from || !to) continue
          const share = va / (va - vb)
          sx += from.x + (to.x - from.x) * share
          sy += from.y + (to.y - from.y) * share
          sz += from.z + (to.z - from.z) * share
          cuts++
        }
        pointOf[at] = points.length / 3
        points.push(i + sx / cuts, j + sy / cuts, k + sz / cuts)
      }
    }
  }
  for (let k = 1; k + 1 < slices; k++) {
    for (let j = 1; j + 1 < rows; j++) {
      for (let i = 1; i + 1 < columns; i++) {
        const at = (k * rows + j) * columns + i
        const value = field[at] ?? 1
        for (const axis of [0, 1, 2]) {
          const [along = 1, b = 1, c = 1] = [steps[axis], steps[(axis + 1) % 3], steps[(axis + 2) % 3]]
          const next = field[at + along] ?? 1
          if (value < 0 === next < 0) continue
          // the four cells round this edge
          const ring = [at, at - b, at - b - c, at - c].map((cell) => pointOf[cell] ?? -1)
          const [p = -1, q = -1, r = -1, s = -1] = value < 0 ? ring : ring.toReversed()
          if (Math.min(p, q, r, s) < 0) continue
          corners.push(p, q, r, p, r, s)
        }
      }
    }
  }
  return { points: Float32Array.from(points), corners: Uint32Array.from(corners) }
}
