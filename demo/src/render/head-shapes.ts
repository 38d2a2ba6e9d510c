/** A place in the plane of the head: mm to the front and up, from the edges of the upper incisors; Frankfort level. */
export type Place = readonly [forward: number, up: number]

/** A shadow of what stands around the jaws. */
export type Shape = {
  /** of its border, or along a line that has a width */
  points: readonly Place[]
  /** mm; a filled outline without */
  width?: number
  /** what it adds in its middle; air takes away */
  density: number
  /** how far its border runs out, mm */
  soft: number
  /** thinner towards its border, as a ball is */
  rounded?: boolean
}

/** Landmarks of what is drawn; those of jaws and teeth are the phantom's own. */
export const headLandmarks = {
  S: [-69.75, 77.5],
  N: [3.2, 86],
  Po: [-97, 62],
  Or: [-12, 62],
  ANS: [7.3, 30.2],
  PNS: [-42.8, 30.1],
  Pn: [32, 45],
  LL: [14.2, -10],
  'Pog-soft': [10, -33],
} as const satisfies Record<string, Place>

const { N, Po, Or, ANS, PNS, Pn, LL } = headLandmarks
const chin = headLandmarks['Pog-soft']

/** Front of skull and face, from the forehead down to the neck, and back over the nape. */
const profile: readonly Place[] = [
  ...([
    [-22, 176],
    [0, 150],
    [13, 122],
    [14.5, 101],
    [10.5, 88],
    [15, 76],
    [23, 63],
    [29.5, 52],
  ] as const),
  Pn,
  ...([
    [29, 40.5],
    [21, 36],
    [17.5, 31],
    [17.2, 22],
    [18.5, 12],
    [15, 4.5],
    [9.5, 0.5],
    [12.5, -4],
  ] as const),
  LL,
  ...([
    [9, -19],
    [8.6, -25],
  ] as const),
  chin,
  ...([
    [6, -43],
    [-6, -52],
    [-26, -51],
    [-46, -53],
    [-58, -62],
    [-62, -90],
    [-158, -90],
  ] as const),
  ...([
    [-152, -20],
    [-150, 20],
    [-162, 60],
    [-174, 100],
    [-160, 150],
    [-120, 180],
    [-70, 190],
  ] as const),
]

/** The skull's vault from nasion over the forehead to the back of the head, outside; the inside lies within it. */
const outside: readonly Place[] = [
  N,
  ...([
    [7.2, 98],
    [6.5, 118],
    [-6, 144],
    [-34, 168],
    [-80, 176],
    [-125, 162],
    [-154, 128],
    [-160, 92],
  ] as const),
  ...([
    [-146, 58],
    [-122, 44],
    [-104, 48],
    [-88, 66],
    [-80, 80],
    [-77, 71],
    [-70, 69.5],
    [-64, 71.5],
    [-60, 82.5],
    [-30, 86],
    [-8, 87],
  ] as const),
]
const inside: readonly Place[] = [
  ...([
    [-6, 94],
    [-1, 104],
    [-1, 118],
    [-12, 140],
    [-38, 161],
    [-80, 168.5],
    [-121, 156],
    [-147, 125],
  ] as const),
  ...([
    [-152.5, 92],
    [-139, 63],
    [-118, 51],
    [-101, 54],
    [-85, 74],
    [-80, 84.5],
    [-76, 80],
    [-75, 74.4],
    [-70, 71.6],
    [-64, 74.8],
    [-62, 81],
    [-58, 86],
    [-30, 89.5],
    [-14, 91.5],
  ] as const),
]

const line = (density: number, width: number, points: readonly Place[]): Shape => ({
  points,
  width,
  density,
  soft: 0.35,
})
const vertebra = (u: number, v: number): Shape[] => [
  {
    points: [
      [u - 8, v + 6.5],
      [u + 7, v + 7.5],
      [u + 7.5, v - 6.5],
      [u - 7.5, v - 7.5],
    ],
    density: 0.34,
    soft: 0.7,
  },
  line(0.16, 1.1, [
    [u - 8, v + 6.5],
    [u + 7, v + 7.5],
    [u + 7.5, v - 6.5],
    [u - 7.5, v - 7.5],
    [u - 8, v + 6.5],
  ]),
  {
    points: [
      [u - 12, v + 2],
      [u - 20, v - 1],
      [u - 36, v - 8],
      [u - 35, v - 13],
      [u - 16, v - 6],
    ],
    density: 0.26,
    soft: 1,
  },
]

/** A ruler of 50 mm in the middle plane, as head holders have one, with a stroke each millimetre. */
const ruler: Shape[] = [
  line(0.2, 5, [
    [24, 92],
    [24, 146],
  ]),
  ...Array.from({ length: 51 }, (_, mm) =>
    line(0.75, 0.3, [
      [24 - (mm % 10 === 0 ? 2.4 : mm % 5 === 0 ? 1.6 : 0.8), 94 + mm],
      [26.4, 94 + mm],
    ]),
  ),
]

/** All that is drawn about the phantom's jaws. */
export const headShapes: readonly Shape[] = [
  { points: profile, density: 0.1, soft: 0.5 },
  { points: profile, density: 0.34, soft: 16, rounded: true },
  // vault: its wall is seen along its length where it turns away
  { points: outside, density: 0.5, soft: 0.5 },
  { points: inside, density: -0.3, soft: 0.7 },
  { points: inside, density: 0.08, soft: 22, rounded: true },
  line(0.18, 0.9, [...outside.slice(0, 11)]),
  line(0.14, 0.8, [...inside.slice(0, 11)]),
  // base: floor of the front fossa, sella with its tubercle and back, clivus to the basion
  line(0.34, 1.3, [
    [-4, 93],
    [-18, 89.5],
    [-36, 87.5],
    [-52, 86],
    [-60, 84],
    [-62.2, 80],
    [-64.2, 74.8],
    [-69.7, 71.6],
    [-75, 74.4],
    [-77.2, 80],
    [-76.6, 84],
    [-79, 84.6],
    [-81, 78],
    [-84.5, 64],
    [-90.8, 47],
    [-95, 40],
  ]),
  line(0.2, 1.1, [
    [-78.5, 62],
    [-84, 50],
    [-92, 41],
  ]),
  line(0.14, 1, [
    [-2, 90],
    [-14, 94],
    [-34, 94],
    [-54, 90],
    [-62, 85],
  ]),
  {
    points: [
      [-120, 46],
      [-112, 66],
      [-98, 73],
      [-84, 66],
      [-84, 52],
      [-98, 42],
      [-112, 38],
    ],
    density: 0.34,
    soft: 2.4,
  },
  {
    points: [
      [-126, 40],
      [-114, 46],
      [-106, 40],
      [-108, 22],
      [-116, 20],
      [-124, 28],
    ],
    density: 0.16,
    soft: 1.6,
  },
  // air: sphenoid, ethmoid and frontal sinus
  {
    points: [
      [-67, 69.5],
      [-56, 78],
      [-46, 79],
      [-42, 70],
      [-50, 63],
      [-62, 62],
    ],
    density: -0.16,
    soft: 1,
  },
  line(0.12, 0.8, [
    [-67, 69.5],
    [-56, 79],
    [-46, 80],
    [-41, 70],
    [-50, 62],
    [-62, 61],
    [-67, 69.5],
  ]),
  {
    points: [
      [-38, 84],
      [-6, 82],
      [-6, 66],
      [-36, 64],
    ],
    density: -0.05,
    soft: 3,
  },
  {
    points: [
      [-1, 91],
      [3.6, 96],
      [3.4, 106],
      [-1.5, 103],
    ],
    density: -0.22,
    soft: 0.8,
  },
  // orbit: roof, rim in front with the lowest point of its lower border, floor
  line(0.2, 1, [[1, 84], [-4, 77], [-6, 69], Or, [-20, 63.2], [-28, 66.5]]),
  line(0.16, 1, [
    [2, 88],
    [-10, 90],
    [-24, 84],
    [-34, 76],
  ]),
  line(0.14, 0.9, [
    [-11, 80],
    [-16, 70],
    [-16, 62],
    [-19, 52],
    [-25, 45],
    [-30, 52],
    [-31, 64],
    [-33, 78],
  ]),
  line(0.14, 0.9, [
    [-36, 84],
    [-40, 68],
    [-41, 52],
    [-43, 42],
  ]),
  // the bridge of the nose and the front of the upper jaw's body
  line(0.42, 1.6, [N, [6.5, 80], [10, 73], [13.5, 66]]),
  line(0.16, 1.2, [N, [-1, 79], [1, 70], [9, 67]]),
  line(0.12, 1, [
    [1, 62],
    [-1, 50],
    [1, 38],
    [4, 32],
  ]),
  // the nose is open above its floor, and the throat goes on downwards, where the phantom's jaws end
  {
    points: [
      [-12.5, 31.6],
      [-12.5, 36],
      [-5, 36.4],
      [1.4, 36],
      [1.6, 31.6],
    ],
    density: -0.2,
    soft: 0.5,
  },
  {
    points: [
      [-85.5, -47.6],
      [-77.5, -48.8],
      [-69.6, -50],
      [-68.5, -60],
      [-68, -80],
      [-86, -80],
      [-86, -60],
    ],
    density: -0.08,
    soft: 0.4,
  },
  // floor of the nose with both spines
  { points: [[0, 34], [4, 32], ANS, [4, 28.6], [0, 26]], density: 0.3, soft: 0.4 },
  line(0.3, 1.6, [ANS, [-8, 30.6], [-24, 30.8], PNS]),
  // pterygoid process and the fissure before it
  line(0.18, 1.1, [PNS, [-45.5, 40], [-46, 52], [-43, 58], [-39.5, 52], [-41, 42], PNS]),
  line(0.12, 2.2, [
    [-50, 26],
    [-51, 40],
    [-52, 56],
  ]),
  // ear: the canal is open from side to side, its highest point is porion
  {
    points: [Po, [-94, 60.9], [-92.8, 58], [-94, 55.1], [-97, 54], [-100, 55.1], [-101.2, 58], [-100, 60.9]],
    density: -0.3,
    soft: 0.5,
  },
  line(0.3, 0.7, [
    Po,
    [-94, 60.9],
    [-92.8, 58],
    [-94, 55.1],
    [-97, 54],
    [-100, 55.1],
    [-101.2, 58],
    [-100, 60.9],
    Po,
  ]),
  // neck: atlas, axis with its tooth, and on; the hyoid bone
  {
    points: [
      [-99, 36],
      [-94, 33],
      [-94, 25],
      [-100, 25],
    ],
    density: 0.26,
    soft: 0.8,
  },
  {
    points: [
      [-104, 36],
      [-99.5, 38],
      [-98, 14],
      [-107, 14],
    ],
    density: 0.24,
    soft: 0.8,
  },
  {
    points: [
      [-114, 30],
      [-128, 33],
      [-133, 28],
      [-126, 24],
      [-114, 25],
    ],
    density: 0.24,
    soft: 0.9,
  },
  ...vertebra(-105, 6),
  ...vertebra(-106, -13),
  ...vertebra(-108, -32),
  ...vertebra(-110, -51),
  {
    points: [
      [-52, -44],
      [-46, -42],
      [-44, -46],
      [-60, -52],
      [-66, -48],
      [-58, -46],
    ],
    density: 0.2,
    soft: 0.8,
  },
  ...ruler,
]
