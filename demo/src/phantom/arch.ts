/**
 * A horizontal curve along which a jaw is built, symmetric in the midsagittal plane.
 * Units are millimetres in DICOM's patient axes: x to the patient's left, y to the back.
 * `s` is the arc length from the midline, negative on the patient's right; `d` is the distance
 * from the curve, positive outwards (to lip and cheek).
 */
export type Arch = {
  /** Point, outward normal and the tangent towards growing s, at arc length s. */
  at(s: number): { x: number; y: number; nx: number; ny: number; tx: number; ty: number }
  /** Length from the midline to the end of the curve. */
  halfLength: number
  /** (s, d) of a point, by a table of nearest points; good to about 0.1 mm within 25 mm of the curve. */
  locate(x: number, y: number, out: { s: number; d: number }): void
}

const STEP = 0.25
const CELL = 0.75
const X_MAX = 72
const Y_MIN = -30
const Y_MAX = 112

/** @param half points of the left half from the midline on, [x, y] in mm; the first has x = 0. */
export function createArch(half: readonly (readonly [number, number])[]): Arch {
  const dense: [number, number][] = []
  const points: (readonly [number, number])[] = [[-(half[1]?.[0] ?? 0), half[1]?.[1] ?? 0], ...half]
  const last = points[points.length - 1] ?? [0, 0]
  const beforeLast = points[points.length - 2] ?? [0, 0]
  points.push([2 * last[0] - beforeLast[0], 2 * last[1] - beforeLast[1]])
  for (let i = 1; i + 2 < points.length; i++) {
    const [p0, p1, p2, p3] = [points[i - 1], points[i], points[i + 1], points[i + 2]]
    if (!p0 || !p1 || !p2 || !p3) continue
    for (let k = 0; k < 40; k++)
      dense.push([spline(p0[0], p1[0], p2[0], p3[0], k / 40), spline(p0[1], p1[1], p2[1], p3[1], k / 40)])
  }
  dense.push([last[0], last[1]])

  // Equal steps of arc length.
  const xs: number[] = [0]
  const ys: number[] = [dense[0]?.[1] ?? 0]
  let walked = 0
  for (let i = 1; i < dense.length; i++) {
    const [ax, ay] = dense[i - 1] ?? [0, 0]
    const [bx, by] = dense[i] ?? [0, 0]
    const length = Math.hypot(bx - ax, by - ay)
    while (xs.length * STEP <= walked + length) {
      const t = (xs.length * STEP - walked) / length
      xs.push(ax + (bx - ax) * t)
      ys.push(ay + (by - ay) * t)
    }
    walked += length
  }
  const n = xs.length
  const px = Float64Array.from(xs)
  const py = Float64Array.from(ys)
  const halfLength = (n - 1) * STEP

  const columns = Math.ceil(X_MAX / CELL) + 2
  const rows = Math.ceil((Y_MAX - Y_MIN) / CELL) + 2
  const tableS = new Float32Array(columns * rows)
  const tableD = new Float32Array(columns * rows)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const x = c * CELL
      const y = Y_MIN + r * CELL
      let best = Infinity
      let at = 0
      for (let i = 0; i < n; i += 2) {
        const q = ((px[i] ?? 0) - x) ** 2 + ((py[i] ?? 0) - y) ** 2
        if (q < best) {
          best = q
          at = i
        }
      }
      const before = Math.max(0, at - 2)
      const after = Math.min(n - 1, at + 2)
      let tx = (px[after] ?? 0) - (px[before] ?? 0)
      let ty = (py[after] ?? 0) - (py[before] ?? 0)
      const length = Math.hypot(tx, ty) || 1
      tx /= length
      ty /= length
      const along = (x - (px[at] ?? 0)) * tx + (y - (py[at] ?? 0)) * ty
      tableS[r * columns + c] = Math.max(0, at * STEP + Math.max(-0.5, along))
      // The outward normal of a curve running to the back on the left is (ty, -tx).
      tableD[r * columns + c] = (x - (px[at] ?? 0)) * ty - (y - (py[at] ?? 0)) * tx
    }
  }

  function at(s: number) {
    const side = s < 0 ? -1 : 1
    const f = Math.min(Math.abs(s), halfLength - 1e-6) / STEP
    const i = Math.floor(f)
    const t = f - i
    const x = (px[i] ?? 0) * (1 - t) + (px[i + 1] ?? px[i] ?? 0) * t
    const y = (py[i] ?? 0) * (1 - t) + (py[i + 1] ?? py[i] ?? 0) * t
    const before = f - 4
    const x0 = before < 0 ? -sample(px, -before) : sample(px, before)
    const y0 = sample(py, Math.abs(before))
    let tx = sample(px, f + 4) - x0
    let ty = sample(py, f + 4) - y0
    const length = Math.hypot(tx, ty) || 1
    tx /= length
    ty /= length
    return { x: side * x, y, nx: side * ty, ny: -tx, tx, ty: side * ty }
  }

  function locate(x: number, y: number, out: { s: number; d: number }) {
    const fx = Math.min(Math.abs(x) / CELL, columns - 1.001)
    const fy = Math.min(Math.max((y - Y_MIN) / CELL, 0), rows - 1.001)
    const c = fx | 0
    const r = fy | 0
    const u = fx - c
    const v = fy - r
    const i = r * columns + c
    const w00 = (1 - u) * (1 - v)
    const w10 = u * (1 - v)
    const w01 = (1 - u) * v
    const w11 = u * v
    const s =
      w00 * (tableS[i] ?? 0) +
      w10 * (tableS[i + 1] ?? 0) +
      w01 * (tableS[i + columns] ?? 0) +
      w11 * (tableS[i + columns + 1] ?? 0)
    out.s = x < 0 ? -s : s
    out.d =
      w00 * (tableD[i] ?? 0) +
      w10 * (tableD[i + 1] ?? 0) +
      w01 * (tableD[i + columns] ?? 0) +
      w11 * (tableD[i + columns + 1] ?? 0)
  }

  return { at, halfLength, locate }
}

function sample(values: Float64Array, f: number) {
  const clamped = Math.min(Math.max(f, 0), values.length - 1.001)
  const i = Math.floor(clamped)
  const t = clamped - i
  return (values[i] ?? 0) * (1 - t) + (values[i + 1] ?? 0) * t
}

/** Catmull–Rom through p1 (t = 0) and p2 (t = 1). */
export function spline(p0: number, p1: number, p2: number, p3: number, t: number): number {
  return p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))
}
