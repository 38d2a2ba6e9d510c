import { createRandom, noise2 } from '../phantom/noise.ts'
import { smoothLine } from '../phantom/outline.ts'
import type { Phantom } from '../phantom/phantom.ts'
import { panoramicGeometry } from './panoramic.ts'
import type { Raster } from './raster.ts'
import { blur, createRaster } from './raster.ts'

type Points = readonly (readonly [number, number])[]

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
  const toColumn = (s: number) => s / mm + width / 2
  const toRow = (z: number) => (g.topMm - z) / mm

  /** Adds a soft-edged band along a line, on both sides of the face. */
  function band(
    target: Raster,
    points: Points,
    bandMm: number,
    strength: number,
    softMm = bandMm * 0.6,
    sides = [-1, 1],
  ) {
    for (const side of sides) {
      const line = smoothLine(points, false, 6).map(([s, z]) => [toColumn(s * side), toRow(z)] as const)
      paint(target, line, bandMm / 2 / mm, softMm / mm, strength, false)
    }
  }
  /** Adds a soft-edged area on both sides of the face. */
  function area(target: Raster, points: Points, strength: number, softMm: number, sides = [-1, 1]) {
    for (const side of sides) {
      const line = smoothLine(points, true, 4).map(([s, z]) => [toColumn(s * side), toRow(z)] as const)
      paint(target, line, 0, softMm / mm, strength, true)
    }
  }

  const jig = () => random.between(-1.2, 1.2)
  const far = createRaster(width, height) // strongly blurred: ghosts
  const near = createRaster(width, height)

  // Soft tissue of the face, thinner to the sides and below the chin.
  for (let r = 0; r < height; r++) {
    const z = g.topMm - (r + 0.5) * mm
    for (let c = 0; c < width; c++) {
      const s = Math.abs((c + 0.5 - width / 2) * mm)
      const jaw = -44 + (s / 100) ** 2 * 26
      const below = 1 / (1 + Math.exp(-(z - jaw + 5) / 5))
      const face = 0.36 + 0.1 * below - 0.12 * (s / 115) ** 2
      const spine =
        0.34 *
        Math.exp(-((s / 15) ** 2)) *
        (0.8 + 0.2 * Math.sin(z * 0.28)) *
        (z < 20 ? 1 : Math.max(0.35, 1 - (z - 20) / 40))
      raster.values[r * width + c] =
        (raster.values[r * width + c] ?? 0) + face + spine + 0.02 * noise2(c * 0.02, r * 0.02, salt)
    }
  }

  // Ghost of the other side's ramus and angle, higher and wider than the real one; ghost of the palate.
  area(
    far,
    [
      [16, 6],
      [40, 10],
      [78, 22],
      [98, 44],
      [70, 48],
      [34, 34],
    ],
    0.1,
    12,
  )
  band(
    far,
    [
      [0, 37],
      [30, 37.5],
      [62, 40],
    ],
    4,
    0.14,
    3,
  )
  // Tongue against the palate leaves a sliver of air; the throat a band down behind the ramus.
  band(
    far,
    [
      [0, 22],
      [24, 23],
      [46, 26.5],
      [64, 25],
      [76, 14],
    ],
    4.5,
    -0.13,
    2.6,
  )
  area(
    far,
    [
      [70, 44],
      [82, 34],
      [86, 10],
      [88, -16],
      [92, -44],
      [80, -46],
      [76, -18],
      [74, 8],
      [68, 28],
    ],
    -0.21,
    3.5,
  )
  area(
    far,
    [
      [54, 30],
      [66, 26],
      [80, 10],
      [82, 2],
      [74, 8],
      [60, 20],
    ],
    0.1,
    2.5,
  )

  // Nose: dark cavities, conchae, septum, floor.
  area(
    near,
    [
      [1.4, 35],
      [10, 34],
      [20, 36],
      [25, 44],
      [22, 56],
      [14, 64],
      [1.4, 66],
    ],
    -0.2,
    1.6,
  )
  area(
    near,
    [
      [5, 39],
      [12, 37.5],
      [19, 41],
      [20, 47],
      [13, 50],
      [6, 46],
    ],
    0.15,
    2.4,
  )
  area(
    near,
    [
      [6, 54],
      [13, 52],
      [17, 57],
      [12, 64],
      [6, 62],
    ],
    0.1,
    2,
  )
  band(
    near,
    [
      [0 + jig() * 0.4, 34],
      [jig() * 0.8, 46],
      [jig() * 0.5, 66],
    ],
    2.2,
    0.2,
    1,
    [1],
  )
  band(
    near,
    [
      [0, 32.4],
      [10, 31.8],
      [24, 33],
      [40, 35],
      [56, 37.4],
      [62, 39],
    ],
    1.5,
    0.2,
    0.7,
  )
  band(
    near,
    [
      [0, 34.6],
      [20, 36],
      [44, 39],
      [60, 41.5],
    ],
    0.9,
    0.12,
    0.6,
  )
  area(
    near,
    [
      [-1.6, 32],
      [1.6, 32],
      [2.4, 28],
      [0, 26],
      [-2.4, 28],
    ],
    0.08,
    1,
    [1],
  )
  // Lower rim of the orbit.
  area(
    near,
    [
      [18, 62],
      [26, 54],
      [38, 52.5],
      [48, 56],
      [52, 64],
      [40, 72],
      [24, 72],
    ],
    -0.09,
    1.5,
  )
  band(
    near,
    [
      [15, 64],
      [22, 55],
      [32, 51.6],
      [42, 52],
      [51, 58],
      [54, 66],
    ],
    1.3,
    0.2,
    0.7,
  )
  band(
    near,
    [
      [24, 66],
      [27, 54],
      [30, 44],
    ],
    0.8,
    0.08,
    0.5,
  )
  // Cheek bone: the J-shaped line of its root, its body, and the arch back to the joint.
  band(
    near,
    [
      [43.5, 56],
      [44, 44],
      [46.5, 34],
      [51, 30.4],
      [55, 33],
      [57, 40],
    ],
    1.3,
    0.24,
    0.6,
  )
  area(
    near,
    [
      [46, 33],
      [54, 30],
      [64, 35],
      [72, 41],
      [66, 46],
      [54, 52],
      [47, 46],
    ],
    0.16,
    2.5,
  )
  band(
    near,
    [
      [58, 38],
      [68, 41.5],
      [78, 45],
      [88, 49],
    ],
    4.6,
    0.15,
    1,
  )
  // Back wall of the maxilla, the fissure and the pterygoid plates.
  band(
    near,
    [
      [62.4, 26],
      [63.6, 36],
      [64, 50],
    ],
    1,
    0.16,
    0.5,
  )
  area(
    near,
    [
      [65, 30],
      [67, 30],
      [69, 44],
      [68, 54],
      [65.4, 50],
    ],
    -0.09,
    0.8,
  )
  area(
    near,
    [
      [67, 26],
      [73, 24],
      [76, 40],
      [74, 54],
      [69, 54],
    ],
    0.1,
    1.5,
  )
  // Joint: eminence and fossa, and the temporal bone with its air cells over it.
  const fossa: Points = [
    [76, 47],
    [83, 50.6],
    [88, 49.8],
    [92.5, 52.6],
    [97, 56.4],
    [102, 56.6],
    [106, 53],
    [108, 49],
  ]
  band(near, fossa, 1.6, 0.24, 0.7)
  area(
    near,
    [
      [74, 48],
      [83, 51.4],
      [88, 50.8],
      [92.5, 53.6],
      [97, 57.4],
      [103, 57],
      [107, 50],
      [112, 38],
      [124, 34],
      [124, 80],
      [74, 80],
    ],
    0.3,
    1.6,
  )
  area(
    near,
    [
      [106, 52],
      [109.4, 54],
      [110.6, 50.4],
      [107.6, 48.6],
    ],
    -0.22,
    1,
  )
  band(
    near,
    [
      [107, 38],
      [104.6, 26],
      [101, 12],
    ],
    1.5,
    0.14,
    0.7,
  )
  // Upper spine at both edges.
  let z = 26
  for (let level = 0; level < 4; level++) {
    const tall = level === 0 ? 11 : 15
    const front = 106.5 + level * 1.1 + jig() * 0.6
    area(
      near,
      [
        [front, z],
        [front + 5, z + 0.6],
        [122, z + 2],
        [122, z - tall],
        [front + 4, z - tall - 0.6],
        [front - 0.6, z - tall + 0.6],
      ],
      0.26,
      1.2,
    )
    band(
      near,
      [
        [front - 0.2, z],
        [front + 0.8, z - tall / 2],
        [front - 0.6, z - tall],
      ],
      1.2,
      0.12,
      0.6,
    )
    z -= tall + 4.4
  }
  // Tongue bone, ear lobe, bite block, chin rest.
  band(
    near,
    [
      [54, -51],
      [62, -48.5],
      [72, -47.6],
      [80, -44],
    ],
    2.2,
    0.16,
    1,
  )
  area(
    near,
    [
      [97, 8],
      [104, 14],
      [107, 4],
      [102, -6],
      [97, -2],
    ],
    0.05,
    1,
  )
  area(
    near,
    [
      [-5, 5.5],
      [5, 5.5],
      [4.4, -8],
      [-4.4, -8],
    ],
    0.035,
    0.5,
    [1],
  )

  const ghosts = blur(far, 5)
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const i = r * width + c
      const s = Math.abs((c + 0.5 - width / 2) * mm)
      const zHere = g.topMm - (r + 0.5) * mm
      let v = near.values[i] ?? 0
      // Air cells of the mastoid, texture of the skull base and spine.
      if (s > 72 && v > 0.12 && (zHere > 40 || s > 103)) {
        const cells =
          Math.abs(noise2(s * 0.42, zHere * 0.42, salt + 5)) + 0.5 * Math.abs(noise2(s, zHere, salt + 6))
        v += (0.4 - cells) * (zHere > 34 ? 0.16 : 0.06)
      }
      raster.values[i] = (raster.values[i] ?? 0) + v + (ghosts.values[i] ?? 0)
    }
  }

  // Lead letters.
  const letters = createRaster(width, height)
  const stroke = (points: Points) => {
    const line = points.map(([x, y]) => [toColumn(x), toRow(y)] as const)
    paint(letters, line, 0.42 / mm, 0.25 / mm, 1.2, false)
  }
  const [x, y] = [-108, -50]
  stroke([
    [x, y],
    [x, y + 6],
    [x + 2.6, y + 6],
    [x + 3.6, y + 5.2],
    [x + 3.6, y + 3.9],
    [x + 2.6, y + 3.1],
    [x, y + 3.1],
  ])
  stroke([
    [x + 1.8, y + 3.1],
    [x + 3.8, y],
  ])
  for (let i = 0; i < letters.values.length; i++) {
    const v = letters.values[i] ?? 0
    if (v > 0) raster.values[i] = (raster.values[i] ?? 0) + Math.min(1.2, v)
  }
}

/** Adds `strength` within `radius` of a line, or inside a closed one, falling to nothing over `soft` pixels. */
function paint(
  target: Raster,
  line: readonly (readonly [number, number])[],
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
