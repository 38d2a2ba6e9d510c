import { createArch } from './arch.ts'
import type { Arch } from './arch.ts'
import { createRandom, noise3 } from './noise.ts'
import { createDistanceTable } from './outline.ts'

/**
 * Density at a point of the jaws without teeth: -1 air, 0 soft tissue, 0.3–0.6 trabecular bone, 1 cortical bone,
 * and values between where a border runs through.
 */
export type Bone = {
  /** Upper jaw, sinuses, nose, palate and airway. */
  upper(x: number, y: number, z: number): number
  /** Mandible; the caller moves the point into the closed mouth first. */
  mandible(x: number, y: number, z: number): number
  upperArch: Arch
  lowerArch: Arch
  /** The mandibular canal from the mandibular to the mental foramen, as (s, z) along the lower arch. */
  canal: readonly (readonly [number, number])[]
  /** The mandible's border unrolled, as (s, z) along the lower arch. */
  mandibleOutline: readonly (readonly [number, number])[]
  sinus: { s: number; z: number; halfS: number; halfZ: number }
}

export const AIR = -1

/** Ramp from 0 (outside) to 1 (inside) over a tenth of a millimetre more than the voxel would blur anyway. */
function ramp(inside: number, width: number): number {
  const t = 0.5 + inside / width
  return t < 0 ? 0 : t > 1 ? 1 : t
}

/** Spongy bone: plates and struts as ridges of noise, about a millimetre apart. */
function trabeculae(x: number, y: number, z: number): number {
  const a = 1 - Math.abs(noise3(x * 0.75, y * 0.75, z * 0.6)) * 2.2
  const b = 1 - Math.abs(noise3(x * 1.7 + 40, y * 1.7, z * 1.4)) * 2.2
  return 0.42 + 0.13 * a + 0.09 * b
}

export function createBone(seed: number, archScale: number): Bone {
  const random = createRandom(seed ^ 0x51f1)
  const width = archScale * random.between(0.98, 1.03)
  const scaled = (points: [number, number][]) =>
    points.map(([x, y]): [number, number] => [x * width, y * archScale])
  const upperArch = createArch(
    scaled([
      [0, 3],
      [8.8, 4.6],
      [15.3, 9.2],
      [19.3, 15.8],
      [22.4, 23.5],
      [25.2, 33],
      [27.2, 43],
      [28.4, 53],
      [29, 62],
    ]),
  )
  const lowerArch = createArch(
    scaled([
      [0, 4.8],
      [7.6, 6.0],
      [13.4, 9.8],
      [17.4, 16.2],
      [20.4, 24.4],
      [23, 34.4],
      [25.2, 44.4],
      [26.8, 53],
      [29, 62],
      [33.5, 72],
      [39.5, 82],
      [46, 91],
      [52, 99],
    ]),
  )

  const angle = random.between(-2.5, 2.5)
  const chin = random.between(-1.5, 1.5)
  const condyle = random.between(-2, 2)
  const mandibleOutline: [number, number][] = [
    [-12, -42 + chin],
    [0, -42.6 + chin],
    [10, -42.4 + chin],
    [20, -40.5 + chin],
    [32, -37 + chin * 0.6],
    [46, -33.5],
    [58, -30.5 + angle * 0.5],
    [70, -27.5 + angle],
    [79, -23.5 + angle],
    [86, -15 + angle],
    [89, -4],
    [91.5, 10],
    [94, 22],
    [97, 29],
    [101, 34],
    [102.6, 38 + condyle],
    [100.8, 41.6 + condyle],
    [97, 42.6 + condyle],
    [92.6, 40.6 + condyle],
    [90, 36],
    [88.4, 30],
    [85, 23.6],
    [80, 20.5],
    [75.5, 22.6],
    [72, 28],
    [69.6, 34],
    [67.2, 36.6],
    [65, 34.5],
    [63.4, 28],
    [62.6, 19],
    [62, 10],
    [60.6, 3],
    [58.2, -2.6],
    [54, -6.2],
    [46, -7.6],
    [36, -8.1],
    [26, -8.5],
    [16, -9.3],
    [8, -8.9],
    [0, -8.8],
    [-12, -8.8],
  ]
  const outline = createDistanceTable(mandibleOutline, true, { left: -1, right: 116, bottom: -52, top: 54 })
  const canal: [number, number][] = [
    [80, 6],
    [77, -3],
    [72, -12],
    [65, -20],
    [56, -25.5],
    [46, -28.4],
    [37, -29.2],
    [31, -27.6],
    [27.6, -24],
  ]
  const canalTable = createDistanceTable(canal, false, { left: 20, right: 90, bottom: -45, top: 20 })
  const sinus = {
    s: 45 + random.between(-2, 2),
    z: 35,
    halfS: 17.5 + random.between(-1.5, 2),
    halfZ: 18.5 + random.between(-2.5, 1.5),
  }
  const here = { s: 0.5, d: 0.5 }

  function mandible(x: number, y: number, z: number): number {
    if (z < -50 || z > 48 || y > 108) return 0
    lowerArch.locate(x, y, here)
    const s = Math.abs(here.s)
    const edge = outline.at(s, z)
    if (edge < -0.6) return 0
    const ramus = s < 52 ? 0 : s > 70 ? 1 : (s - 52) / 18
    const front = s > 32 ? 0 : 1 - (s * s * (96 - 2 * s)) / 32768
    const low = z > -10 ? 0 : Math.min(1, (-10 - z) / 22)
    const head = Math.min(1, Math.max(0, (z - 25) / 10)) * Math.min(1, Math.max(0, (s - 80) / 8))
    // Chin and lower border stand out in front, the ramus to the cheek.
    const centre = (1.2 + 1.2 * front) * low * (1 - ramus) - (1 - low) * 1.2 * front + ramus * 1.2
    const body = 6.5 + 0.6 * low - front * (1.5 - 1.0 * low)
    let thick = body * (1 - ramus) + 4.1 * ramus
    // The coronoid process is a thin blade.
    if (s < 80 && z > 8) thick -= 1.8 * Math.min(1, (z - 8) / 14) * Math.min(1, (80 - s) / 6) * ramus
    thick += head * 4.6
    const round = z > -16 && s < 60 ? 1.7 : 6
    const bend = edge >= round ? 1 : Math.sqrt(Math.max(0.02, 1 - (1 - edge / round) ** 2))
    const half = thick * bend
    const side = half - Math.abs(here.d - centre)
    if (side < -0.5) return 0
    const inside = Math.min(edge, side)
    const surface = ramp(inside, 0.6)
    if (surface <= 0) return 0
    // Thick plate at the lower border and the chin, thin at the crest of the sockets.
    const lower = z < -20 && s < 78 ? Math.min(1, (-20 - z) / 12) : 0
    const borderThick = z > -13 && s < 60 ? 0.7 : 1.7 - 0.8 * head + 1.7 * lower
    const plateThick = (z > -16 && s < 56 ? 1.4 : 1.7 - 0.7 * head) + 0.6 * lower
    const cortical = Math.max(1 - ramp(edge - borderThick, 0.8), 1 - ramp(side - plateThick, 0.7))
    let inner = trabeculae(x, y, z) * (ramus > 0.5 ? 0.75 : 0.95)
    if (s > 24 && s < 84) {
      const across = here.d - (s < 34 ? ((34 - s) / 8) * 5 : -0.8)
      const beside = canalTable.at(s, z)
      const around = Math.sqrt(beside * beside + across * across)
      if (around < 2.6) {
        const wall = 1 - Math.min(1, Math.abs(around - 1.75) / 0.5)
        inner = around < 1.5 ? 0.04 : Math.max(inner, inner + (0.85 - inner) * wall)
        if (s < 30 && around < 1.4) return surface * 0.04
      }
    }
    return surface * (inner + (1 - inner) * cortical)
  }

  function upper(x: number, y: number, z: number): number {
    // Throat: behind tongue and palate.
    const tx = x / 14
    const ty = (y - 73 - z * 0.06) / 8.5
    const throat = Math.sqrt(tx * tx + ty * ty)
    if (throat < 1.02 && z < 60) return AIR * ramp(1 - throat, 0.12)
    if (z < 6 || y > 66) return 0
    upperArch.locate(x, y, here)
    const s = Math.abs(here.s)
    const d = here.d
    let density = 0

    // Alveolar process: leans to the palate in front, as its roots do.
    const crest = s < 24 ? 10.2 - 0.03 * s : 9.4 - Math.min(1.3, (s - 24) * 0.07) + 0.25 * Math.cos(s * 0.63)
    const end = 60 - s - Math.max(0, (z - 12) * 0.4)
    const lean = s < 30 ? -0.34 * (1 - s / 30) * (z - 8) : 0.02 * (z - 8)
    const half =
      Math.min(1, Math.max(0.3, end / 6)) * (s < 22 ? 4.6 : 4.6 + Math.min(2.2, (s - 22) * 0.16)) +
      Math.max(0, z - 12) * (s < 24 ? 0.12 : 0.05)
    const side =
      half * Math.sqrt(Math.max(0.02, 1 - Math.max(0, 1 - (z - crest) / 1.5) ** 2)) - Math.abs(d - lean)
    const inside = Math.min(side, z - crest, end * 0.7, 34 - z)
    if (inside > -0.5) {
      const surface = ramp(inside, 0.6)
      const cortical = 1 - ramp(Math.min(side - 1.2, end * 0.4 - 0.1, z - crest - 0.5), 0.7)
      const inner = trabeculae(x, y, z) * 0.82
      density = surface * (inner + (0.92 - inner) * cortical)
    }

    // Hard palate: a vault inside the arch.
    if (d < 0 && y < 47 && y > 6 && z > 11.5) {
      const vault = 23.5 - 13 * Math.exp((d + 4.6) / 5.2)
      const plate = Math.min(z - vault, vault + 2.4 - z, (47 - y) * 0.5)
      if (plate > -0.5) density = Math.max(density, 0.9 * ramp(plate, 0.6))
    }

    // Maxillary sinus with its thin wall.
    const bump = 0.8 * Math.sin(s * 0.55) + 0.5 * Math.sin(s * 1.1 + 1)
    const qs = (s - sinus.s) / sinus.halfS
    const qz = (z - sinus.z + (z < sinus.z ? bump * 0.6 : 0)) / sinus.halfZ
    const qd = (d + 4.5) / 11
    const round = qs * qs + qz * qz + qd * qd
    const q =
      0.55 * Math.sqrt(round) +
      0.45 * Math.sqrt(Math.sqrt(qs * qs * qs * qs + qz * qz * qz * qz + qd * qd * qd * qd))
    if (q < 1.12) {
      const depth = (1 - q) * 10
      if (depth > 0.5) return AIR + (density + 1) * (1 - ramp(depth - 0.5, 0.6))
      density = Math.max(density, 0.7 * ramp(0.45 - Math.abs(depth), 0.5))
    }

    // Root of the cheek bone.
    const gs = (s - 50) / 9
    const gd = (d - 11) / 8
    const gz = (z - 31) / 10
    const zygoma = 1 - Math.sqrt(gs * gs + gd * gd + gz * gz)
    if (zygoma > -0.05) {
      const depth = zygoma * 8
      density = Math.max(density, ramp(depth, 1.5) * 0.45)
    }
    return density
  }

  return { upper, mandible, upperArch, lowerArch, canal, mandibleOutline, sinus }
}
