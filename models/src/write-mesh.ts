import type { Mesh } from './mesh.ts'

/** A mesh as binary STL: it has no colours. */
export function writeStl({ positions, corners }: Mesh): Uint8Array<ArrayBuffer> {
  const count = corners.length / 3
  const bytes = new Uint8Array(84 + count * 50)
  const view = new DataView(bytes.buffer)
  view.setUint32(80, count, true)
  const point = (corner: number, axis: number) => positions[(corners[corner] ?? 0) * 3 + axis] ?? 0
  for (let facet = 0, at = 84; facet < count; facet++, at += 50) {
    const [a, b, c] = [facet * 3, facet * 3 + 1, facet * 3 + 2]
    const side = (corner: number, axis: number) => point(corner, axis) - point(a, axis)
    const normal = [
      side(b, 1) * side(c, 2) - side(b, 2) * side(c, 1),
      side(b, 2) * side(c, 0) - side(b, 0) * side(c, 2),
      side(b, 0) * side(c, 1) - side(b, 1) * side(c, 0),
    ]
    const length = Math.hypot(...normal) || 1
    normal.forEach((value, axis) => view.setFloat32(at + axis * 4, value / length, true))
    ;[a, b, c].forEach((corner, index) => {
      for (let axis = 0; axis < 3; axis++)
        view.setFloat32(at + 12 + index * 12 + axis * 4, point(corner, axis), true)
    })
  }
  return bytes
}

/** A mesh as Wavefront OBJ, with the colours of its points (`v x y z r g b`), which many programs read. */
export function writeObj({ positions, corners, colours }: Mesh): Uint8Array<ArrayBuffer> {
  const lines: string[] = ['# colours of points: v x y z red green blue']
  const figure = (value: number, places: number) => String(Number(value.toFixed(places)))
  for (let at = 0; at < positions.length; at += 3) {
    const place = [0, 1, 2].map((axis) => figure(positions[at + axis] ?? 0, 4)).join(' ')
    const colour = colours
      ? ` ${[0, 1, 2].map((axis) => figure((colours[at + axis] ?? 0) / 255, 4)).join(' ')}`
      : ''
    lines.push(`v ${place}${colour}`)
  }
  for (let at = 0; at < corners.length; at += 3) {
    lines.push(`f ${[0, 1, 2].map((corner) => (corners[at + corner] ?? 0) + 1).join(' ')}`)
  }
  return new TextEncoder().encode(`${lines.join('\n')}\n`)
}
