import { boneAttenuation, toothAttenuation } from '../phantom/attenuation.ts'
import type { Vector } from '../phantom/dentition.ts'
import { fromTooth } from '../phantom/dentition.ts'
import type { Phantom } from '../phantom/phantom.ts'
import { createToothField } from '../phantom/tooth-form.ts'
import { clip } from './clip.ts'
import type { Raster } from './raster.ts'

/** A straight ray: the point at depth 0 and the direction of growing depth, mm. */
type Ray = { x: number; y: number; z: number; dx: number; dy: number; dz: number }

export function createRay(): Ray {
  return { x: 0.5, y: 0.5, z: 0.5, dx: 0.5, dy: 0.5, dz: 0.5 }
}

/** How an X-ray machine maps the patient to a raster; columns and rows count in pixels of that raster. */
export type Projection = {
  ray(column: number, row: number, out: Ray): void
  project(point: Vector): { column: number; row: number; depth: number }
}

/**
 * Adds the line integrals of bone and of the air in its cavities, over depths `from` … `to` in mm.
 *
 * @param airShare how much of the air counts: less than 1 where a machine blurs what is outside its sharp layer
 */
export function addBone(
  phantom: Phantom,
  projection: Projection,
  raster: Raster,
  { from, to, stepMm, airShare }: { from: number; to: number; stepMm: number; airShare: number },
): void {
  const ray = createRay()
  for (let r = 0; r < raster.height; r++) {
    for (let c = 0; c < raster.width; c++) {
      projection.ray(c, r, ray)
      if (ray.z > 66 || ray.z < -60) continue
      let sum = 0
      // Neighbouring pixels start at different depths, so that thin walls do not show as contour lines.
      const shift = (((c & 1) * 2 + (r & 1) * 3) % 4) * 0.25 * stepMm
      for (let d = from + shift; d <= to; d += stepMm) {
        const density = phantom.density(ray.x + ray.dx * d, ray.y + ray.dy * d, ray.z + ray.dz * d)
        if (density !== 0) sum += boneAttenuation(density) * (density < 0 ? airShare : 1)
      }
      const i = r * raster.width + c
      raster.values[i] = (raster.values[i] ?? 0) + sum * stepMm
    }
  }
  levelAlternation(raster)
}

/** Averages (1, 2, 1) both ways, which takes out exactly what alternates from pixel to pixel. */
function levelAlternation({ width, height, values }: Raster) {
  for (const [lines, length, stride, step] of [
    [height, width, width, 1],
    [width, height, 1, width],
  ] as const) {
    for (let line = 0; line < lines; line++) {
      let before = values[line * stride] ?? 0
      for (let k = 0; k < length; k++) {
        const i = line * stride + k * step
        const here = values[i] ?? 0
        const after = k + 1 < length ? (values[i + step] ?? 0) : here
        values[i] = (before + 2 * here + after) / 4
        before = here
      }
    }
  }
}

/**
 * Adds what the teeth (with ligament gap, socket wall and restorations) change in the line integrals.
 *
 * @param most limit for one tooth, so that metal does not outrun the raster's interpolation
 * @param depths of teeth that are seen, mm: the other half of the arch is out of the sharp layer, or behind the sensor
 */
export function addTeeth(
  phantom: Phantom,
  projection: Projection,
  raster: Raster,
  stepMm: number,
  most: number,
  depths = { from: -17, to: 18 },
): void {
  const ray = createRay()
  const field = createToothField()
  const span = { start: 0.5, end: 0.5 }
  for (const tooth of phantom.teeth) {
    const { form, origin: o, mesial: m, facial: f, occlusal: q } = tooth
    let [c0, c1, r0, r1, near, far] = [Infinity, -Infinity, Infinity, -Infinity, Infinity, -Infinity]
    for (const x of [-form.halfX, form.halfX]) {
      for (const y of [-form.halfY, form.halfY]) {
        for (const z of [-form.size.root - 1, form.size.crown + 0.4]) {
          const p = projection.project(fromTooth(tooth, x, y, z))
          c0 = Math.min(c0, p.column)
          c1 = Math.max(c1, p.column)
          r0 = Math.min(r0, p.row)
          r1 = Math.max(r1, p.row)
          near = Math.min(near, p.depth)
          far = Math.max(far, p.depth)
        }
      }
    }
    if ((near + far) / 2 < depths.from || (near + far) / 2 > depths.to) continue
    const margin = 4
    c0 = Math.max(0, Math.floor(c0) - margin)
    c1 = Math.min(raster.width - 1, Math.ceil(c1) + margin)
    r0 = Math.max(0, Math.floor(r0) - margin)
    r1 = Math.min(raster.height - 1, Math.ceil(r1) + margin)
    const zEnd = -form.size.root - 1
    const zTop = form.size.crown + 0.5
    const wide = form.halfX + 0.7
    const deep = form.halfY + 0.7
    for (let c = c0; c <= c1; c++) {
      for (let r = r0; r <= r1; r++) {
        projection.ray(c, r, ray)
        // The ray in the tooth's frame: cut it with the box before sampling.
        const bx = ray.x - o[0]
        const by = ray.y - o[1]
        const bz = ray.z - o[2]
        const x0 = bx * m[0] + by * m[1] + bz * m[2]
        const y0 = bx * f[0] + by * f[1] + bz * f[2]
        const z0 = bx * q[0] + by * q[1] + bz * q[2]
        const vx = ray.dx * m[0] + ray.dy * m[1] + ray.dz * m[2]
        const vy = ray.dx * f[0] + ray.dy * f[1] + ray.dz * f[2]
        const vz = ray.dx * q[0] + ray.dy * q[1] + ray.dz * q[2]
        span.start = near - 1
        span.end = far + 1
        clip(span, x0, vx, -wide, wide)
        clip(span, y0, vy, -deep, deep)
        clip(span, z0, vz, zEnd, zTop)
        if (span.start >= span.end) continue
        let sum = 0
        for (let d = Math.ceil(span.start / stepMm) * stepMm; d <= span.end; d += stepMm) {
          const z = z0 + vz * d
          form.evaluate(x0 + vx * d, y0 + vy * d, z, field)
          if (field.outer > 0.9) {
            // The distance is nearly true: leap over what is surely empty, in whole steps.
            const leap = Math.floor(((field.outer - 0.7) * 0.7) / stepMm)
            if (leap > 1) d += (leap - 1) * stepMm
            continue
          }
          const bone =
            z < -0.2
              ? boneAttenuation(phantom.density(ray.x + ray.dx * d, ray.y + ray.dy * d, ray.z + ray.dz * d))
              : 0
          sum += toothAttenuation(tooth, field, stepMm, bone, z < -1.2)
        }
        if (sum !== 0) {
          const i = r * raster.width + c
          raster.values[i] = (raster.values[i] ?? 0) + Math.min(sum * stepMm, most)
        }
      }
    }
  }
}
