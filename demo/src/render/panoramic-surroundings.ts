import { createRandom, noise2 } from '../phantom/noise.ts'
import { smoothLine } from '../phantom/outline.ts'
import type { Phantom } from '../phantom/phantom.ts'
import { panoramicGeometry } from './panoramic.ts'
import type { Raster } from './raster.ts'
import { blur, createRaster } from './raster.ts'

type Points = readonly (readonly [number, number])[]

/** A soft-edged stroke (`band` mm wide) or area, in object mm of the picture's left half: "s,z s,z …". */
type Shape = { path: string; band?: number; strength: number; soft: number; middle?: boolean }

/** Out of the sharp layer: blurred once more before they are added. */
const ghosts: readonly Shape[] = [
  // The other side's ramus and angle, higher and wider than the real one; the palate.
  { path: '16,6 40,10 78,22 98,44 70,48 34,34', strength: 0.1, soft: 12 },
  { path: '0,37 30,37.5 62,40', band: 4, strength: 0.14, soft: 3 },
  // Tongue against the palate leaves a sliver of air; the throat is a band down behind the ramus.
  { path: '0,22 24,23 46,26.5 64,25 76,14', band: 4.5, strength: -0.13, soft: 2.6 },
  {
    path: '70,44 82,34 86,10 88,-16 94,-50 96,-70 82,-70 78,-46 76,-18 74,8 68,28',
    strength: -0.15,
    soft: 4,
  },
  { path: '54,30 66,26 80,10 82,2 74,8 60,20', strength: 0.1, soft: 2.5 },
  // Hollow below the molars, where the mandible is thin.
  { path: '36,-22 48,-18 62,-14 72,-8 70,-20 56,-27 42,-31', strength: -0.07, soft: 4 },
  // Temporal bone, and the ear lobe.
  { path: '80,54 92,57 103,61 112,44 126,36 126,90 70,90 72,66', strength: 0.2, soft: 6 },
  { path: '97,8 104,14 107,4 102,-6 97,-2', strength: 0.04, soft: 3 },
]

/** Near enough to the sharp layer to show as lines and borders. */
const outlines: readonly Shape[] = [
  // Nose: cavities, conchae, palate, spine.
  { path: '1.4,35 10,34 20,36 25,44 22,56 14,64 1.4,66', strength: -0.2, soft: 1.6 },
  { path: '5,39 12,37.5 19,41 20,47 13,50 6,46', strength: 0.15, soft: 2.4 },
  { path: '6,54 13,52 17,57 12,64 6,62', strength: 0.1, soft: 2 },
  { path: '0,32.4 10,31.8 24,33 40,35 56,37.4 62,39', band: 1.5, strength: 0.2, soft: 0.7 },
  { path: '0,34.6 20,36 44,39 60,41.5', band: 0.9, strength: 0.12, soft: 0.6 },
  { path: '-1.6,32 1.6,32 2.4,28 0,26 -2.4,28', strength: 0.08, soft: 1, middle: true },
  // Orbit and infraorbital canal.
  { path: '18,62 26,54 38,52.5 48,56 52,64 40,72 24,72', strength: -0.09, soft: 1.5 },
  { path: '15,64 22,55 32,51.6 42,52 51,58 54,66', band: 1.3, strength: 0.2, soft: 0.7 },
  { path: '24,66 27,54 30,44', band: 0.8, strength: 0.08, soft: 0.5 },
  // Cheek bone: the J-shaped line of its root, its body, and the arch back to the joint.
  { path: '43.5,56 44,44 46.5,34 51,30.4 55,33 57,40', band: 1.2, strength: 0.2, soft: 0.7 },
  { path: '46,33 54,30 64,35 72,41 66,46 54,52 47,46', strength: 0.15, soft: 2.5 },
  { path: '58,38 68,41.5 78,45 88,49', band: 4.6, strength: 0.14, soft: 1.2 },
  // Back wall of the maxilla, fissure, pterygoid plates.
  { path: '62.4,26 63.6,36 64,50', band: 0.9, strength: 0.14, soft: 0.6 },
  { path: '65,30 67,30 69,44 68,54 65.4,50', strength: -0.08, soft: 1 },
  { path: '67,26 73,24 76,40 74,54 69,54', strength: 0.09, soft: 2 },
  // Joint: eminence and fossa, temporal bone, ear canal, styloid process.
  {
    path: '74,45.6 78,47.6 83,50.6 88,49.8 92.5,52.6 97,56.4 102,56.6 106,53 108,49',
    band: 1.6,
    strength: 0.2,
    soft: 0.8,
  },
  {
    path: '78,49 83,51.4 88,50.8 92.5,53.6 97,57.4 103,57 107,50 112,38 124,34 124,80 88,80',
    strength: 0.16,
    soft: 2.5,
  },
  { path: '106,52 109.4,54 110.6,50.4 107.6,48.6', strength: -0.2, soft: 1.2 },
  { path: '107,38 105,28 102.6,18', band: 1.3, strength: 0.08, soft: 0.9 },
  { path: '102.6,18 101.6,13', band: 0.8, strength: 0.06, soft: 0.8 },
  // External oblique ridge; tongue bone; bite block.
  { path: '62,9 57,0 50,-7 43,-13', band: 1.8, strength: 0.13, soft: 1.4 },
  { path: '56,-51 63,-48.5 72,-47.6 79,-45', band: 1.8, strength: 0.09, soft: 1.4 },
  { path: '-5,5.5 5,5.5 4.4,-8 -4.4,-8', strength: 0.035, soft: 0.5, middle: true },
]

/**
 * What a panoramic shows besides jaws and teeth: soft tissue, air, skull base, cheek bone, spine and the blurred
 * ghosts of what lies outside the sharp layer. Coordinates are object millimetres of the picture: along the curve
 * from the midline, and up from the chewing level.
 */
export function addPanoramicSurroundings(phantom: Phantom, raster: Raster): void {
  const g = panoramicGeometry
  const mm = (g.columns / raster.width / g.magnification) * g.detectorPixelMm
  const random = createRandom(phantom.plan.seed ^ 0x6405)
  const salt = phantom.plan.seed & 0xfff
  const { width, height } = raster
  const vary = (by: number) => random.between(-by, by)

  function add(target: Raster, { path, band, strength, soft, middle }: Shape) {
    const points = parsePath(path).map(([s, z]): [number, number] => [s + vary(0.7), z + vary(0.7)])
    for (const side of middle ? [1] : [-1, 1]) {
      const line = smoothLine(points, band === undefined, 5).map(([s, z]): [number, number] => [
        (s * side) / mm + width / 2,
        (g.topMm - z) / mm,
      ])
      paint(target, line, (band ?? 0) / 2 / mm, soft / mm, strength, band === undefined)
    }
  }

  addSoftTissueAndSpineGhost(raster, mm, salt)
  const far = createRaster(width, height)
  const near = createRaster(width, height)
  for (const shape of ghosts) add(far, shape)
  for (const shape of outlines) add(near, shape)
  add(near, {
    path: `${vary(0.5)},34 ${vary(0.8)},46 ${vary(0.5)},66`,
    band: 2.2,
    strength: 0.2,
    soft: 1,
    middle: true,
  })
  // Upper spine at both edges.
  let z = 26
  for (let level = 0; level < 4; level++) {
    const tall = level === 0 ? 11 : 15
    const x = 106.5 + level * 1.1
    add(near, {
      path: `${x},${z} ${x + 5},${z + 0.6} 123,${z + 2} 123,${z - tall} ${x + 4},${z - tall - 0.6} ${x - 0.6},${z - tall + 0.6}`,
      strength: 0.2,
      soft: 2.2,
    })
    add(near, {
      path: `${x - 0.2},${z} ${x + 0.8},${z - tall / 2} ${x - 0.6},${z - tall}`,
      band: 1.1,
      strength: 0.1,
      soft: 0.8,
    })
    z -= tall + 4.4
  }

  const blurred = blur(far, 5)
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const i = r * width + c
      const s = Math.abs((c + 0.5 - width / 2) * mm)
      const up = g.topMm - (r + 0.5) * mm
      let v = near.values[i] ?? 0
      // Air cells of the mastoid, texture of the skull base and spine.
      if (s > 72 && v > 0.04 && (up > 40 || s > 103)) {
        const cells = noise2(s * 0.5, up * 0.5, salt + 5) + 0.6 * noise2(s * 1.1, up * 1.1, salt + 6)
        v += cells * (up > 34 ? 0.05 : 0.025) * Math.min(1, v * 6)
      }
      raster.values[i] = (raster.values[i] ?? 0) + v + (blurred.values[i] ?? 0)
    }
  }
  addSideLetter(raster, mm)
}

/** Soft tissue of the face, thinner to the sides and below the chin; the spine's shadow over the midline. */
function addSoftTissueAndSpineGhost(raster: Raster, mm: number, salt: number) {
  const { width, height } = raster
  for (let r = 0; r < height; r++) {
    const z = panoramicGeometry.topMm - (r + 0.5) * mm
    for (let c = 0; c < width; c++) {
      const s = Math.abs((c + 0.5 - width / 2) * mm)
      const jaw = -44 + (s / 100) ** 2 * 26
      const below = 1 / (1 + Math.exp(-(z - jaw + 5) / 5))
      const face = 0.36 + 0.1 * below - 0.12 * (s / 115) ** 2
      const spine =
        0.4 *
        Math.exp(-((s / 15) ** 2)) *
        (0.8 + 0.2 * Math.sin(z * 0.28)) *
        (z < 20 ? 1 : Math.max(0.35, 1 - (z - 20) / 40))
      const i = r * width + c
      raster.values[i] = (raster.values[i] ?? 0) + face + spine + 0.02 * noise2(c * 0.02, r * 0.02, salt)
    }
  }
}

/** The lead R on the patient's right. */
function addSideLetter(raster: Raster, mm: number) {
  const letters = createRaster(raster.width, raster.height)
  for (const path of ['0,0 0,3.1 0,6', '0,6 2.4,6 3.7,5.4 3.7,3.8 2.4,3.1 0,3.1', '1.8,3.1 3.8,0']) {
    const line = parsePath(path).map(([x, y]): [number, number] => [
      (x - 108) / mm + raster.width / 2,
      (panoramicGeometry.topMm - y + 50) / mm,
    ])
    paint(letters, line, 0.42 / mm, 0.25 / mm, 1.2, false)
  }
  letters.values.forEach((v, i) => {
    if (v > 0) raster.values[i] = (raster.values[i] ?? 0) + Math.min(1.2, v)
  })
}

function parsePath(path: string): [number, number][] {
  return path.split(' ').map((pair) => {
    const [x = 0, y = 0] = pair.split(',').map(Number)
    return [x, y]
  })
}

/** Adds `strength` within `radius` of a line, or inside a closed one, falling to nothing over `soft` pixels. */
function paint(
  target: Raster,
  line: Points,
  radius: number,
  soft: number,
  strength: number,
  closed: boolean,
) {
  const reach = radius + soft
  let left = Infinity
  let right = -Infinity
  let topRow = Infinity
  let bottom = -Infinity
  for (const [x, y] of line) {
    left = Math.min(left, x)
    right = Math.max(right, x)
    topRow = Math.min(topRow, y)
    bottom = Math.max(bottom, y)
  }
  const c0 = Math.max(0, Math.floor(left - reach))
  const c1 = Math.min(target.width - 1, Math.ceil(right + reach))
  const r0 = Math.max(0, Math.floor(topRow - reach))
  const r1 = Math.min(target.height - 1, Math.ceil(bottom + reach))
  const n = line.length
  for (let r = r0; r <= r1; r++) {
    for (let c = c0; c <= c1; c++) {
      const px = c + 0.5
      const py = r + 0.5
      let best = Infinity
      let inside = false
      for (let i = closed ? 0 : 1; i < n; i++) {
        const a = line[i === 0 ? n - 1 : i - 1]
        const b = line[i]
        if (!a || !b) continue
        const dx = b[0] - a[0]
        const dy = b[1] - a[1]
        const t = Math.min(1, Math.max(0, ((px - a[0]) * dx + (py - a[1]) * dy) / (dx * dx + dy * dy + 1e-9)))
        const q = (a[0] + dx * t - px) ** 2 + (a[1] + dy * t - py) ** 2
        if (q < best) best = q
        if (closed && a[1] > py !== b[1] > py && px < (dx * (py - a[1])) / dy + a[0]) inside = !inside
      }
      const distance = closed ? (inside ? -Math.sqrt(best) : Math.sqrt(best)) : Math.sqrt(best) - radius
      const t = Math.min(1, Math.max(0, 0.5 - distance / (2 * soft)))
      if (t > 0) {
        const i = r * target.width + c
        target.values[i] = (target.values[i] ?? 0) + strength * t * t * (3 - 2 * t)
      }
    }
  }
}
