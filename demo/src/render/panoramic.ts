import type { Vector } from '../phantom/dentition.ts'
import { createRandom, noise2 } from '../phantom/noise.ts'
import type { Phantom } from '../phantom/phantom.ts'
import type { Projection } from './projection.ts'
import { addBone, addTeeth } from './projection.ts'
import { addBraces } from './braces.ts'
import { addPanoramicSurroundings } from './panoramic-surroundings.ts'
import type { Raster } from './raster.ts'
import { blur, createRaster, enlarge } from './raster.ts'

/** The machine: pixel at the detector, mm; magnification of the sharp layer; rays rise by this slope to the outside. */
export const panoramicGeometry = {
  columns: 2888,
  rows: 1468,
  detectorPixelMm: 0.1,
  magnification: 1.25,
  /** Height of the chewing plane's level (at `levelY`) below the top edge, in object mm. */
  topMm: 61.5,
  beamRise: 0.09,
  /** Chin tipped down: what lies further back is shown higher, which bends the chewing plane to a smile. */
  tilt: 0.14,
  levelY: 30,
} as const

const BITS = 12

/** Column and row (of the full-size picture, pixel centres at integers) at which a point of the patient is shown. */
export function projectToPanoramic(phantom: Phantom, point: Vector): { column: number; row: number } {
  return panoramicProjection(phantom, panoramicGeometry.columns, panoramicGeometry.rows).project(point)
}

function panoramicProjection(phantom: Phantom, columns: number, rows: number): Projection {
  const g = panoramicGeometry
  const mmX = (g.columns / columns / g.magnification) * g.detectorPixelMm
  const mmY = (g.rows / rows / g.magnification) * g.detectorPixelMm
  const here = { s: 0.5, d: 0.5 }
  const curve = Array.from({ length: columns }, (_, c) => phantom.trough.at((c + 0.5 - columns / 2) * mmX))
  const start = phantom.trough.at(0)
  return {
    ray(column, row, out) {
      const p = curve[column] ?? start
      out.x = p.x
      out.y = p.y
      out.z = g.topMm - (row + 0.5) * mmY - (p.y - g.levelY) * g.tilt
      out.dx = p.nx
      out.dy = p.ny
      out.dz = g.beamRise
    },
    project(point) {
      phantom.trough.locate(point[0], point[1], here)
      const shown = point[2] - here.d * g.beamRise + (phantom.trough.at(here.s).y - g.levelY) * g.tilt
      return { column: columns / 2 - 0.5 + here.s / mmX, row: (g.topMm - shown) / mmY - 0.5, depth: here.d }
    },
  }
}

/**
 * A panoramic radiograph: line integrals across the sharp layer, what stands around it as soft shadows, and the
 * processing such machines apply (equalisation, edge enhancement).
 *
 * @param shrink 1 for 2888 × 1468; 4 for a small one with the same field, for tests
 * @returns 12-bit presentation values, white = dense
 */
export function renderPanoramic(
  phantom: Phantom,
  shrink = 1,
): { columns: number; rows: number; pixels: Uint16Array } {
  const g = panoramicGeometry
  const columns = Math.floor(g.columns / shrink)
  const rows = Math.floor(g.rows / shrink)
  const random = createRandom(phantom.plan.seed ^ 0x9a40 ^ phantom.phase.charCodeAt(1))

  const coarse = createRaster(Math.ceil(columns / 4), Math.ceil(rows / 4))
  addBone(phantom, panoramicProjection(phantom, coarse.width, coarse.height), coarse, {
    from: -16,
    to: 17,
    stepMm: 1.1,
    airShare: 0.35,
  })
  const half = enlarge(coarse, Math.ceil(columns / 2), Math.ceil(rows / 2))
  addTexture(phantom, half)
  addTeeth(phantom, panoramicProjection(phantom, half.width, half.height), half, 0.45, 1.7)
  if (phantom.braces)
    addBraces(phantom.braces, panoramicProjection(phantom, half.width, half.height), half, 1.7)
  coarse.values.fill(0)
  addPanoramicSurroundings(phantom, coarse)
  const surroundings = enlarge(coarse, half.width, half.height)
  for (let i = 0; i < half.values.length; i++)
    half.values[i] = (half.values[i] ?? 0) + (surroundings.values[i] ?? 0)

  const level = blur(half, 90 / shrink)
  const near = blur(half, 9 / shrink)
  const fine = blur(half, 1.6)
  for (let i = 0; i < half.values.length; i++) {
    const v = half.values[i] ?? 0
    half.values[i] =
      v -
      0.62 * (level.values[i] ?? 0) +
      0.35 * (v - (near.values[i] ?? 0)) +
      0.5 * (v - (fine.values[i] ?? 0))
  }
  const full = enlarge(half, columns, rows)
  const pixels = new Uint16Array(columns * rows)
  const top = 2 ** BITS - 1
  let grain = 0
  for (let i = 0; i < pixels.length; i++) {
    grain = grain * 0.45 + (random.next() + random.next() - 1) * 0.0125
    const t = ((full.values[i] ?? 0) + grain + 0.2) / 1.08
    const shoulder = t < 0 ? 0 : 1 - Math.exp(-1.25 * t - 0.9 * t * t)
    pixels[i] = Math.round(Math.min(1, shoulder * 1.02) * top)
  }
  return { columns, rows, pixels }
}

/** Trabeculae as a panoramic shows them: along the jaw, finer than the coarse bone raster can hold. */
function addTexture(phantom: Phantom, raster: Raster) {
  const salt = phantom.plan.seed & 0xffff
  const mm =
    (panoramicGeometry.columns / raster.width / panoramicGeometry.magnification) *
    panoramicGeometry.detectorPixelMm
  for (let r = 0; r < raster.height; r++) {
    for (let c = 0; c < raster.width; c++) {
      const i = r * raster.width + c
      const v = raster.values[i] ?? 0
      if (v < 0.1) continue
      const x = c * mm
      const y = r * mm
      const warp = noise2(x * 0.3, y * 0.3, salt + 2) * 1.3
      const struts =
        Math.abs(noise2(x * 0.8 + warp, y * 0.65 + warp, salt)) +
        0.55 * Math.abs(noise2(x * 1.7 + warp, y * 1.5, salt + 1))
      const marrow = noise2(x * 0.16, y * 0.2, salt + 3) + 0.5 * noise2(x * 0.42, y * 0.42, salt + 4)
      raster.values[i] = v + ((0.4 - struts) * 0.034 + marrow * 0.03) * Math.min(1, (v - 0.1) * 4)
    }
  }
}
