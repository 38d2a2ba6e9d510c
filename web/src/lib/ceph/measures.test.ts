import type { FramePoint } from '@bitewing/db'
import { expect, test } from 'vitest'
import { entriesOf, facePlane, type Landmarks } from './face-plane.ts'
import type { Point } from './geometry.ts'
import { measureAll, measureCode, measures, type MeasureId } from './measures.ts'
import { deviation, norms, practiceNorms } from './norms.ts'
import { referenceFace } from './reference-face.ts'
import { fitted, superimpose, superimpositions } from './superimpose.ts'

/** A place at a distance and direction from another: degrees, 0 to the front, 90 downwards. */
const off = (start: Point, length: number, degrees: number): Point => ({
  x: start.x + length * Math.cos((degrees * Math.PI) / 180),
  y: start.y + length * Math.sin((degrees * Math.PI) / 180),
})

type Figures = { sna: number; snb: number; fma: number; impa: number; u1sn: number }
/** A face drawn by its figures, with a protractor: FH level, S–N rising by 7°. */
function drawnBy({ sna, snb, fma, impa, u1sn }: Figures): Landmarks<Point> {
  const N = off({ x: 0, y: 0 }, 70, -7)
  const [Me, upper, lower] = [
    { x: 57, y: 112 },
    { x: 74, y: 73 },
    { x: 70, y: 71 },
  ]
  return {
    ...referenceFace,
    N,
    A: off(N, 58, 173 - sna),
    B: off(N, 98, 173 - snb),
    Pog: off(N, 113, 92.2),
    Me,
    Go: off(Me, 68, 180 + fma),
    'U1-tip': upper,
    'U1-apex': off(upper, 24, 353 - u1sn),
    'L1-tip': lower,
    'L1-apex': off(lower, 21, fma + impa),
  }
}

const faces: Figures[] = [
  { sna: 82, snb: 80, fma: 25, impa: 90, u1sn: 102 },
  // a receding chin and a steep jaw; a jaw in front, with upright incisors
  { sna: 78, snb: 71, fma: 38, impa: 101, u1sn: 95 },
  { sna: 81, snb: 86, fma: 17, impa: 76, u1sn: 118 },
]

test.each(faces)('a face drawn with a protractor has the figures it was drawn by: %o', (figures) => {
  const { sna, snb, fma, impa, u1sn } = figures
  const found = measureAll(drawnBy(figures))
  const expected: Partial<Record<MeasureId, number>> = {
    SNA: sna,
    SNB: snb,
    ANB: sna - snb,
    'SN-MP': fma + 7,
    FMA: fma,
    IMPA: impa,
    'L1-MP': impa,
    // the three angles of Tweed's triangle
    FMIA: 180 - fma - impa,
    'U1-SN': u1sn,
    // the four angles between U1, SN, MP and L1
    'U1-L1': 360 - u1sn - impa - (fma + 7),
    'facial-angle': 87.8,
    'facial-depth': 87.8,
    // saddle, articular and gonial angle close the polygon to the mandibular plane
    'bjork-sum': 360 + fma + 7,
    // the palate of the reference face lies level
    MM: fma,
  }
  for (const [id, value] of Object.entries(expected))
    expect(found.get(id as MeasureId), id).toBeCloseTo(value, 6) // the keys are measures
})

test('signed angles and distances on squared paper', () => {
  const paper: Landmarks<Point> = {
    N: { x: 0, y: 0 },
    Pog: { x: 0, y: 100 },
    // A is 10 before the facial plane: atan(10/50) to either side of it
    A: { x: 10, y: 50 },
    B: { x: 0, y: 60 },
    'L1-tip': { x: 17, y: 50 },
    'L1-apex': { x: 17, y: 70 },
    Po: { x: -50, y: 30 },
    Or: { x: 0, y: 30 },
    S: { x: -70, y: 10 },
    Gn: { x: -10, y: 70 },
    Pn: { x: 40, y: 40 },
    'Pog-soft': { x: 10, y: 80 },
    LL: { x: 18, y: 55 },
    R1: { x: -40, y: 70 },
    R2: { x: -60, y: 60 },
    R3: { x: -55, y: 40 },
    R4: { x: -45, y: 100 },
    ANS: { x: 20, y: 70 },
    Pm: { x: 20, y: 140 },
  }
  const fifth = (Math.atan(1 / 5) * 180) / Math.PI
  const expected: Partial<Record<MeasureId, number>> = {
    convexity: 2 * fifth,
    'convexity-A': 10,
    'A-B-plane': -45,
    'Y-axis': 45,
    FMIA: 90,
    // A–Pog runs from (10, 50) to (0, 100): 7 columns before it, along its normal
    'L1-APog-mm': (7 * 50) / Math.hypot(10, 50),
    'L1-APog-angle': -fifth,
    // E-line x + (y − 40) · 3/4 = 40: at (18, 55) it lacks 10.75 of 40, along a normal of 5/4
    'LL-E-line': -10.75 / (5 / 4),
    // the box about the ramus is from −60 to −40 and from 40 to 100: Xi at (−50, 70)
    'lower-face-height': 45,
  }
  const found = measureAll(paper)
  for (const [id, value] of Object.entries(expected))
    expect(found.get(id as MeasureId), id).toBeCloseTo(value, 6) // the keys are measures
})

/** As a camera would have it: turned, enlarged, moved, mirrored, with pixels that are not square. */
function photographed(
  face: Landmarks<Point>,
  { degrees = 0, scale = 1, mirrored = false, aspect = 1 },
): Landmarks<FramePoint> {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
  const places: Landmarks<FramePoint> = {}
  for (const [landmark, { x, y }] of entriesOf(face)) {
    const [u, v] = [scale * (cos * x - sin * y), scale * (sin * x + cos * y)]
    places[landmark] = [(mirrored ? -u : u) + 800, (v + 900) / aspect]
  }
  return places
}

test('no turn, size or mirroring of the picture changes an angle; lengths follow the size alone', () => {
  for (const figures of faces) {
    const drawn = drawnBy(figures)
    const truth = measureAll(drawn)
    for (let step = 0; step < 24; step++) {
      const camera = {
        degrees: step * 15 + step,
        scale: 0.4 + step * 0.7,
        mirrored: step % 2 === 1,
        aspect: step % 3 === 0 ? 1.3 : 1,
      }
      const { points, facing } = facePlane(photographed(drawn, camera), camera.aspect)
      expect(facing).toBe(camera.mirrored ? 'left' : 'right')
      const found = measureAll(points)
      expect([...found.keys()]).toEqual([...truth.keys()])
      for (const { id, unit } of measures)
        expect(found.get(id), `${id}, ${JSON.stringify(camera)}`).toBeCloseTo(
          (truth.get(id) ?? Number.NaN) * (unit === 'mm' ? camera.scale : 1),
          6,
        )
    }
  }
})

test('the reference face is one by the book: every measure is there and near its norm', () => {
  const found = measureAll(referenceFace)
  expect(found.size).toBe(measures.length)
  for (const { id } of measures)
    expect(Math.abs(deviation(found.get(id) ?? Number.NaN, norms[id])), id).toBeLessThan(2)
})

test('a measure is missing while a landmark that it needs is, and where two lie in one place', () => {
  const missing = { ...referenceFace, Go: undefined }
  delete missing.Go
  const found = measureAll(missing)
  for (const { id, needs } of measures) expect(found.has(id), id).toBe(!needs.includes('Go'))
  expect(measureAll({ ...referenceFace, A: referenceFace.Pog }).has('L1-APog-mm')).toBe(false)
})

test('deviations are in the width of the norm on the side where the value lies', () => {
  expect(deviation(84, norms.SNA)).toBe(1)
  expect(deviation(77, norms.SNA)).toBe(-2.5)
  const lip = norms['LL-E-line'] // −2, from −3 to 0
  expect([deviation(-4, lip), deviation(0, lip), deviation(2, lip)]).toEqual([-2, 1, 2])
})

test('a practice’s own norm stands in the place of the one that ships, and of no other', () => {
  const own = practiceNorms({ SNA: { mean: 84, deviation: 4 }, unheard: { mean: 1, deviation: 1 } })
  expect(own.SNA).toEqual({ mean: 84, min: 80, max: 88, isOwn: true })
  expect(deviation(86, own.SNA)).toBe(0.5)
  expect(own.SNB).toEqual({ ...norms.SNB, isOwn: false })
  expect(Object.keys(own).toSorted()).toEqual(measures.map(({ id }) => id).toSorted())
})

test('laid on S–N, what is left is growth: a moved and turned second tracing comes back to where it grew', () => {
  const grown: Landmarks<Point> = { ...referenceFace, Me: { x: 57, y: 120 }, N: off({ x: 0, y: 0 }, 73, -7) }
  const base: Landmarks<Point> = { ...referenceFace, N: off({ x: 0, y: 0 }, 70, -7) }
  const laid = superimpose(base, facePlane(photographed(grown, { degrees: 31 }), 1).points, 'cranial-base')
  expect(laid?.S?.x).toBeCloseTo(0)
  expect(laid?.Me?.y).toBeCloseTo(120)
  expect(laid?.N?.x).toBeCloseTo(off({ x: 0, y: 0 }, 73, -7).x)
})

test('every superimposition brings a face back on itself, and needs all that it goes by', () => {
  const { points } = facePlane(photographed(referenceFace, { degrees: 200, mirrored: true }), 1)
  for (const on of superimpositions) {
    const laid = superimpose(referenceFace, points, on)
    for (const [landmark, { x, y }] of entriesOf<Point>(referenceFace)) {
      expect(laid?.[landmark]?.x, `${on} ${landmark}`).toBeCloseTo(x)
      expect(laid?.[landmark]?.y, `${on} ${landmark}`).toBeCloseTo(y)
    }
    const without = { ...points }
    delete without[fitted[on][1]]
    expect(superimpose(referenceFace, without, on)).toBeNull()
  }
})

// what the gateway refuses is not stored, and with it the whole report
test('each measure has a Code Value of its own, of 16 characters at most', () => {
  const codes = measures.map(({ id }) => measureCode(id))
  expect(codes.filter((code) => !/^[A-Za-z0-9-]{1,16}$/.test(code))).toEqual([])
  expect(new Set(codes).size).toBe(measures.length)
})
