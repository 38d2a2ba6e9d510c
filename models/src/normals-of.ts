/** The direction that a surface faces at each of its points: the mean of its triangles', by their size. */
export function normalsOf(positions: Float32Array, corners: Uint32Array): Float32Array {
  const normals = new Float32Array(positions.length)
  for (let at = 0; at < corners.length; at += 3) {
    const [a, b, c] = [(corners[at] ?? 0) * 3, (corners[at + 1] ?? 0) * 3, (corners[at + 2] ?? 0) * 3]
    const side = (to: number, axis: number) => (positions[to + axis] ?? 0) - (positions[a + axis] ?? 0)
    const [bx, by, bz] = [side(b, 0), side(b, 1), side(b, 2)]
    const [cx, cy, cz] = [side(c, 0), side(c, 1), side(c, 2)]
    const x = by * cz - bz * cy
    const y = bz * cx - bx * cz
    const z = bx * cy - by * cx
    for (const point of [a, b, c]) {
      normals[point] = (normals[point] ?? 0) + x
      normals[point + 1] = (normals[point + 1] ?? 0) + y
      normals[point + 2] = (normals[point + 2] ?? 0) + z
    }
  }
  for (let at = 0; at < normals.length; at += 3) {
    const [x, y, z] = [normals[at] ?? 0, normals[at + 1] ?? 0, normals[at + 2] ?? 0]
    const length = Math.hypot(x, y, z) || 1
    normals[at] = x / length
    normals[at + 1] = y / length
    normals[at + 2] = z / length
  }
  return normals
}
