import type { PlacedTooth, Vector } from '../phantom/dentition.ts'
import { fromTooth } from '../phantom/dentition.ts'
import { createRandom, noise2 } from '../phantom/noise.ts'
import { smoothLine } from '../phantom/outline.ts'
import type { Phantom } from '../phantom/phantom.ts'
import type { Projection } from './projection.ts'
import { addBone, addTeeth } from './projection.ts'
import { headLandmarks, headShapes, type Place, type Shape } from './head-shapes.ts'
import type { Raster } from './raster.ts'
import { blur, createRaster, enlarge } from './raster.ts'

/** The machine: pixel at the detector, mm; magnification of the middle plane of the head; the picture's corner. */
export const cephalogramGeometry = {
  columns: 1600,
  rows: 1800,
  detectorPixelMm: 0.132,
  magnification: 1.1,
  /** left and upper edge of the field in the plane of the head, object mm: to the front and upwards */
  left: -140,
  top: 150,
  /** degrees that the chewing plane falls to the front while the Frankfort horizontal lies level */
  occlusalTilt: 9,
} as const

const BITS = 12
const tilt = (cephalogramGeometry.occlusalTilt * Math.PI) / 180
const [cos, sin] = [Math.cos(tilt), Math.sin(tilt)]
const objectPixelMm = cephalogramGeometry.detectorPixelMm / cephalogramGeometry.magnification

/** From the patient's axes (y to the back, z up) to the plane of the head: to the front, and up. */
function inHead(y: number, z: number): Place {
  return [-y * cos + z * sin, y * sin + z * cos]
}

function pixelOf([u, v]: Place, mm: number) {
  const { left, top } = cephalogramGeometry
  return { column: (u - left) / mm - 0.5, row: (top - v) / mm - 0.5 }
}

/** Rays from the patient's right to the left, all alike: the tube stands far away. The patient faces right. */
function lateralProjection(mm: number): Projection {
  const { left, top } = cephalogramGeometry
  return {
    ray(column, row, out) {
      const [u, v] = [left + (column + 0.5) * mm, top - (row + 0.5) * mm]
      out.x = 0
      out.y = v * sin - u * cos
      out.z = u * sin + v * cos
      out.dx = 1
      out.dy = 0
      out.dz = 0
    },
    project: ([x, y, z]) => ({ ...pixelOf(inHead(y, z), mm), depth: x }),
  }
}

/** Landmarks of lateral cephalometry by their usual signs; an incisor's tip and apex, and Pogonion of the soft tissue. */
export type CephalogramLandmarks = Record<string, { column: number; row: number }>

/**
 * Where the landmarks of a phantom's head lie in its full-size cephalogram, as columns and rows with the picture's upper
 * left corner at 0, 0. Known, not found: those of the jaws and teeth from the solids, the others from the drawn skull.
 */
export function cephalogramLandmarks(phantom: Phantom): CephalogramLandmarks {
  const chin = frontOf(phantom, -44.5, -9.5)
  const upper = frontOf(phantom, 11.5, 31)
  const pog = farthest(chin, [1, 0])
  const me = farthest(chin, [0, -1])
  const jaw = smoothLine(phantom.bone.mandibleOutline, true, 12).map(([s, z]) =>
    inHead(phantom.bone.lowerArch.at(s).y, z),
  )
  const go = farthest(jaw, [-1, -1])
  const notch = jaw.filter(([u, v]) => u < -58 && u > -75 && v > 24)
  const r3 = farthest(notch, [0, -1])
  const front = jaw.filter(([u, v]) => u > -64 && u < -36 && v > 4 && v < 30)
  const r1 = farthest(front, [-1, 0])
  const behind = (height: number) => crossing(jaw, 1, height, -1)
  const tips = (left: string, right: string) => {
    const teeth = [left, right].flatMap((fdi) => phantom.teeth.find((tooth) => tooth.fdi === fdi) ?? [])
    const [one] = teeth.toSorted((a, c) => tipOf(c)[0] - tipOf(a)[0])
    if (!one) throw new Error('The phantom has incisors')
    return { tip: tipOf(one), apex: placeOf(fromTooth(one, 0, 0, -one.form.size.root)) }
  }
  const [u1, l1] = [tips('11', '21'), tips('31', '41')]
  // the phantom's chin has no hollow: B lies where it does in others, level with the lower incisor's apex
  const b = nearest(chin, [pog[0], l1.apex[1]])
  const places: Record<string, Place> = {
    ...headLandmarks,
    A: hollow(
      upper.filter(([, v]) => v < headLandmarks.ANS[1] - 1.5),
      farthest(upper, [0, -1]),
      headLandmarks.ANS,
    ),
    'U1-tip': u1.tip,
    'U1-apex': u1.apex,
    'L1-tip': l1.tip,
    'L1-apex': l1.apex,
    B: b,
    Pm: nearest(chin, [(b[0] + pog[0]) / 2, (b[1] + pog[1]) / 2]),
    Pog: pog,
    Gn: farthest(chin, [1, -1]),
    Me: me,
    Go: go,
    Ar: behind(47),
    R1: r1,
    R2: behind(r1[1]),
    R3: r3,
    R4: crossing(jaw, 0, r3[0], -1),
  }
  return Object.fromEntries(
    Object.entries(places).map(([name, place]) => {
      const { column, row } = pixelOf(place, objectPixelMm)
      return [name, { column: column + 0.5, row: row + 0.5 }]
    }),
  )
}

function placeOf([, y, z]: Vector): Place {
  return inHead(y, z)
}
function tipOf(tooth: PlacedTooth): Place {
  return placeOf(fromTooth(tooth, 0, 0, tooth.form.size.crown))
}

/** The front of the bone in the middle plane, from one height to another. */
function frontOf(phantom: Phantom, from: number, to: number): Place[] {
  const places: Place[] = []
  for (let z = from; z <= to; z += 0.25) {
    for (let y = -14; y < 14; y += 0.1) {
      if (phantom.density(0, y, z) > 0.3) {
        places.push(inHead(y, z))
        break
      }
    }
  }
  return places
}

function farthest(places: readonly Place[], [du, dv]: Place): Place {
  return best(places, ([u, v]) => u * du + v * dv)
}
function nearest(places: readonly Place[], [u, v]: Place): Place {
  return best(places, ([a, b]) => -Math.hypot(a - u, b - v))
}
/** The place that lies farthest behind the line between two others. */
function hollow(places: readonly Place[], [au, av]: Place, [bu, bv]: Place): Place {
  return best(places, ([u, v]) => au + ((v - av) / (bv - av)) * (bu - au) - u)
}
function best(places: readonly Place[], worth: (place: Place) => number): Place {
  const [first] = places
  if (!first) throw new Error('A phantom has bone there')
  return places.reduce((held, place) => (worth(place) > worth(held) ? place : held), first)
}

/** Where an outline crosses a line of one coordinate, at the smallest (−1) or largest (1) of the other. */
function crossing(outline: readonly Place[], axis: 0 | 1, value: number, side: -1 | 1): Place {
  const found = outline.flatMap((one, index): Place[] => {
    const other = outline[(index + 1) % outline.length] ?? one
    const [a, b] = [one[axis] - value, other[axis] - value]
    if (a === b || a * b > 0) return []
    const t = a / (a - b)
    return [[one[0] + (other[0] - one[0]) * t, one[1] + (other[1] - one[1]) * t]]
  })
  return farthest(found, axis === 1 ? [side, 0] : [0, side])
}

/**
 * A lateral cephalogram: line integrals through jaws and teeth from side to side, in a skull that is drawn: vault, base,
 * orbit, ear, neck and soft tissue as smooth shadows. A ruler of 50 mm stands before the forehead.
 *
 * @param shrink 1 for 1600 × 1800; 4 for a small one with the same field, for tests
 * @returns 12-bit presentation values, white = dense
 */
export function renderCephalogram(
  phantom: Phantom,
  shrink = 1,
): { columns: number; rows: number; pixels: Uint16Array } {
  const columns = Math.floor(cephalogramGeometry.columns / shrink)
  const rows = Math.floor(cephalogramGeometry.rows / shrink)
  const mm = objectPixelMm * shrink
  const random = createRandom(phantom.plan.seed ^ 0xce9a ^ phantom.phase.charCodeAt(1))

  const coarse = createRaster(Math.ceil(columns / 4), Math.ceil(rows / 4))
  addBone(phantom, lateralProjection(mm * 4), coarse, { from: -58, to: 58, stepMm: 1.9, airShare: 0.55 })
  const half = enlarge(coarse, Math.ceil(columns / 2), Math.ceil(rows / 2))
  addTeeth(phantom, lateralProjection(mm * 2), half, 0.6, 1.1, { from: -60, to: 60 })
  // what overlaps to the eye is scattered light to the detector: teeth of two sides never burn out
  for (let i = 0; i < half.values.length; i++) {
    const v = half.values[i] ?? 0
    half.values[i] = v > 0 ? 1.5 * (1 - Math.exp(-v / 1.5)) : v * 0.5
  }
  for (const shape of headShapes) addShape(half, shape, mm * 2)
  addTexture(half, phantom.plan.seed & 0xffff, mm * 2)

  const level = blur(half, 26 / (mm * 2))
  const near = blur(half, 2.2 / (mm * 2))
  for (let i = 0; i < half.values.length; i++) {
    const v = half.values[i] ?? 0
    half.values[i] = v - 0.3 * (level.values[i] ?? 0) + 0.5 * (v - (near.values[i] ?? 0))
  }
  const full = enlarge(half, columns, rows)
  const pixels = new Uint16Array(columns * rows)
  const top = 2 ** BITS - 1
  let grain = 0
  for (let i = 0; i < pixels.length; i++) {
    grain = grain * 0.5 + (random.next() + random.next() - 1) * 0.022
    const t = ((full.values[i] ?? 0) + grain + 0.06) / 1.25
    const shoulder = t < 0 ? 0 : 1 - Math.exp(-1.35 * t - 0.7 * t * t)
    pixels[i] = Math.round(Math.min(1, shoulder) * top)
  }
  return { columns, rows, pixels }
}

/** Adds a filled outline, soft at its border, or a line of a width. */
function addShape(raster: Raster, shape: Shape, mm: number): void {
  const places = smoothLine(shape.points, shape.width === undefined, 8).map((place) => pixelOf(place, mm))
  const margin = Math.ceil((3 * shape.soft + (shape.width ?? 0)) / mm) + 3
  const span = (along: 'column' | 'row', length: number) => {
    const all = places.map((place) => place[along])
    const from = Math.max(0, Math.floor(Math.min(...all)) - margin)
    return { from, length: Math.min(length, Math.ceil(Math.max(...all)) + margin) - from }
  }
  const [across, down] = [span('column', raster.width), span('row', raster.height)]
  if (across.length <= 0 || down.length <= 0) return
  const outline = places.map(({ column, row }) => ({ column: column - across.from, row: row - down.from }))
  const mask = createRaster(across.length, down.length)
  if (shape.width === undefined) fill(mask, outline)
  else stroke(mask, outline, Math.max(0.6, shape.width / mm / 2))
  const soft = blur(mask, Math.max(0.6, shape.soft / mm))
  for (let row = 0; row < down.length; row++) {
    for (let column = 0; column < across.length; column++) {
      const at = row * across.length + column
      const within = soft.values[at] ?? 0
      // rounded: thinner towards its border, as a ball is
      const amount = shape.rounded ? (mask.values[at] ?? 0) * Math.max(0, 2 * within - 1) : within
      if (amount === 0) continue
      const to = (row + down.from) * raster.width + column + across.from
      raster.values[to] = (raster.values[to] ?? 0) + shape.density * amount
    }
  }
}

type Pixel = { column: number; row: number }

function fill({ width, height, values }: Raster, outline: readonly Pixel[]): void {
  for (let row = 0; row < height; row++) {
    const crossings: number[] = []
    outline.forEach((a, index) => {
      const b = outline[(index + 1) % outline.length] ?? a
      if (a.row > row === b.row > row) return
      crossings.push(a.column + ((row - a.row) / (b.row - a.row)) * (b.column - a.column))
    })
    crossings.sort((a, b) => a - b)
    for (let at = 0; at + 1 < crossings.length; at += 2) {
      const from = Math.max(0, Math.ceil(crossings[at] ?? 0))
      const to = Math.min(width - 1, Math.floor(crossings[at + 1] ?? 0))
      if (to >= from) values.fill(1, row * width + from, row * width + to + 1)
    }
  }
}

function stroke({ width, height, values }: Raster, line: readonly Pixel[], radius: number): void {
  for (let at = 0; at + 1 < line.length; at++) {
    const [a, b] = [line[at], line[at + 1]]
    if (!a || !b) continue
    const steps = Math.max(1, Math.ceil(Math.hypot(b.column - a.column, b.row - a.row)))
    for (let step = 0; step <= steps; step++) {
      const column = a.column + ((b.column - a.column) * step) / steps
      const row = a.row + ((b.row - a.row) * step) / steps
      for (let r = Math.max(0, Math.ceil(row - radius)); r <= Math.min(height - 1, row + radius); r++) {
        for (
          let c = Math.max(0, Math.ceil(column - radius));
          c <= Math.min(width - 1, column + radius);
          c++
        ) {
          if (Math.hypot(c - column, r - row) <= radius) values[r * width + c] = 1
        }
      }
    }
  }
}

/** Bone is not even: trabeculae and the marks of vessels, where there is enough of it. */
function addTexture({ width, height, values }: Raster, salt: number, mm: number): void {
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const v = values[r * width + c] ?? 0
      if (v < 0.25) continue
      const [x, y] = [c * mm, r * mm]
      const fine = noise2(x * 0.9, y * 0.8, salt) + 0.6 * noise2(x * 1.9, y * 1.7, salt + 1)
      const broad = noise2(x * 0.09, y * 0.1, salt + 2) + 0.5 * noise2(x * 0.22, y * 0.2, salt + 3)
      values[r * width + c] = v + (fine * 0.016 + broad * 0.035) * Math.min(1, (v - 0.25) * 4)
    }
  }
}
