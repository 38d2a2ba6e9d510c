import { spline } from './arch.ts'

/** A table of signed distances (mm, positive inside) to a closed outline, or of distances to an open line. */
export type DistanceTable = { at(s: number, z: number): number }

type Points = readonly (readonly [number, number])[]

/** Points of a smooth curve through the given ones, some four to each piece. */
export function smoothLine(points: Points, closed: boolean, pieces = 5): [number, number][] {
  const line: [number, number][] = []
  const n = points.length
  const last = closed ? n : n - 1
  for (let i = 0; i < last; i++) {
    const index = (k: number) => (closed ? (k + n) % n : Math.min(Math.max(k, 0), n - 1))
    const [p0, p1, p2, p3] = [
      points[index(i - 1)],
      points[index(i)],
      points[index(i + 1)],
      points[index(i + 2)],
    ]
    if (!p0 || !p1 || !p2 || !p3) continue
    for (let k = 0; k < pieces; k++) {
      line.push([
        spline(p0[0], p1[0], p2[0], p3[0], k / pieces),
        spline(p0[1], p1[1], p2[1], p3[1], k / pieces),
      ])
    }
  }
  const end = points[n - 1]
  if (!closed && end) line.push([end[0], end[1]])
  return line
}

/** Distance of a point to a polyline, and on which side of a closed one it lies. */
function measure(line: readonly (readonly [number, number])[], closed: boolean, x: number, y: number) {
  let best = Infinity
  let inside = false
  const n = line.length
  for (let i = closed ? 0 : 1; i < n; i++) {
    const [ax, ay] = line[(i + n - 1) % n] ?? [0, 0]
    const [bx, by] = line[i] ?? [0, 0]
    const dx = bx - ax
    const dy = by - ay
    const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy + 1e-9)))
    const q = (ax + dx * t - x) ** 2 + (ay + dy * t - y) ** 2
    if (q < best) best = q
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside
  }
  return { distance: Math.sqrt(best), inside }
}

/**
 * Tabulates the distance to a smooth curve through `points`.
 *
 * @param cell spacing of the table in mm; look-ups are bilinear and clamp at the border
 */
export function createDistanceTable(
  points: Points,
  closed: boolean,
  area: { left: number; right: number; bottom: number; top: number },
  cell = 1,
): DistanceTable {
  const line = smoothLine(points, closed)
  const columns = Math.ceil((area.right - area.left) / cell) + 1
  const rows = Math.ceil((area.top - area.bottom) / cell) + 1
  const table = new Float32Array(columns * rows)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const { distance, inside } = measure(line, closed, area.left + c * cell, area.bottom + r * cell)
      table[r * columns + c] = closed && !inside ? -distance : distance
    }
  }
  return {
    at(s, z) {
      const fx = Math.min(Math.max((s - area.left) / cell, 0), columns - 1.001)
      const fy = Math.min(Math.max((z - area.bottom) / cell, 0), rows - 1.001)
      const c = fx | 0
      const r = fy | 0
      const u = fx - c
      const v = fy - r
      const i = r * columns + c
      const low = (table[i] ?? 0) * (1 - u) + (table[i + 1] ?? 0) * u
      const high = (table[i + columns] ?? 0) * (1 - u) + (table[i + columns + 1] ?? 0) * u
      return low + (high - low) * v
    },
  }
}
