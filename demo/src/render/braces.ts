import type { Box, Braces, Bracket } from '../phantom/braces.ts'
import { wireRadiusMm } from '../phantom/braces.ts'
import type { Vector } from '../phantom/dentition.ts'
import { clip } from './clip.ts'
import type { Projection } from './projection.ts'
import { createRay } from './projection.ts'
import type { Raster } from './raster.ts'

/** Linear attenuation of steel above soft tissue, 1/mm, cut off where a sensor would be blind. */
const steel = 0.9

/**
 * Adds brackets and wires to the line integrals.
 *
 * @param most limit for one part, so that metal does not outrun the raster's interpolation
 */
export function addBraces(braces: Braces, projection: Projection, raster: Raster, most: number): void {
  for (const bracket of braces.brackets) addBracket(bracket, projection, raster, most)
  for (const { points } of braces.wires) addWire(points, projection, raster, most)
}

/** The other half of the arch is out of a panoramic's sharp layer, or behind the sensor. */
function isSharp(depth: number): boolean {
  return depth > -17 && depth < 18
}

function addBracket(bracket: Bracket, projection: Projection, raster: Raster, most: number): void {
  const { origin: o, mesial: m, facial: f, occlusal: q } = bracket
  const middle = projection.project(o)
  if (!isSharp(middle.depth)) return
  const reach = 3.2
  const corners = [-reach, reach].flatMap((a) =>
    [m, q].map((axis) => projection.project([o[0] + axis[0] * a, o[1] + axis[1] * a, o[2] + axis[2] * a])),
  )
  const radius = Math.max(
    ...corners.map(({ column, row }) => Math.hypot(column - middle.column, row - middle.row)),
  )
  const ray = createRay()
  for (let c = low(middle.column - radius); c <= Math.min(raster.width - 1, middle.column + radius); c++) {
    for (let r = low(middle.row - radius); r <= Math.min(raster.height - 1, middle.row + radius); r++) {
      projection.ray(c, r, ray)
      const b: Vector = [ray.x - o[0], ray.y - o[1], ray.z - o[2]]
      const start: Vector = [dot(b, m), dot(b, f), dot(b, q)]
      const d: Vector = [ray.dx, ray.dy, ray.dz]
      const way: Vector = [dot(d, m), dot(d, f), dot(d, q)]
      let length = 0
      for (const box of bracket.metal) length += chord(box, start, way)
      if (length > 0) add(raster, c, r, Math.min(most, length * steel))
    }
  }
}

/** Length of the ray within the box, mm. */
function chord({ middle, half }: Box, start: Vector, way: Vector): number {
  const span = { start: -60, end: 60 }
  clip(span, start[0] - middle[0], way[0], -half[0], half[0])
  clip(span, start[1] - middle[1], way[1], -half[1], half[1])
  clip(span, start[2] - middle[2], way[2], -half[2], half[2])
  return Math.max(0, span.end - span.start)
}

/** The shadow of a round wire is as deep as its chord at each distance from its middle line. */
function addWire(points: readonly Vector[], projection: Projection, raster: Raster, most: number): void {
  const depths = new Map<number, number>()
  const shown = points.map((point) => projection.project(point))
  for (const [index, here] of shown.entries()) {
    const next = shown[index + 1]
    const [point, after] = [points[index], points[index + 1]]
    if (!next || !point || !after || !isSharp(here.depth)) continue
    // how large a millimetre across the wire is shown: up the column, where all projections are true to scale
    const above = projection.project([point[0], point[1], point[2] + 1])
    const scale = Math.hypot(above.column - here.column, above.row - here.row)
    const radius = wireRadiusMm * scale
    for (let c = low(here.column - radius - 1); c <= here.column + radius + 1 && c < raster.width; c++) {
      for (let r = low(here.row - radius - 1); r <= here.row + radius + 1 && r < raster.height; r++) {
        const distance = Math.hypot(c - here.column, r - here.row)
        const soft = Math.max(0, Math.min(1, radius + 0.5 - distance))
        const inner = Math.min(distance, radius * 0.95)
        const deep = (2 * soft * Math.sqrt(radius * radius - inner * inner)) / scale
        const i = r * raster.width + c
        if (deep > (depths.get(i) ?? 0)) depths.set(i, deep)
      }
    }
  }
  for (const [i, deep] of depths) {
    raster.values[i] = (raster.values[i] ?? 0) + Math.min(most, deep * steel * 1.6)
  }
}

function add({ width, values }: Raster, column: number, row: number, value: number): void {
  const i = row * width + column
  values[i] = (values[i] ?? 0) + value
}

function low(pixel: number): number {
  return Math.max(0, Math.floor(pixel))
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
