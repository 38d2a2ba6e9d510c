import type { Vector } from '../phantom/dentition.ts'
import { createRandom, noise2 } from '../phantom/noise.ts'
import type { Phantom } from '../phantom/phantom.ts'
import type { Projection } from './projection.ts'
import { addBone, addTeeth } from './projection.ts'
import { addBraces } from './braces.ts'
import { blur, createRaster, enlarge } from './raster.ts'
import type { Raster } from './raster.ts'

/** An intraoral sensor of size 2, lying lengthwise. */
export const bitewingGeometry = {
  columns: 1700,
  rows: 1300,
  detectorPixelMm: 0.02,
  magnification: 1.06,
  /** The tube looks down on the film by this slope, and from slightly in front. */
  down: 0.1,
} as const

export type Side = 'right' | 'left'
/** One picture of a whole side, or two of it. */
export type BitewingPart = 'side' | 'premolars' | 'molars'

/**
 * Arc lengths in mm from the midline: of the sensor's middle along the arches, and where the rays cross the arches at
 * right angles.
 */
const placement: Record<BitewingPart, { middleS: number; aimS: number }> = {
  side: { middleS: 33, aimS: 28 },
  premolars: { middleS: 27, aimS: 25 },
  molars: { middleS: 41, aimS: 37 },
}

const BITS = 12

/** Column and row (full size, pixel centres at integers) at which a point of the patient is shown. */
export function projectToBitewing(
  phantom: Phantom,
  side: Side,
  point: Vector,
  part: BitewingPart = 'side',
): { column: number; row: number } {
  const { columns, rows } = bitewingGeometry
  return bitewingProjection(phantom, side, part, columns, rows).project(point)
}

function bitewingProjection(
  phantom: Phantom,
  side: Side,
  part: BitewingPart,
  columns: number,
  rows: number,
): Projection {
  const g = bitewingGeometry
  const { middleS, aimS } = placement[part]
  const sign = side === 'left' ? 1 : -1
  const middle = phantom.trough.at(sign * middleS)
  // The tube is aimed through the premolars' contacts, somewhat from the front.
  const aim = phantom.trough.at(sign * aimS)
  const p = { x: middle.x, y: middle.y, nx: aim.nx, ny: aim.ny }
  // Depth grows outwards to the tube; u runs along the row, v up the column.
  const length = Math.hypot(1, g.down)
  const out: Vector = [p.nx / length, p.ny / length, g.down / length]
  // Seen from the cheek: on the right side the front is to the right, on the left side to the left.
  const u: Vector = [-p.ny, p.nx, 0]
  const v: Vector = [
    u[1] * out[2] - u[2] * out[1],
    u[2] * out[0] - u[0] * out[2],
    u[0] * out[1] - u[1] * out[0],
  ]
  const up = v[2] > 0 ? 1 : -1
  const mmX = (g.columns / columns / g.magnification) * g.detectorPixelMm
  const mmY = (g.rows / rows / g.magnification) * g.detectorPixelMm
  const centreZ = 0.9 - phantom.gapMm / 2
  return {
    ray(column, row, ray) {
      const a = (column + 0.5 - columns / 2) * mmX
      const b = -(row + 0.5 - rows / 2) * mmY * up
      ray.x = p.x + u[0] * a + v[0] * b
      ray.y = p.y + u[1] * a + v[1] * b
      ray.z = centreZ + u[2] * a + v[2] * b
      ray.dx = out[0]
      ray.dy = out[1]
      ray.dz = out[2]
    },
    project(point) {
      const x = point[0] - p.x
      const y = point[1] - p.y
      const z = point[2] - centreZ
      const a = x * u[0] + y * u[1] + z * u[2]
      const b = (x * v[0] + y * v[1] + z * v[2]) * up
      return {
        column: columns / 2 - 0.5 + a / mmX,
        row: rows / 2 - 0.5 - b / mmY,
        depth: x * out[0] + y * out[1] + z * out[2],
      }
    },
  }
}

/**
 * A bitewing of one side: nearly parallel rays through the crowns of upper and lower back teeth.
 *
 * @param part what of the side it shows; the whole of it without
 * @param shrink 1 for 1700 × 1300; larger for a small one of the same field, for tests
 * @returns 12-bit presentation values, white = dense
 */
export function renderBitewing(
  phantom: Phantom,
  side: Side,
  shrink = 1,
  part: BitewingPart = 'side',
): { columns: number; rows: number; pixels: Uint16Array } {
  const g = bitewingGeometry
  const columns = Math.floor(g.columns / shrink)
  const rows = Math.floor(g.rows / shrink)
  const random = createRandom(
    phantom.plan.seed ^ (side === 'left' ? 0xb17e : 0xb18e) ^ phantom.phase.charCodeAt(1),
  )

  const coarse = createRaster(Math.ceil(columns / 7), Math.ceil(rows / 7))
  addBone(phantom, bitewingProjection(phantom, side, part, coarse.width, coarse.height), coarse, {
    from: -13,
    to: 15,
    stepMm: 0.9,
    airShare: 1,
  })
  // A third of the pixels' number each way is 0.057 mm in the mouth, about what a sensor resolves.
  const mid = enlarge(coarse, Math.ceil(columns / 3), Math.ceil(rows / 3))
  addTexture(phantom, mid, side)
  addTeeth(phantom, bitewingProjection(phantom, side, part, mid.width, mid.height), mid, 0.5, 2.6)
  if (phantom.braces)
    addBraces(phantom.braces, bitewingProjection(phantom, side, part, mid.width, mid.height), mid, 2.6)
  addSoftTissue(phantom, mid, side)

  const near = blur(mid, 10 / shrink)
  const fine = blur(mid, 1.3)
  for (let i = 0; i < mid.values.length; i++) {
    const v = mid.values[i] ?? 0
    mid.values[i] = v + 0.22 * (v - (near.values[i] ?? 0)) + 0.4 * (v - (fine.values[i] ?? 0))
  }
  const full = enlarge(mid, columns, rows)
  const pixels = new Uint16Array(columns * rows)
  const top = 2 ** BITS - 1
  let grain = 0
  for (let i = 0; i < pixels.length; i++) {
    grain = grain * 0.35 + (random.next() + random.next() - 1) * 0.022
    const t = (full.values[i] ?? 0) + grain
    pixels[i] = t <= 0 ? 0 : Math.round(top * (1 - Math.exp(-1.02 * t - 0.25 * t * t)))
  }
  return { columns, rows, pixels }
}

function addTexture(phantom: Phantom, raster: Raster, side: Side) {
  const salt = (phantom.plan.seed & 0xffff) + (side === 'left' ? 77 : 0)
  const mm =
    (bitewingGeometry.columns / raster.width / bitewingGeometry.magnification) *
    bitewingGeometry.detectorPixelMm
  for (let r = 0; r < raster.height; r++) {
    for (let c = 0; c < raster.width; c++) {
      const i = r * raster.width + c
      const v = raster.values[i] ?? 0
      if (v < 0.05) continue
      const x = c * mm
      const y = r * mm
      const warpX = noise2(x * 0.5, y * 0.5, salt + 2) * 0.9
      const warpY = noise2(x * 0.5, y * 0.5, salt + 3) * 0.9
      const struts =
        0.4 * noise2(x * 0.7, y * 0.7, salt + 6) +
        Math.abs(noise2(x * 1.15 + warpX, y * 0.95 + warpY, salt)) +
        0.7 * Math.abs(noise2(x * 2.3 + warpY, y * 2.0 + warpX, salt + 1)) +
        0.35 * Math.abs(noise2(x * 4.4, y * 4.4, salt + 4))
      raster.values[i] = v + (0.5 - struts) * 0.075 * Math.min(1, (v - 0.05) * 4)
    }
  }
}

/** Cheek and gums, thinner between the open bite, and the faint bite tab. */
function addSoftTissue(phantom: Phantom, raster: Raster, side: Side) {
  const salt = phantom.plan.seed & 0xffff
  const { width, height } = raster
  for (let r = 0; r < height; r++) {
    const y = (r / height - 0.5) * 2
    for (let c = 0; c < width; c++) {
      const x = c / width
      const wave = 0.02 * noise2(x * 3, y * 2, salt + (side === 'left' ? 9 : 8))
      const i = r * width + c
      raster.values[i] =
        (raster.values[i] ?? 0) + 0.1 + 0.13 * Math.min(1, Math.max(0, Math.abs(y) - 0.3) * 1.8) + wave
    }
  }
}
