/** Average dimensions of the permanent teeth, in mm, as anatomy books give them (Wheeler). */
export type ToothSize = {
  crown: number
  root: number
  mesiodistal: number
  mesiodistalNeck: number
  buccolingual: number
  buccolingualNeck: number
}

type ToothKind = 'incisor' | 'canine' | 'premolar' | 'molar'

export const upperSizes: readonly ToothSize[] = sizes([
  [10.6, 13.0, 8.6, 6.6, 7.0, 6.0],
  [9.2, 13.0, 6.6, 4.8, 6.0, 5.0],
  [10.2, 17.0, 7.6, 5.6, 8.0, 7.0],
  [8.6, 14.0, 7.0, 4.9, 9.0, 8.0],
  [8.4, 14.0, 6.8, 4.8, 9.0, 8.0],
  [7.6, 12.8, 10.2, 8.0, 11.0, 10.0],
  [7.2, 12.0, 9.2, 7.2, 11.0, 10.0],
  [6.6, 10.5, 8.6, 6.6, 10.0, 9.5],
])

export const lowerSizes: readonly ToothSize[] = sizes([
  [9.0, 12.5, 5.1, 3.5, 6.0, 5.3],
  [9.4, 14.0, 5.7, 4.0, 6.5, 5.8],
  [10.8, 16.0, 6.9, 5.4, 7.5, 7.0],
  [8.6, 14.0, 7.0, 4.9, 7.5, 6.5],
  [8.2, 14.5, 7.1, 5.1, 8.0, 7.0],
  [7.6, 14.0, 11.2, 9.0, 10.5, 9.0],
  [7.2, 13.0, 10.6, 8.2, 10.0, 9.0],
  [7.0, 11.0, 10.2, 7.6, 9.5, 8.8],
])

function sizes(rows: readonly (readonly [number, number, number, number, number, number])[]): ToothSize[] {
  return rows.map(([crown, root, mesiodistal, mesiodistalNeck, buccolingual, buccolingualNeck]) => ({
    crown,
    root,
    mesiodistal,
    mesiodistalNeck,
    buccolingual,
    buccolingualNeck,
  }))
}

export type Filling = {
  material: 'amalgam' | 'composite' | 'crown' | 'root-filling'
  /** Surfaces by their usual letters: any of M, O, D for the first two materials. */
  surfaces: string
}

/**
 * Signed distances at a point of the tooth's own frame, in mm, negative inside; approximate away from the surface.
 * One object is filled again and again, since the projectors ask tens of millions of times.
 */
export type ToothField = {
  /** Outer surface of crown and root. */
  outer: number
  /** Dentin: the junction with enamel in the crown, equal to `outer` on the root. */
  dentin: number
  /** Pulp chamber and canals. */
  pulp: number
  /** Restoration, +99 without one. */
  filling: number
}

/** A field to fill. The values are fractions so that the engine keeps them as plain doubles from the start. */
export function createToothField(): ToothField {
  return { outer: 99.5, dentin: 99.5, pulp: 99.5, filling: 99.5 }
}

/**
 * The solid of one tooth. Its frame: origin in the middle of the neck (cement-enamel junction), x to mesial,
 * y to the face (labial, buccal), z to the occlusal; mm.
 */
export type ToothForm = {
  kind: ToothKind
  size: ToothSize
  fillings: readonly Filling[]
  /** Radius of a ball round `centreZ` that holds the whole tooth. */
  radius: number
  centreZ: number
  /** Half widths of the box that holds it. */
  halfX: number
  halfY: number
  /** Radiopacity of the restoration in 1/mm relative to dentin = 1; 0 without one. */
  evaluate(x: number, y: number, z: number, field: ToothField): void
}

type Root = {
  x: number
  y: number
  endX: number
  endY: number
  bendX: number
  a: number
  b: number
  length: number
}
type Cusp = { x: number; y: number; height: number; steep: number }

const TABLE_STEP = 0.1

/**
 * Builds the solid of a tooth.
 *
 * @param position 1 (central incisor) … 8 (third molar)
 * @param variety  small per-tooth variation: `bend` (mm the apex bends to distal), `pulp` (1 = adult, 1.4 = young)
 */
export function createToothForm(
  upper: boolean,
  position: number,
  size: ToothSize,
  fillings: readonly Filling[],
  variety: { bend: number; pulp: number; wear: number; rootScale: number },
): ToothForm {
  const kind: ToothKind =
    position <= 2 ? 'incisor' : position === 3 ? 'canine' : position <= 5 ? 'premolar' : 'molar'
  const hc = size.crown
  const rootLength = size.root * variety.rootScale
  const furcation = kind === 'molar' ? 3.2 : 0
  const zLow = kind === 'molar' ? -furcation - 3 : -rootLength - 0.6
  const count = Math.ceil((hc + 0.6 - zLow) / TABLE_STEP) + 2

  // Cross-sections along z: half widths, centre, squareness, enamel and pulp.
  const half = new Float64Array(count * 8)
  for (let i = 0; i < count; i++) {
    const z = zLow + i * TABLE_STEP
    const s = crossSection(kind, upper, position, size, z, rootLength, variety)
    half.set([s.a, s.b, s.cx, s.cy, s.square, s.enamel, s.pulp, 0], i * 8)
  }

  const cusps = cuspsOf(kind, upper, position, size, variety.wear)
  const roots = kind === 'molar' ? rootsOf(upper, position, size, rootLength, variety.bend) : []
  const cejRise = kind === 'incisor' ? 2.2 : kind === 'canine' ? 1.9 : kind === 'premolar' ? 0.8 : 0.4
  const pulpScale = variety.pulp
  const converge =
    kind === 'canine' ? 0.42 : kind === 'incisor' ? 0.34 : kind === 'premolar' && upper ? 0.1 : 0
  const edgeRound = kind === 'incisor' ? 0.55 : kind === 'canine' ? 0.8 : kind === 'premolar' ? 1.3 : 1.5
  const topEnamel = kind === 'incisor' ? 1.3 : kind === 'canine' ? 1.7 : kind === 'premolar' ? 1.9 : 2.1
  const am = size.mesiodistal / 2
  const bm = size.buccolingual / 2

  const crown = fillings.some((f) => f.material === 'crown')
  const rootFilled = fillings.some((f) => f.material === 'root-filling')
  const boxes = fillings
    .filter((f) => f.material === 'amalgam' || f.material === 'composite')
    .map((f) => ({
      mesial: f.surfaces.includes('M') ? am * 0.985 : am * 0.48,
      distal: f.surfaces.includes('D') ? am * 0.985 : am * 0.48,
      mesialDeep: f.surfaces.includes('M'),
      distalDeep: f.surfaces.includes('D'),
    }))

  function top(x: number, y: number): number {
    if (kind === 'incisor') {
      const distal = x < 0
      const q = Math.abs(x) / am
      const q3 = q * q * q
      const round = distal ? (position === 1 ? 0.9 : 1.5) : 0.45
      return (
        hc -
        0.12 -
        round * q3 * q * q -
        (upper ? 0.06 : 0.02) * (1 - variety.wear) * (1 - Math.cos(x * 3.4)) * 0.5
      )
    }
    if (kind === 'canine') {
      const q = x - 0.15
      const soft = Math.sqrt(q * q + 0.25) - 0.5
      return hc - soft * (q > 0 ? 0.42 : 0.55) * (1 - 0.4 * variety.wear)
    }
    let best = -Infinity
    for (let i = 0; i < cusps.length; i++) {
      const c = cusps[i]
      if (!c) continue
      const dx = x - c.x
      const dy = y - c.y
      const h = c.height - c.steep * Math.sqrt(dx * dx + dy * dy + 0.3)
      // Soft maximum: a groove of about a third of a millimetre between two cusps.
      const k = best - h
      best = k > 0.5 ? best : k < -0.5 ? h : h + k * 0.5 + 0.125 + 0.5 * k * k
    }
    return best
  }

  function evaluate(x: number, y: number, z: number, field: ToothField): void {
    let outer = 99
    let pulp = 99
    let rho = 9
    let side = 99
    let enamel = 0
    let mean = 1
    if (z >= zLow) {
      const f = Math.min((z - zLow) / TABLE_STEP, count - 1.001)
      const i = f | 0
      const t = f - i
      const u = 1 - t
      const o = i * 8
      const a = u * (half[o] ?? 1) + t * (half[o + 8] ?? 1)
      const b = u * (half[o + 1] ?? 1) + t * (half[o + 9] ?? 1)
      const shiftedX = x - (u * (half[o + 2] ?? 0) + t * (half[o + 10] ?? 0))
      const py = y - (u * (half[o + 3] ?? 0) + t * (half[o + 11] ?? 0))
      // Front teeth are narrower towards the tongue.
      const px = converge > 0 && py < 0 ? shiftedX * (1 + converge * (py < -b ? 1 : -py / b)) : shiftedX
      const square = u * (half[o + 4] ?? 0) + t * (half[o + 12] ?? 0)
      enamel = u * (half[o + 5] ?? 0) + t * (half[o + 13] ?? 0)
      const canal = u * (half[o + 6] ?? 0) + t * (half[o + 14] ?? 0)
      const qx = (px * px) / (a * a)
      const qy = (py * py) / (b * b)
      const round = Math.sqrt(qx + qy) + 1e-6
      rho = square > 0 ? round + (Math.sqrt(Math.sqrt(qx * qx + qy * qy)) - round) * square : round
      const slope = Math.sqrt(qx / (a * a) + qy / (b * b)) + 1e-6
      side = ((rho - 1) * round) / slope
      mean = a < b ? a : b
      outer = side
      pulp = canal > 0 ? (rho - canal) * mean : 99
    }

    let upperEnd = 99
    if (z > -1) {
      upperEnd = z - top(x, y)
      // Rounded edge between the side and the chewing surface.
      outer = roundedMax(side, upperEnd, edgeRound)
    } else if (kind === 'molar') {
      const end = -furcation - z
      let trunk = z >= zLow ? roundedMax(side, end, 1.2) : 99
      for (let i = 0; i < roots.length; i++) {
        const r = roots[i]
        if (!r) continue
        const w = -z / r.length
        if (w > 1.15) {
          const ex = x - r.endX - r.bendX
          const ey = y - r.endY
          const far = Math.sqrt(ex * ex + ey * ey) + (w - 1) * r.length * 0.5
          if (far < trunk) trunk = far
          continue
        }
        const w1 = w > 1 ? 1 : w
        const taper = (1 - 0.62 * w1) * Math.sqrt(Math.max(0.0025, 1 - w1 * w1 * w1 * w1 * w1 * w1 * w1))
        const cx = r.x + (r.endX - r.x) * w1 + r.bendX * w1 * w1 * w1
        const cy = r.y + (r.endY - r.y) * w1
        const a = r.a * taper
        const b = r.b * taper
        const qx = ((x - cx) * (x - cx)) / (a * a)
        const qy = ((y - cy) * (y - cy)) / (b * b)
        const rr = Math.sqrt(qx + qy) + 1e-6
        const slope = Math.sqrt(qx / (a * a) + qy / (b * b)) + 1e-6
        let distance = ((rr - 1) * rr) / slope
        if (w > 1) distance = Math.max(distance, 0) + (w - 1) * r.length
        // Root and trunk melt into each other only below the neck.
        const k = 0.05 + 1.05 * Math.min(1, Math.max(0, (-z - 1.4) / 1.6))
        const h = k - Math.abs(trunk - distance)
        trunk = Math.min(trunk, distance) - (h > 0 ? (h * h) / (4 * k) : 0)
        if (z < -1.6 && w < 0.97) {
          const canal = (rr - (0.2 - 0.08 * w1) * pulpScale) * Math.min(a, b)
          if (canal < pulp) pulp = canal
        }
      }
      outer = trunk
    } else if (z < -rootLength) {
      outer = Math.max(outer, 0) + (-rootLength - z)
    }

    let dentin = outer
    if (enamel > 0 && z > 0) {
      const a2 = am * am
      const rise = cejRise * Math.min(1, (x * x) / a2)
      const thickness = enamel * (z > rise ? (1.25 * (z - rise)) / (z - rise + 1.6) : 0)
      if (thickness > 0.01)
        dentin = roundedMax(side + thickness, upperEnd + topEnamel * Math.min(1, thickness * 2), edgeRound)
      if (dentin < outer) dentin = outer
    }

    const canals = pulp
    if (kind === 'molar' && z > -3.6) {
      // Chamber with horns under the cusps.
      const roof = 0.9 * pulpScale + 1.5 * Math.min(1, rho * rho * 4)
      const chamber = Math.max((rho - 0.36 * pulpScale) * mean, z - roof, -z - 3.4)
      if (chamber < pulp) pulp = chamber
    }

    let filling = 99
    if (crown) {
      const cap = Math.max(outer + 0.02, 0.4 - z)
      filling = Math.max(cap, -(outer + 1.3))
    }
    for (let i = 0; i < boxes.length; i++) {
      const box = boxes[i]
      if (!box) continue
      // Occlusal part with a wavy floor, and a deeper step at each filled side.
      const floor = hc - 3.9 + 0.3 * Math.cos(x * 1.9 + 0.6)
      const middle = (box.mesial - box.distal) / 2
      const long = (box.mesial + box.distal) / 2
      let shape = roundedBox(x - middle, y + 0.3, z - floor - 5, long, bm * 0.36, 5, 0.7)
      const step = floor - 1.7
      if (box.mesialDeep)
        shape = Math.min(
          shape,
          roundedBox(x - am * 0.82 + (z - step) * 0.06, y, z - step - 5, am * 0.28, bm * 0.42, 5, 0.6),
        )
      if (box.distalDeep)
        shape = Math.min(
          shape,
          roundedBox(x + am * 0.82 - (z - step) * 0.06, y, z - step - 5, am * 0.28, bm * 0.42, 5, 0.6),
        )
      filling = Math.min(filling, Math.max(shape, outer + 0.03))
    }
    // Gutta-percha to the ends of the canals, a slimmer core in the chamber.
    if (rootFilled && pulp < 90)
      filling = Math.min(filling, canals + 0.04, Math.max(pulp + 0.7, z - hc * 0.3))

    field.outer = outer
    field.dentin = dentin
    field.pulp = pulp
    field.filling = filling
  }

  const spread = roots.reduce(
    (most, r) => Math.max(most, Math.abs(r.endX + r.bendX) + r.a * 0.5, Math.abs(r.x) + r.a),
    0,
  )
  const spreadY = roots.reduce(
    (most, r) => Math.max(most, Math.abs(r.endY) + r.b * 0.5, Math.abs(r.y) + r.b),
    0,
  )
  return {
    kind,
    size: { ...size, root: rootLength },
    fillings,
    radius: (hc + rootLength) / 2 + 2.2,
    centreZ: (hc - rootLength) / 2,
    halfX: Math.max(am, spread, Math.abs(variety.bend) + 1.2) + 0.4,
    halfY: Math.max(bm, spreadY) + 0.6,
    evaluate,
  }
}

/** Maximum whose corner is rounded with radius about k. */
function roundedMax(a: number, b: number, k: number): number {
  const h = k - Math.abs(a - b)
  return (a > b ? a : b) + (h > 0 ? (h * h) / (4 * k) : 0)
}

function roundedBox(x: number, y: number, z: number, hx: number, hy: number, hz: number, r: number): number {
  const qx = Math.abs(x) - hx + r
  const qy = Math.abs(y) - hy + r
  const qz = Math.abs(z) - hz + r
  const ox = qx > 0 ? qx : 0
  const oy = qy > 0 ? qy : 0
  const oz = qz > 0 ? qz : 0
  return Math.sqrt(ox * ox + oy * oy + oz * oz) + Math.min(0, Math.max(qx, qy, qz)) - r
}

function smooth(t: number): number {
  const c = t < 0 ? 0 : t > 1 ? 1 : t
  return c * c * (3 - 2 * c)
}

function crossSection(
  kind: ToothKind,
  upper: boolean,
  position: number,
  size: ToothSize,
  z: number,
  rootLength: number,
  variety: { bend: number; pulp: number },
) {
  const an = size.mesiodistalNeck / 2
  const am = size.mesiodistal / 2
  const bn = size.buccolingualNeck / 2
  const bm = size.buccolingual / 2
  if (z < 0) {
    const w = Math.min(1, -z / rootLength)
    const premolar = kind === 'premolar'
    // A root keeps its width in the first third, then tapers to a rounded tip.
    const taper = (1 - (premolar ? 0.5 : 0.56) * w ** 1.25) * Math.sqrt(Math.max(0.003, 1 - w ** 8))
    const a = (kind === 'molar' ? an * (1 - 0.05 * w) : an) * taper
    const b = bn * (kind === 'molar' ? 1 : taper * (1 - 0.06 * w))
    const canal =
      kind === 'molar'
        ? 0
        : w > 0.97
          ? 0
          : (0.3 - 0.12 * w - 0.05 * w * w) * variety.pulp * (kind === 'incisor' ? 1 : 0.9)
    return { a, b, cx: -variety.bend * w * w * w, cy: 0, square: 0.2, enamel: 0, pulp: canal }
  }
  const t = Math.min(1, z / size.crown)
  if (kind === 'incisor' || kind === 'canine') {
    const contact = kind === 'canine' ? 0.55 : upper && position === 1 ? 0.68 : 0.62
    const a =
      an +
      (am - an) * Math.sin((Math.min(1, t / contact) * Math.PI) / 2) ** 1.15 -
      (t > contact ? (t - contact) * am * (kind === 'canine' ? 0.25 : 0.06) : 0)
    const edge = kind === 'canine' ? 1.0 : upper ? 0.75 : 0.62
    const facial =
      bn +
      (bm - bn) * 0.8 * Math.sin(Math.min(1, t / 0.33) * (Math.PI / 2)) -
      (t > 0.33 ? ((t - 0.33) / 0.67) ** 1.8 * (bm - edge) * (kind === 'canine' ? 0.62 : 0.55) : 0)
    const cingulum = bn + (bm - bn) * Math.sin(Math.min(1, t / 0.2) * (Math.PI / 2))
    const lingualEdge = -(facial - 2 * edge)
    const hollow = smooth((t - 0.16) / 0.55)
    const lingual = cingulum * (1 - hollow) + lingualEdge * hollow
    const b = Math.max(edge * 0.8, (facial + lingual) / 2)
    const canal = Math.max(0, 0.3 * (1 - t / 0.58)) * variety.pulp * (kind === 'incisor' ? 1 : 0.9)
    return {
      a,
      b,
      cx: 0,
      cy: (facial - lingual) / 2,
      square: 0.2 + 0.5 * t,
      enamel: kind === 'canine' ? 1.25 : 0.95,
      pulp: canal,
    }
  }
  const contact = kind === 'premolar' ? 0.6 : 0.62
  const rise = Math.sin((Math.min(1, t / contact) * Math.PI) / 2) ** 1.1
  const a = an + (am - an) * rise - (t > contact ? ((t - contact) / (1 - contact)) ** 2 * am * 0.12 : 0)
  const bulge = Math.sin((Math.min(1, t / 0.35) * Math.PI) / 2)
  const b = bn + (bm - bn) * bulge - (t > 0.35 ? ((t - 0.35) / 0.65) ** 1.6 * bm * 0.2 : 0)
  const canal = kind === 'premolar' ? Math.max(0, 0.3 * (1 - t / 0.42)) * variety.pulp * 0.9 : 0
  // Lower back teeth lean with their buccal face to the tongue.
  const lean = upper ? -0.15 * t : -0.9 * t * t
  return {
    a,
    b,
    cx: 0,
    cy: lean,
    square: 0.2 + (kind === 'molar' ? 0.45 : 0.15) * smooth(t / 0.45),
    enamel: kind === 'molar' ? 1.75 : 1.5,
    pulp: canal,
  }
}

function cuspsOf(kind: ToothKind, upper: boolean, position: number, size: ToothSize, wear: number): Cusp[] {
  const a = size.mesiodistal / 2
  const b = size.buccolingual / 2
  const h = size.crown + 0.25
  const steep = 0.72 * (1 - 0.45 * wear)
  if (kind === 'premolar') {
    if (upper) {
      return [
        { x: 0, y: b * 0.52, height: h, steep },
        { x: 0.3, y: -b * 0.5, height: h - (position === 4 ? 1.0 : 0.4), steep },
      ]
    }
    if (position === 4) {
      return [
        { x: 0, y: b * 0.2, height: h, steep: steep * 0.9 },
        { x: 0.2, y: -b * 0.72, height: h - 3.0, steep },
      ]
    }
    return [
      { x: 0.1, y: b * 0.3, height: h, steep },
      { x: 0.9, y: -b * 0.62, height: h - 1.2, steep },
      { x: -1.3, y: -b * 0.6, height: h - 1.6, steep },
    ]
  }
  if (kind !== 'molar') return []
  if (upper) {
    const small = position === 6 ? 0 : position === 7 ? 0.5 : 1.2
    return [
      { x: a * 0.48, y: b * 0.52, height: h, steep },
      { x: -a * 0.5, y: b * 0.5, height: h - 0.3, steep },
      { x: a * 0.36, y: -b * 0.5, height: h - 0.1, steep },
      { x: -a * 0.55, y: -b * 0.55, height: h - 0.8 - small, steep },
    ]
  }
  const cusps = [
    { x: a * 0.52, y: b * 0.38, height: h - 0.2, steep },
    { x: -a * 0.16, y: b * 0.42, height: h - 0.3, steep },
    { x: a * 0.46, y: -b * 0.62, height: h + 0.1, steep },
    { x: -a * 0.42, y: -b * 0.6, height: h - 0.1, steep },
  ]
  if (position === 6) cusps.push({ x: -a * 0.68, y: b * 0.1, height: h - 0.9, steep })
  else cusps[1] = { x: -a * 0.45, y: b * 0.4, height: h - 0.3, steep }
  return cusps
}

function rootsOf(upper: boolean, position: number, size: ToothSize, length: number, bend: number): Root[] {
  const a = size.mesiodistalNeck / 2
  const b = size.buccolingualNeck / 2
  const splay = position === 6 ? 1 : position === 7 ? 0.7 : 0.35
  if (upper) {
    return [
      {
        x: a * 0.5,
        y: b * 0.45,
        endX: a * (0.5 + 0.32 * splay),
        endY: b * 0.6,
        bendX: -1.3 * splay,
        a: a * 0.5,
        b: b * 0.5,
        length,
      },
      {
        x: -a * 0.5,
        y: b * 0.42,
        endX: -a * (0.5 + 0.3 * splay),
        endY: b * 0.5,
        bendX: 0.3 - bend * 0.5,
        a: a * 0.46,
        b: b * 0.44,
        length: length * 0.96,
      },
      {
        x: -a * 0.02,
        y: -b * 0.5,
        endX: -a * 0.05,
        endY: -b * (0.72 + 0.3 * splay),
        bendX: -0.2,
        a: a * 0.6,
        b: b * 0.46,
        length: length * 1.06,
      },
    ]
  }
  return [
    {
      x: a * 0.5,
      y: 0,
      endX: a * (0.5 + 0.22 * splay),
      endY: 0,
      bendX: -1.5 * splay - bend,
      a: a * 0.48,
      b: b * 0.85,
      length,
    },
    {
      x: -a * 0.5,
      y: 0,
      endX: -a * (0.5 + 0.32 * splay),
      endY: 0,
      bendX: -0.4 - bend,
      a: a * 0.46,
      b: b * 0.76,
      length: length * 0.96,
    },
  ]
}
