import type { Arch } from '../phantom/arch.ts'
import type { Braces, Bracket } from '../phantom/braces.ts'
import { bracketDistance, inBracket, wireRadiusMm } from '../phantom/braces.ts'
import type { PlacedTooth, Vector } from '../phantom/dentition.ts'
import { createRandom, latticeHash, noise2, noise3 } from '../phantom/noise.ts'
import type { Phantom } from '../phantom/phantom.ts'
import { createToothField } from '../phantom/tooth-form.ts'
import { clip } from './clip.ts'
import type { Gums } from './gums.ts'
import { createGums } from './gums.ts'
import type { PhotographCamera, PhotographView } from './photograph-camera.ts'
import { beforeCamera, cameraOf } from './photograph-camera.ts'
import type { Raster } from './raster.ts'
import { blur } from './raster.ts'

type Rgb = [number, number, number]

const NOTHING = 0
const METAL = 100
const ELASTIC = 101
const GUM_UPPER = 200
const GUM_LOWER = 201
const CHEEK = 202

/**
 * An intraoral colour photograph with retracted lips and cheeks: rays traced to teeth, gums and cheeks, lit by a twin
 * flash. Frontal and buccal views are in occlusion; an occlusal view shows one jaw, as a mirror does that was turned back.
 *
 * @param shrink 1 for 1500 × 1000; larger for a small one of the same field, for tests
 * @returns RGB, three bytes a pixel
 */
export function renderPhotograph(
  phantom: Phantom,
  shrink = 1,
  view: PhotographView = 'front',
): { columns: number; rows: number; rgb: Uint8Array } {
  const camera = cameraOf(view)
  const columns = Math.floor(camera.columns / shrink)
  const rows = Math.floor(camera.rows / shrink)
  const seen = beforeCamera(phantom, camera)
  const scene = trace(phantom, seen, camera, columns, rows)
  return { columns, rows, rgb: shade(seen, scene) }
}

type Scene = {
  camera: PhotographCamera
  columns: number
  rows: number
  what: Uint8Array
  depth: Float32Array
  normals: Float32Array
  /** Height on the crown (teeth) or depth below the margin (gums), 0 … 1 or mm. */
  detail: Float32Array
}

/** @param phantom as it stands in the patient; `seen`: the same in the camera's frame */
function trace(
  phantom: Phantom,
  seen: Phantom,
  camera: PhotographCamera,
  columns: number,
  rows: number,
): Scene {
  const g = camera
  const mm = g.fieldMm / columns
  const size = columns * rows
  const scene: Scene = {
    camera,
    columns,
    rows,
    what: new Uint8Array(size),
    depth: new Float32Array(size).fill(90),
    normals: new Float32Array(size * 3),
    detail: new Float32Array(size),
  }
  const front = [...seen.teeth]
    .map((tooth, index) => ({ tooth, index }))
    .sort((a, b) => a.tooth.origin[1] - b.tooth.origin[1])
  for (const { tooth, index } of front) traceTooth(tooth, index + 1, scene, mm)
  if (seen.braces) traceBraces(seen.braces, scene, mm)
  traceSoftTissue(phantom, scene, mm)
  return scene
}

/** The inside of stretched lips and cheeks: a funnel, narrower towards the fold. */
function cheekOf({ jaw, cheekWideMm, cheekHighMm }: PhotographCamera) {
  return (x: number, y: number, z: number): number => {
    const back = y > 0 ? y : 0
    const lip = y < 0 ? 0.11 * y * y : 0
    const wide = cheekWideMm - 0.13 * back + lip
    const high = cheekHighMm - 0.16 * back + lip + (z < 0 && jaw === null ? 0.5 : 0)
    const qx = (x * x) / (wide * wide)
    const qz = ((z - 0.5) * (z - 0.5)) / (high * high)
    return (1 - Math.sqrt(Math.sqrt(qx * qx + qz * qz) * 0.5 + 0.5 * (qx + qz))) * 20
  }
}

/** Gums as the camera sees them; an occlusal view shows their inner side too, to the palate or the tongue. */
function gumsBefore(phantom: Phantom, camera: PhotographCamera, upper: boolean): Gums {
  const arch = upper ? phantom.bone.upperArch : phantom.bone.lowerArch
  const gums = createGums(phantom.teeth, arch, upper)
  if (camera.isFront) return gums
  const inner = camera.jaw === null ? null : innerSide(gums, arch, upper)
  const at: [number, number, number] = [0, 0, 0]
  return {
    distance(x, y, z) {
      camera.back(x, y, z, at)
      const outer = gums.distance(at[0], at[1], at[2])
      return inner ? Math.max(outer, inner(at) * 0.7) : outer
    },
    depth(x, y, z) {
      camera.back(x, y, z, at)
      const here = gums.depth(at[0], at[1], at[2])
      // the palate is firm and pale like attached gum
      return inner ? { ...here, below: Math.min(here.below, 4.2) } : here
    },
  }
}

/** How far above the surface of palate, or of floor and tongue, a point of the patient lies; mm, negative within. */
function innerSide(gums: Gums, arch: Arch, upper: boolean) {
  const up = upper ? 1 : -1
  const [left, front, cell, width, height] = [-40, -12, 0.5, 161, 161]
  const raw = new Float32Array(width * height)
  const share = new Float32Array(width * height)
  const at = { s: 0.5, d: 0.5 }
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const [x, y] = [left + c * cell, front + r * cell]
      arch.locate(x, y, at)
      const behind = Math.max(0, -at.d - (2.6 + 2.6 * Math.min(1, Math.abs(at.s) / 22)))
      const margin = -gums.depth(x, y, 0).below
      raw[r * width + c] = margin + innerDepth(behind, upper)
      share[r * width + c] = Math.min(1, behind / 5)
    }
  }
  // nothing behind the teeth knows of single ones, and no crease runs where both sides meet
  const smooth = blur({ width, height, values: raw }, 3.2 / cell).values
  const surface = raw.map((value, i) => value + ((smooth[i] ?? 0) - value) * (share[i] ?? 0))
  return ([x, y, z]: readonly [number, number, number]) => {
    const fc = Math.min(Math.max((x - left) / cell, 0), width - 1.001)
    const fr = Math.min(Math.max((y - front) / cell, 0), height - 1.001)
    const [c, r] = [fc | 0, fr | 0]
    const i = r * width + c
    const [a, b] = [surface[i] ?? 0, surface[i + 1] ?? 0]
    const [d, e] = [surface[i + width] ?? 0, surface[i + width + 1] ?? 0]
    const near = a + (b - a) * (fc - c)
    return near + (d + (e - d) * (fc - c) - near) * (fr - r) - z * up
  }
}

/** How deep below the margin of the gums the palate, or floor and tongue, lie this far behind the teeth; mm. */
function innerDepth(behind: number, upper: boolean): number {
  if (upper) return 13.5 * (1 - Math.exp(-behind / 8.5))
  const tongue = Math.min(1, Math.max(0, (behind - 3.5) / 9))
  return 9 * (1 - Math.exp(-behind / 2.6)) - 7.5 * tongue * tongue * (3 - 2 * tongue)
}

/**
 * Traces gums and cheeks. Every other pixel of every other row is traced; those between are interpolated where their
 * neighbours hit the same surface, and traced where they do not.
 */
function traceSoftTissue(phantom: Phantom, scene: Scene, mm: number) {
  const g = scene.camera
  const { columns, rows } = scene
  const upper = gumsBefore(phantom, g, true)
  const lower = gumsBefore(phantom, g, false)
  const surfaces = [
    { id: GUM_UPPER, f: upper.distance, rate: 0.5, isSeen: g.jaw !== 'lower' },
    { id: GUM_LOWER, f: lower.distance, rate: 0.5, isSeen: g.jaw !== 'upper' },
    { id: CHEEK, f: cheekOf(g), rate: 0.75, isSeen: true },
  ]
  const teethDepth = scene.depth.slice()
  const hitWhat = new Uint8Array(columns * rows)
  const hitDepth = new Float32Array(columns * rows)
  const START = -12
  let lastCheek = START

  function traceAt(c: number, r: number) {
    const i = r * columns + c
    const px = (c + 0.5 - columns / 2) * mm
    const pz = -(r + 0.5 - rows / 2) * mm
    const tooth = teethDepth[i] ?? 90
    let nearest = Math.min(tooth, 80)
    hitWhat[i] = NOTHING
    for (let n = 0; n < surfaces.length; n++) {
      const surface = surfaces[n]
      if (!surface?.isSeen) continue
      if (g.jaw === null && ((surface.id === GUM_UPPER && pz < -4) || (surface.id === GUM_LOWER && pz > 4)))
        continue
      // No cheek hides the middle of the arches.
      if (surface.id === CHEEK && tooth < 40 && Math.abs(px) < 20 && Math.abs(pz) < 11) continue
      // The funnel hides nothing of itself: start a little in front of its last hit. Gums may.
      let y = surface.id === CHEEK ? lastCheek - 6 : START
      const k0 = 1 + y / g.distanceMm
      if (y <= START || y >= nearest || surface.f(px * k0, y, g.centreZ + pz * k0) < 0.1) y = START
      let hit = false
      for (let step = 0; step < 90 && y < nearest; step++) {
        const k = 1 + y / g.distanceMm
        const distance = surface.f(px * k, y, g.centreZ + pz * k)
        if (distance < 0.02) {
          hit = true
          break
        }
        y += Math.max(0.03, Math.min(distance * surface.rate, 4))
      }
      if (hit && y < nearest) {
        if (surface.id === CHEEK) lastCheek = y
        nearest = y
        hitWhat[i] = surface.id
        hitDepth[i] = y
      }
    }
  }

  function between(i: number, a: number, b: number, c: number, r: number) {
    const id = hitWhat[a] ?? NOTHING
    const depth = ((hitDepth[a] ?? 0) + (hitDepth[b] ?? 0)) / 2
    if (
      id === hitWhat[b] &&
      (id === NOTHING ||
        (Math.abs((hitDepth[a] ?? 0) - (hitDepth[b] ?? 0)) < 0.5 && depth < (teethDepth[i] ?? 90) - 0.3))
    ) {
      hitWhat[i] = id
      hitDepth[i] = depth
    } else traceAt(c, r)
  }
  for (let r = 0; r < rows; r += 2) for (let c = 0; c < columns; c += 2) traceAt(c, r)
  for (let r = 0; r < rows; r += 2) {
    for (let c = 1; c < columns; c += 2) {
      const i = r * columns + c
      between(i, i - 1, c + 1 < columns ? i + 1 : i - 1, c, r)
    }
  }
  for (let r = 1; r < rows; r += 2) {
    for (let c = 0; c < columns; c++) {
      const i = r * columns + c
      between(i, i - columns, r + 1 < rows ? i + columns : i - columns, c, r)
    }
  }

  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const i = r * columns + c
      const id = hitWhat[i] ?? NOTHING
      const surface = id === NOTHING ? undefined : surfaces[id - GUM_UPPER]
      if (!surface) continue
      const y = hitDepth[i] ?? 0
      const k = 1 + y / g.distanceMm
      const x = (c + 0.5 - columns / 2) * mm * k
      const z = g.centreZ - (r + 0.5 - rows / 2) * mm * k
      const e = 0.08
      const here = surface.f(x, y, z)
      setNormal(
        scene,
        i,
        surface.f(x + e, y, z) - here,
        surface.f(x, y + e, z) - here,
        surface.f(x, y, z + e) - here,
      )
      scene.what[i] = surface.id
      scene.depth[i] = y
      if (surface.id !== CHEEK)
        scene.detail[i] = (surface.id === GUM_UPPER ? upper : lower).depth(x, y, z).below
    }
  }
}

function setNormal(scene: Scene, i: number, x: number, y: number, z: number) {
  const length = Math.sqrt(x * x + y * y + z * z) || 1
  scene.normals[i * 3] = x / length
  scene.normals[i * 3 + 1] = y / length
  scene.normals[i * 3 + 2] = z / length
}

function traceTooth(tooth: PlacedTooth, id: number, scene: Scene, mm: number) {
  const g = scene.camera
  const { form, origin: o, mesial: m, facial: f, occlusal: q } = tooth
  const middle = [0, 1, 2].map((axis) => (o[axis] ?? 0) + (q[axis] ?? 0) * (form.size.crown / 2 - 1))
  const radius = form.size.crown / 2 + 3.6
  const scale = 1 + (middle[1] ?? 0) / g.distanceMm
  const cc = (middle[0] ?? 0) / scale / mm + scene.columns / 2
  const rr = -((middle[2] ?? 0) - g.centreZ) / scale / mm + scene.rows / 2
  const reach = radius / scale / mm
  const field = createToothField()
  const span = { start: 0.5, end: 0.5 }
  const near = (middle[1] ?? 0) - radius
  const far = (middle[1] ?? 0) + radius
  const r0 = Math.max(0, Math.floor(rr - reach))
  const c0 = Math.max(0, Math.floor(cc - reach))
  const height = Math.min(scene.rows - 1, Math.ceil(rr + reach)) - r0 + 1
  const width = Math.min(scene.columns - 1, Math.ceil(cc + reach)) - c0 + 1
  if (height < 2 || width < 2) return
  // Per pixel: depth (NaN = missed), normal in the tooth's frame, height on the crown.
  const hits = new Float32Array(width * height * 5).fill(NaN)

  function traceAt(c: number, r: number) {
    const end = Math.min(far, scene.depth[(r0 + r) * scene.columns + c0 + c] ?? 90)
    if (near >= end) return
    const px = (c0 + c + 0.5 - scene.columns / 2) * mm
    const pz = -(r0 + r + 0.5 - scene.rows / 2) * mm
    // Position along the ray is y; the ray in the tooth's frame is linear in y.
    const bx = px - o[0]
    const by = -o[1]
    const bz = g.centreZ + pz - o[2]
    const ex = px / g.distanceMm
    const ez = pz / g.distanceMm
    const x0 = bx * m[0] + by * m[1] + bz * m[2]
    const y0 = bx * f[0] + by * f[1] + bz * f[2]
    const z0 = bx * q[0] + by * q[1] + bz * q[2]
    const vx = ex * m[0] + m[1] + ez * m[2]
    const vy = ex * f[0] + f[1] + ez * f[2]
    const vz = ex * q[0] + q[1] + ez * q[2]
    span.start = near
    span.end = end
    clip(span, x0, vx, -form.halfX, form.halfX)
    clip(span, y0, vy, -form.halfY, form.halfY)
    clip(span, z0, vz, -4, form.size.crown + 0.4)
    let y = span.start
    for (let step = 0; step < 40 && y < span.end; step++) {
      const lx = x0 + vx * y
      const ly = y0 + vy * y
      const lz = z0 + vz * y
      form.evaluate(lx, ly, lz, field)
      const here = field.outer
      if (here < 0.012) {
        const e = 0.05
        const h = (r * width + c) * 5
        hits[h] = y
        form.evaluate(lx + e, ly, lz, field)
        hits[h + 1] = field.outer - here
        form.evaluate(lx, ly + e, lz, field)
        hits[h + 2] = field.outer - here
        form.evaluate(lx, ly, lz + e, field)
        // Perikymata: hardly visible rings round the crown.
        hits[h + 3] = field.outer - here + e * 0.012 * Math.sin(lz * 7 + lx * 0.6)
        hits[h + 4] = lz / form.size.crown
        return
      }
      y += Math.min(2.5, Math.max(0.02, here * 0.8))
    }
  }

  /** Interpolates where both neighbours hit one smooth face, or both miss; traces where a border runs between. */
  function between(c: number, r: number, from: number, to: number) {
    const [a, b] = [hits[from * 5] ?? NaN, hits[to * 5] ?? NaN]
    if (Number.isNaN(a) && Number.isNaN(b)) return
    if (Math.abs(a - b) < 0.3) {
      for (let k = 0; k < 5; k++)
        hits[(r * width + c) * 5 + k] = ((hits[from * 5 + k] ?? 0) + (hits[to * 5 + k] ?? 0)) / 2
    } else traceAt(c, r)
  }

  for (let r = 0; r < height; r += 2) for (let c = 0; c < width; c += 2) traceAt(c, r)
  for (let r = 0; r < height; r += 2) {
    for (let c = 1; c < width; c += 2) {
      const i = r * width + c
      between(c, r, i - 1, c + 1 < width ? i + 1 : i - 1)
    }
  }
  for (let r = 1; r < height; r += 2) {
    for (let c = 0; c < width; c++) {
      const i = r * width + c
      between(c, r, i - width, r + 1 < height ? i + width : i - width)
    }
  }
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const h = (r * width + c) * 5
      const y = hits[h] ?? NaN
      const i = (r0 + r) * scene.columns + c0 + c
      if (Number.isNaN(y) || y >= (scene.depth[i] ?? 90)) continue
      const [nx, ny, nz] = [hits[h + 1] ?? 0, hits[h + 2] ?? 0, hits[h + 3] ?? 0]
      setNormal(
        scene,
        i,
        nx * m[0] + ny * f[0] + nz * q[0],
        nx * m[1] + ny * f[1] + nz * q[1],
        nx * m[2] + ny * f[2] + nz * q[2],
      )
      scene.what[i] = id
      scene.depth[i] = y
      scene.detail[i] = hits[h + 4] ?? 0
    }
  }
}

function traceBraces({ brackets, wires }: Braces, scene: Scene, mm: number) {
  for (const bracket of brackets) traceBracket(bracket, scene, mm)
  for (const { points } of wires) for (const point of points) traceBall(point, wireRadiusMm, scene, mm)
}

function traceBracket(bracket: Bracket, scene: Scene, mm: number) {
  const g = scene.camera
  const { origin: o } = bracket
  const radius = 3
  const scale = 1 + o[1] / g.distanceMm
  const cc = o[0] / scale / mm + scene.columns / 2
  const rr = -(o[2] - g.centreZ) / scale / mm + scene.rows / 2
  const reach = radius / scale / mm
  const distance = (x: number, y: number, z: number) =>
    bracketDistance(bracket, ...inBracket(bracket, [x, y, z]))
  for (let r = Math.max(0, Math.floor(rr - reach)); r < Math.min(scene.rows, rr + reach); r++) {
    for (let c = Math.max(0, Math.floor(cc - reach)); c < Math.min(scene.columns, cc + reach); c++) {
      const i = r * scene.columns + c
      const px = (c + 0.5 - scene.columns / 2) * mm
      const pz = -(r + 0.5 - scene.rows / 2) * mm
      const end = Math.min(o[1] + radius, scene.depth[i] ?? 90)
      let y = o[1] - radius
      for (let step = 0; step < 60 && y < end; step++) {
        const k = 1 + y / g.distanceMm
        const [x, z] = [px * k, g.centreZ + pz * k]
        const { metal, elastic } = distance(x, y, z)
        const here = Math.min(metal, elastic)
        if (here < 0.015) {
          const e = 0.04
          const nearest = (dx: number, dy: number, dz: number) => {
            const d = distance(x + dx, y + dy, z + dz)
            return Math.min(d.metal, d.elastic) - here
          }
          setNormal(scene, i, nearest(e, 0, 0), nearest(0, e, 0), nearest(0, 0, e))
          scene.what[i] = elastic < metal ? ELASTIC : METAL
          scene.depth[i] = y
          break
        }
        y += Math.max(0.02, here * 0.9)
      }
    }
  }
}

/** A ball of a wire's chain: what of it is nearer than what was there. */
function traceBall([x, y, z]: Vector, radius: number, scene: Scene, mm: number) {
  const g = scene.camera
  const scale = (1 + y / g.distanceMm) * mm
  const column = x / scale + scene.columns / 2 - 0.5
  const row = -(z - g.centreZ) / scale + scene.rows / 2 - 0.5
  const reach = radius / scale
  for (let r = Math.max(0, Math.ceil(row - reach)); r <= Math.min(scene.rows - 1, row + reach); r++) {
    for (
      let c = Math.max(0, Math.ceil(column - reach));
      c <= Math.min(scene.columns - 1, column + reach);
      c++
    ) {
      const dx = (c - column) * scale
      const dz = -(r - row) * scale
      const deep = radius * radius - dx * dx - dz * dz
      if (deep <= 0) continue
      const i = r * scene.columns + c
      const front = y - Math.sqrt(deep)
      if (front >= (scene.depth[i] ?? 90)) continue
      setNormal(scene, i, dx, -Math.sqrt(deep), dz)
      scene.what[i] = METAL
      scene.depth[i] = front
    }
  }
}

const lights: { x: number; y: number; z: number; power: number }[] = [
  { x: -0.36, y: -0.9, z: 0.26, power: 0.62 },
  { x: 0.36, y: -0.9, z: 0.26, power: 0.62 },
  { x: 0, y: -0.98, z: -0.2, power: 0.12 },
]

/** @param phantom in the camera's frame */
function shade(phantom: Phantom, scene: Scene): Uint8Array {
  const { columns, rows, what, depth, normals, detail } = scene
  const g = scene.camera
  const mm = g.fieldMm / columns
  const salt = phantom.plan.seed & 0xffff
  const random = createRandom(phantom.plan.seed ^ 0xf070 ^ phantom.phase.charCodeAt(1))
  const age = phantom.plan.age
  // Light that gets into clefts: nearer than its surroundings is open, deeper is shadowed.
  const openness = (radius: number) =>
    blur(
      { width: columns, height: rows, values: depth.map((v) => Math.min(v, 34)) } satisfies Raster,
      radius / mm,
    )
  const [near, wide] = [openness(0.55), openness(2.6)]

  const linear = new Float32Array(columns * rows * 3)
  const colour: Rgb = [0, 0, 0]
  for (let r = 0; r < rows; r++) {
    const pz = -(r + 0.5 - rows / 2) * mm
    for (let c = 0; c < columns; c++) {
      const i = r * columns + c
      const px = (c + 0.5 - columns / 2) * mm
      const id = what[i] ?? NOTHING
      const y = depth[i] ?? 90
      const nx0 = normals[i * 3] ?? 0
      const ny0 = normals[i * 3 + 1] ?? -1
      const nz0 = normals[i * 3 + 2] ?? 0
      let nx = nx0
      let ny = ny0
      let nz = nz0
      let gloss = 0
      let sharpness = 60
      let wrap = 0.25
      if (id === NOTHING) {
        colour[0] = 0.012
        colour[1] = 0.004
        colour[2] = 0.004
      } else if (id === METAL) {
        // Steel shows its surroundings: flash above, gums and lips at the sides and below.
        const mirror = 0.5 + 0.5 * nz0
        colour[0] = 0.3 + 0.22 * mirror
        colour[1] = 0.27 + 0.25 * mirror
        colour[2] = 0.27 + 0.27 * mirror
        gloss = 1.1
        sharpness = 28
        wrap = 0.1
      } else if (id === ELASTIC) {
        colour[0] = 0.05
        colour[1] = 0.27
        colour[2] = 0.36
        gloss = 0.35
        sharpness = 50
        wrap = 0.3
      } else if (id < METAL) {
        const tooth = phantom.teeth[id - 1]
        const position = Number(tooth?.fdi[1] ?? 1)
        const t = Math.max(0, Math.min(1.05, detail[i] ?? 0))
        toothColour(
          colour,
          position,
          t,
          age,
          latticeHash(id, salt, 3),
          noise2(px * 2.2, pz * 0.5, salt + id),
          -ny0,
        )
        const bump = 0.035
        nx += bump * noise2(px * 1.6, pz * 0.55, salt + 11)
        nz += bump * 0.6 * noise2(px * 1.1, pz * 1.4, salt + 12)
        gloss = 0.5
        sharpness = 130
        wrap = 0.38
      } else {
        const below = id === CHEEK ? 14 : (detail[i] ?? 0)
        gumColour(colour, id, below, px, pz, y, salt)
        const bump = id === CHEEK ? 0.1 : below < 6 ? 0.07 : 0.1
        const f = id === CHEEK ? 0.55 : 1.5
        nx += bump * (noise3(px * f, pz * f, y * f) + 0.5 * noise3(px * f * 2.3, pz * f * 2.3, 7))
        nz += bump * (noise3(px * f + 31, pz * f, y * f) + 0.5 * noise3(px * f * 2.3, pz * f * 2.3, 19))
        gloss = id === CHEEK ? 0.16 : 0.26
        sharpness = id === CHEEK ? 40 : 75
        wrap = 0.45
      }
      const length = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1
      nx /= length
      ny /= length
      nz /= length

      let diffuse = 0.1
      let shine = 0
      for (const light of lights) {
        const cos = nx * light.x + ny * light.y + nz * light.z
        diffuse += light.power * Math.max(0, (cos + wrap) / (1 + wrap))
        // Half way between light and camera.
        const hy = light.y - 1
        const h = Math.max(
          0,
          (nx * light.x + ny * hy + nz * light.z) /
            Math.sqrt(light.x * light.x + hy * hy + light.z * light.z),
        )
        shine += light.power * h ** sharpness
      }
      const capped = Math.min(y, 34)
      const cleft =
        Math.max(0, capped - (near.values[i] ?? capped)) * 0.75 +
        Math.max(0, capped - (wide.values[i] ?? capped)) * 0.14
      const open = Math.max(0.16, 1 - cleft * 0.62)
      const reach = id === CHEEK ? Math.exp(-Math.max(0, y + 2) / 34) : Math.exp(-Math.max(0, y - 3) / 46)
      const light = diffuse * open * reach
      const spark = shine * gloss * open * reach
      // In clefts light has passed gum or tooth more than once: redder.
      const bleed = (1 - open) * 0.5
      linear[i * 3] = colour[0] * light * (1 + bleed * 0.35) + spark
      linear[i * 3 + 1] = colour[1] * light * (1 - bleed * 0.35) + spark
      linear[i * 3 + 2] = colour[2] * light * (1 - bleed * 0.4) + spark
    }
  }
  softenEdges(linear, what, depth, columns, rows)
  if (g.isFront) addRetractors(linear, columns, rows, mm)

  const rgb = new Uint8Array(columns * rows * 3)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const fall = 1 - 0.16 * (((c / columns - 0.5) * 2) ** 2 + ((r / rows - 0.5) * 2) ** 2)
      for (let k = 0; k < 3; k++) {
        const i = (r * columns + c) * 3 + k
        const v = (linear[i] ?? 0) * 1.12 * fall
        const toned = (v * (1 + v * 0.18)) / (1 + v * 0.42)
        const grain = (random.next() - 0.5) * 0.012
        rgb[i] = Math.round(255 * Math.min(1, Math.max(0, Math.min(1, toned) ** (1 / 2.2) + grain)))
      }
    }
  }
  return rgb
}

function toothColour(
  out: Rgb,
  position: number,
  t: number,
  age: number,
  variety: number,
  streak: number,
  facing: number,
) {
  const back = position <= 2 ? 0 : position === 3 ? 0.5 : 0.32
  const yellow = Math.min(1, 0.18 + age / 120 + back * 0.5 + variety * 0.12)
  // Linear light: neck warm, body ivory, edge grey and translucent.
  const neck = Math.max(0, 1 - t / 0.4)
  out[0] = 0.84 - 0.05 * yellow
  out[1] = 0.745 - 0.12 * yellow
  out[2] = 0.61 - 0.21 * yellow
  out[0] *= 1 - 0.1 * neck * neck
  out[1] *= 1 - 0.22 * neck * neck
  out[2] *= 1 - 0.38 * neck * neck
  if (position <= 3) {
    const edge = Math.max(0, (t - 0.72) / 0.28)
    const clear = Math.min(1, edge * edge * (1.25 + 0.5 * streak)) * (age < 35 ? 0.62 : 0.42)
    out[0] += (0.5 - out[0]) * clear
    out[1] += (0.53 - out[1]) * clear
    out[2] += (0.55 - out[2]) * clear
    // A whitish hem where the edge scatters the light back.
    const hem = Math.max(0, 1 - Math.abs(t - 0.985) / 0.022) * 0.4
    out[0] += (0.74 - out[0]) * hem
    out[1] += (0.74 - out[1]) * hem
    out[2] += (0.74 - out[2]) * hem
  }
  const soft = 1 + 0.035 * streak - 0.12 * (1 - facing) * (1 - facing)
  out[0] *= soft
  out[1] *= soft * (1 - 0.03 * (1 - facing))
  out[2] *= soft * (1 - 0.06 * (1 - facing))
}

function gumColour(out: Rgb, id: number, below: number, x: number, z: number, y: number, salt: number) {
  // Attached gum is coral, the free margin a shade lighter, the loose mucosa towards the lip dark red.
  const loose = Math.min(1, Math.max(0, (below - 5.2 - 1.2 * noise2(x * 0.4, z * 0.4, salt + 20)) / 3))
  const margin = Math.max(0, 1 - below / 1.1)
  out[0] = 0.64 + 0.05 * margin - 0.12 * loose
  out[1] = 0.265 + 0.035 * margin - 0.135 * loose
  out[2] = 0.25 + 0.03 * margin - 0.13 * loose
  const blotch = noise2(x * 0.33, z * 0.33, salt + 21) + 0.5 * noise2(x * 0.9, z * 0.9, salt + 22)
  out[0] *= 1 + 0.03 * blotch
  out[1] *= 1 + 0.11 * blotch
  out[2] *= 1 + 0.1 * blotch
  if (loose > 0.1 && id !== CHEEK) {
    const vessel =
      1 - Math.abs(noise2(x * 1.1 + 0.6 * noise2(x, z * 0.5, salt + 23), z * 0.22, salt + 24)) * 9
    if (vessel > 0) {
      out[1] *= 1 - 0.16 * vessel * loose
      out[2] *= 1 - 0.12 * vessel * loose
    }
  }
  if (id === CHEEK) {
    // The lip turned outwards is paler than the fold.
    const lip = Math.min(1, Math.max(0, (1 - y) / 5))
    out[0] += 0.1 * lip
    out[1] += 0.1 * lip
    out[2] += 0.1 * lip
  }
}

/** Averages across borders of different surfaces, which a single ray a pixel leaves jagged. */
function softenEdges(
  linear: Float32Array,
  what: Uint8Array,
  depth: Float32Array,
  columns: number,
  rows: number,
) {
  const copy = linear.slice()
  for (let r = 1; r < rows - 1; r++) {
    for (let c = 1; c < columns - 1; c++) {
      const i = r * columns + c
      const id = what[i]
      const y = depth[i] ?? 0
      const border = [i - 1, i + 1, i - columns, i + columns].some(
        (j) => what[j] !== id || Math.abs((depth[j] ?? 0) - y) > 0.8,
      )
      if (!border) continue
      for (let k = 0; k < 3; k++) {
        let sum = 2 * Math.min(1.2, copy[i * 3 + k] ?? 0)
        for (const j of [i - 1, i + 1, i - columns, i + columns]) sum += Math.min(1.2, copy[j * 3 + k] ?? 0)
        for (const j of [i - columns - 1, i - columns + 1, i + columns - 1, i + columns + 1])
          sum += 0.5 * Math.min(1.2, copy[j * 3 + k] ?? 0)
        linear[i * 3 + k] = sum / 8
      }
    }
  }
}

/** Clear plastic retractors hold the corners: a glassy rim on each side. */
function addRetractors(linear: Float32Array, columns: number, rows: number, mm: number) {
  for (let r = 0; r < rows; r++) {
    const z = -(r + 0.5 - rows / 2) * mm - 0.3
    for (let c = 0; c < columns; c++) {
      const x = Math.abs((c + 0.5 - columns / 2) * mm)
      // Inner edge of the rim: an arc bulging outwards, that ends under the lips.
      const ends = 1 - Math.min(1, Math.abs(z) / 19) ** 6
      const edge = 31.6 - (z / 15) ** 2 * 2.2
      const d = x - edge
      if (d < -0.6 || ends <= 0) continue
      const i = (r * columns + c) * 3
      const rim =
        ends *
        (Math.exp(-(((d - 1) / 0.6) ** 2)) * 0.3 +
          Math.exp(-(((d - 0.15) / 0.16) ** 2)) * 0.26 +
          (d > 0 ? 0.1 * Math.exp(-d / 3) : 0))
      const glint = ends * Math.exp(-(((d - 1.2) / 0.12) ** 2)) * (0.5 + 0.5 * Math.sin(z * 0.55 + 1)) * 0.45
      for (let k = 0; k < 3; k++) {
        const v = linear[i + k] ?? 0
        linear[i + k] = v * (1 - rim * 0.75) + 0.5 * rim + glint
      }
    }
  }
}
