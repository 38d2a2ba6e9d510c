import type { CephLandmark } from '@bitewing/db'
import type { Point } from './geometry.ts'
import type { Landmarks } from './face-plane.ts'

/**
 * A face by the book, to show where each landmark lies: millimetres from sella, x to the front and y downwards, with
 * the Frankfort horizontal level. Nobody's; its angles were constructed and are what a test measures by.
 */
export const referenceFace = {
  S: { x: 0, y: 0 },
  N: { x: 69.478, y: -8.531 },
  Po: { x: -24, y: 20 },
  Or: { x: 56, y: 20 },
  ANS: { x: 73.5, y: 44.5 },
  PNS: { x: 22, y: 44.5 },
  A: { x: 68.466, y: 49.46 },
  'U1-tip': { x: 74, y: 73 },
  'U1-apex': { x: 66.186, y: 50.308 },
  'L1-tip': { x: 70, y: 71 },
  'L1-apex': { x: 60.2, y: 89.5 },
  B: { x: 62.642, y: 89.23 },
  Pm: { x: 63.3, y: 97 },
  Pog: { x: 65.14, y: 104.386 },
  Gn: { x: 63, y: 109.5 },
  Me: { x: 57, y: 112 },
  Go: { x: -4.629, y: 83.262 },
  Ar: { x: -14.905, y: 30.559 },
  R1: { x: 18, y: 66 },
  R2: { x: -10, y: 62 },
  R3: { x: 4, y: 38 },
  R4: { x: 6, y: 89 },
  Pn: { x: 98, y: 36 },
  LL: { x: 83, y: 79 },
  'Pog-soft': { x: 77, y: 106 },
} as const satisfies Record<CephLandmark, Point>

const at = (x: number, y: number): Point => ({ x, y })
const face: Required<Landmarks<Point>> = referenceFace

/** Outlines of the same face, each to be drawn as a smooth line. */
export const referenceOutlines: readonly { tissue: 'bone' | 'tooth' | 'soft'; points: readonly Point[] }[] = [
  {
    tissue: 'soft',
    points: [
      ...[at(74, -72), at(84, -48), at(85, -26), at(77.5, -9), at(83, 6), at(92, 24), face.Pn, at(95, 42)],
      ...[
        at(86, 46.5),
        at(86, 55),
        at(88.5, 63),
        at(84, 70),
        at(86, 74),
        face.LL,
        at(76.5, 90),
        at(77.5, 98),
      ],
      ...[face['Pog-soft'], at(73, 114), at(60, 120), at(38, 119), at(16, 121), at(6, 142)],
    ],
  },
  // forehead and the bridge of the nose, outside and inside
  {
    tissue: 'bone',
    points: [at(62, -72), at(75, -46), at(76, -24), at(70.5, -13), face.N, at(75, 2), at(80, 14)],
  },
  { tissue: 'bone', points: [face.N, at(66, -2), at(70, 8), at(79, 14)] },
  // the floor of the skull: over the eyes to sella, behind it down to the basion
  {
    tissue: 'bone',
    points: [
      ...[at(54, -70), at(66, -44), at(66, -22), at(56, -12), at(36, -13), at(20, -10), at(8, -8), at(6, -3)],
      ...[at(4, 4), at(-1, 5.5), at(-5, 3), at(-5.5, -4), at(-9, -6), at(-12, 4), at(-15, 20), at(-20, 36)],
    ],
  },
  // orbit, ear
  { tissue: 'bone', points: [at(66, -8), at(62, 10), face.Or, at(48, 18), at(42, 8)] },
  { tissue: 'bone', points: [face.Po, at(-20.5, 23), at(-22, 28), at(-26, 28), at(-27.5, 23), face.Po] },
  // wing of the sphenoid and the fissure
  {
    tissue: 'bone',
    points: [at(22, 44), at(19, 34), at(20, 24), at(25, 20), at(28, 26), at(25, 36), at(22.5, 44)],
  },
  // upper jaw
  {
    tissue: 'bone',
    points: [face.PNS, at(40, 43.5), at(58, 43), face.ANS, face.A, at(69.5, 55), at(71.5, 61)],
  },
  { tissue: 'bone', points: [face.PNS, at(38, 48), at(54, 50), at(61, 56), at(65, 63)] },
  // lower jaw
  {
    tissue: 'bone',
    points: [
      ...[at(66.5, 80), at(64, 84), face.B, at(62.4, 93), face.Pm, face.Pog, face.Gn, face.Me, at(45, 109.5)],
      ...[at(28, 101), face.R4, face.Go, at(-9, 73), face.R2, at(-10, 45), face.Ar, at(-13, 24), at(-8, 21)],
      ...[
        at(-2, 24),
        at(-1, 32),
        face.R3,
        at(10, 36),
        at(15, 28),
        at(18, 30),
        at(18, 46),
        face.R1,
        at(21, 76),
      ],
      at(28, 82),
    ],
  },
  { tissue: 'bone', points: [at(62, 80), at(57, 90), at(55, 100), at(57, 108)] },
  ...[incisor(face['U1-tip'], face['U1-apex']), incisor(face['L1-tip'], face['L1-apex'])].map((points) => ({
    tissue: 'tooth' as const,
    points,
  })),
  // first molars
  {
    tissue: 'tooth',
    points: [
      at(39, 52),
      at(40, 64),
      at(38, 68),
      at(39, 73),
      at(43, 72),
      at(48, 73),
      at(49, 68),
      at(47, 64),
      at(48, 52),
    ],
  },
  {
    tissue: 'tooth',
    points: [
      at(42, 94),
      at(41, 81),
      at(39.5, 78),
      at(41, 74),
      at(45, 75),
      at(50, 74),
      at(51, 78),
      at(50, 81),
      at(51, 94),
    ],
  },
]

/** The outline of an incisor between its tip and its apex, about as wide as such teeth are from front to back. */
export function incisor(tip: Point, apex: Point): Point[] {
  const [x, y] = [apex.x - tip.x, apex.y - tip.y]
  // shares of the length: along the axis, and to the side of it
  const shape = [
    [0, 0],
    [0.1, 0.05],
    [0.28, 0.13],
    [0.4, 0.14],
    [0.65, 0.11],
    [0.9, 0.05],
    [1, 0],
  ] as const
  const side = (sign: 1 | -1) =>
    shape.map(([along, aside]) => ({
      x: tip.x + x * along - y * aside * sign,
      y: tip.y + y * along + x * aside * sign,
    }))
  return [...side(1), ...side(-1).toReversed().slice(1)]
}
