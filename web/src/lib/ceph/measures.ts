import type { CephLandmark } from '@bitewing/db'
import type { Landmarks } from './face-plane.ts'
import { ahead, corner, from, sweep, turn, type Point } from './geometry.ts'

/** The analyses, as the table of norms names them; `common` is Steiner's triad with the planes that all of them share. */
export const analyses = ['common', 'bjork', 'dental', 'downs', 'tweed', 'ricketts'] as const
export type Analysis = (typeof analyses)[number]

export type MeasureId =
  | 'SNA'
  | 'SNB'
  | 'ANB'
  | 'SN-MP'
  | 'MM'
  | 'bjork-sum'
  | 'U1-L1'
  | 'U1-SN'
  | 'L1-MP'
  | 'facial-angle'
  | 'convexity'
  | 'A-B-plane'
  | 'Y-axis'
  | 'FMIA'
  | 'FMA'
  | 'IMPA'
  | 'facial-depth'
  | 'convexity-A'
  | 'lower-face-height'
  | 'L1-APog-mm'
  | 'L1-APog-angle'
  | 'LL-E-line'

/** The Code Value of a measure in a report: its id, where that is no longer than a SH (PS3.5 §6.2). */
export function measureCode(id: MeasureId): string {
  return id === 'lower-face-height' ? 'lower-face-hgt' : id
}

type Places = (landmark: CephLandmark) => Point

export type Measure = {
  id: MeasureId
  analysis: Analysis
  /** `mm`: given in widths of a column, to be turned into millimetres where these are known */
  unit: 'deg' | 'mm'
  /** between which lines, in signs that are the same in every language */
  formula: string
  needs: readonly CephLandmark[]
  /** what it lies between, to be shown on the picture */
  lines: readonly (readonly [CephLandmark | 'Xi', CephLandmark | 'Xi'])[]
  value: (at: Places) => number
}

/**
 * Every measure, in a plane with x to the front of the face and y downwards.
 *
 * The planes: SN is S–N. FH (Frankfort horizontal) is Po–Or. MP (mandibular plane) is Go–Me. The palatal plane is
 * PNS–ANS. The facial plane is N–Pog. An incisor's axis runs from its apex to its tip. The E-line (aesthetic plane)
 * runs from the tip of the nose to the soft-tissue pogonion.
 *
 * Sources. Steiner C. C., Cephalometrics for you and me, Am J Orthod 39 (1953) 729: SNA, SNB, ANB, U1–SN. Downs W. B.,
 * Variations in facial relationships, Am J Orthod 34 (1948) 812: facial angle, convexity, A–B plane, Y axis,
 * interincisal angle, L1–MP. Tweed C. H., The Frankfort-mandibular incisor angle, Angle Orthod 24 (1954) 121: FMA,
 * FMIA, IMPA. Björk A., Prediction of mandibular growth rotation, Am J Orthod 55 (1969) 585, and Jarabak J. R.: the sum
 * of saddle, articular and gonial angle. Ricketts R. M., Perspectives in the clinical application of cephalometrics,
 * Angle Orthod 51 (1981) 115: facial depth, convexity of A, lower face height with Xi, L1 to A–Pog, lower lip to E-line.
 */
export const measures: readonly Measure[] = [
  {
    id: 'SNA',
    analysis: 'common',
    unit: 'deg',
    formula: 'S–N–A',
    needs: ['S', 'N', 'A'],
    lines: [
      ['S', 'N'],
      ['N', 'A'],
    ],
    value: (at) => corner(at('S'), at('N'), at('A')),
  },
  {
    id: 'SNB',
    analysis: 'common',
    unit: 'deg',
    formula: 'S–N–B',
    needs: ['S', 'N', 'B'],
    lines: [
      ['S', 'N'],
      ['N', 'B'],
    ],
    value: (at) => corner(at('S'), at('N'), at('B')),
  },
  {
    id: 'ANB',
    analysis: 'common',
    unit: 'deg',
    formula: 'SNA − SNB',
    needs: ['S', 'N', 'A', 'B'],
    lines: [
      ['N', 'A'],
      ['N', 'B'],
    ],
    value: (at) => corner(at('S'), at('N'), at('A')) - corner(at('S'), at('N'), at('B')),
  },
  {
    id: 'SN-MP',
    analysis: 'common',
    unit: 'deg',
    formula: 'S–N / Go–Me',
    needs: ['S', 'N', 'Go', 'Me'],
    lines: [
      ['S', 'N'],
      ['Go', 'Me'],
    ],
    value: (at) => turn(from(at('S'), at('N')), from(at('Go'), at('Me'))),
  },
  {
    id: 'MM',
    analysis: 'common',
    unit: 'deg',
    formula: 'PNS–ANS / Go–Me',
    needs: ['PNS', 'ANS', 'Go', 'Me'],
    lines: [
      ['PNS', 'ANS'],
      ['Go', 'Me'],
    ],
    value: (at) => turn(from(at('PNS'), at('ANS')), from(at('Go'), at('Me'))),
  },
  {
    id: 'bjork-sum',
    analysis: 'bjork',
    unit: 'deg',
    formula: 'N–S–Ar + S–Ar–Go + Ar–Go–Me',
    needs: ['N', 'S', 'Ar', 'Go', 'Me'],
    lines: [
      ['N', 'S'],
      ['S', 'Ar'],
      ['Ar', 'Go'],
      ['Go', 'Me'],
    ],
    // each on the side of the face, where the articular angle may pass 180°
    value: (at) =>
      sweep(from(at('S'), at('N')), from(at('S'), at('Ar'))) +
      sweep(from(at('Ar'), at('S')), from(at('Ar'), at('Go'))) +
      sweep(from(at('Go'), at('Ar')), from(at('Go'), at('Me'))),
  },
  {
    id: 'U1-L1',
    analysis: 'dental',
    unit: 'deg',
    formula: 'U1 / L1',
    needs: ['U1-tip', 'U1-apex', 'L1-tip', 'L1-apex'],
    lines: [
      ['U1-apex', 'U1-tip'],
      ['L1-apex', 'L1-tip'],
    ],
    // on the side of the tongue: from the lower root round the back to the upper
    value: (at) => sweep(from(at('L1-tip'), at('L1-apex')), from(at('U1-tip'), at('U1-apex'))),
  },
  {
    id: 'U1-SN',
    analysis: 'dental',
    unit: 'deg',
    formula: 'U1 / S–N',
    needs: ['U1-tip', 'U1-apex', 'S', 'N'],
    lines: [
      ['U1-apex', 'U1-tip'],
      ['S', 'N'],
    ],
    // below and behind: grows as the incisor leans forward
    value: (at) => sweep(from(at('U1-apex'), at('U1-tip')), from(at('N'), at('S'))),
  },
  {
    id: 'L1-MP',
    analysis: 'dental',
    unit: 'deg',
    formula: 'L1 / Go–Me',
    needs: ['L1-tip', 'L1-apex', 'Go', 'Me'],
    lines: [
      ['L1-apex', 'L1-tip'],
      ['Go', 'Me'],
    ],
    value: lowerIncisorToMandible,
  },
  {
    id: 'facial-angle',
    analysis: 'downs',
    unit: 'deg',
    formula: 'N–Pog / Po–Or',
    needs: ['N', 'Pog', 'Po', 'Or'],
    lines: [
      ['N', 'Pog'],
      ['Po', 'Or'],
    ],
    value: facialAngle,
  },
  {
    id: 'convexity',
    analysis: 'downs',
    unit: 'deg',
    formula: '180° − N–A–Pog',
    needs: ['N', 'A', 'Pog'],
    lines: [
      ['N', 'A'],
      ['A', 'Pog'],
    ],
    // positive with A in front of the facial plane
    value: (at) => turn(from(at('N'), at('A')), from(at('A'), at('Pog'))),
  },
  {
    id: 'A-B-plane',
    analysis: 'downs',
    unit: 'deg',
    formula: 'A–B / N–Pog',
    needs: ['A', 'B', 'N', 'Pog'],
    lines: [
      ['A', 'B'],
      ['N', 'Pog'],
    ],
    // negative with B behind A
    value: (at) => turn(from(at('A'), at('B')), from(at('N'), at('Pog'))),
  },
  {
    id: 'Y-axis',
    analysis: 'downs',
    unit: 'deg',
    formula: 'S–Gn / Po–Or',
    needs: ['S', 'Gn', 'Po', 'Or'],
    lines: [
      ['S', 'Gn'],
      ['Po', 'Or'],
    ],
    value: (at) => turn(from(at('Po'), at('Or')), from(at('S'), at('Gn'))),
  },
  {
    id: 'FMIA',
    analysis: 'tweed',
    unit: 'deg',
    formula: 'L1 / Po–Or',
    needs: ['L1-tip', 'L1-apex', 'Po', 'Or'],
    lines: [
      ['L1-apex', 'L1-tip'],
      ['Po', 'Or'],
    ],
    value: (at) => sweep(from(at('L1-apex'), at('L1-tip')), from(at('Po'), at('Or'))),
  },
  {
    id: 'FMA',
    analysis: 'tweed',
    unit: 'deg',
    formula: 'Po–Or / Go–Me',
    needs: ['Po', 'Or', 'Go', 'Me'],
    lines: [
      ['Po', 'Or'],
      ['Go', 'Me'],
    ],
    value: (at) => turn(from(at('Po'), at('Or')), from(at('Go'), at('Me'))),
  },
  {
    id: 'IMPA',
    analysis: 'tweed',
    unit: 'deg',
    formula: 'L1 / Go–Me',
    needs: ['L1-tip', 'L1-apex', 'Go', 'Me'],
    lines: [
      ['L1-apex', 'L1-tip'],
      ['Go', 'Me'],
    ],
    value: lowerIncisorToMandible,
  },
  {
    id: 'facial-depth',
    analysis: 'ricketts',
    unit: 'deg',
    formula: 'N–Pog / Po–Or',
    needs: ['N', 'Pog', 'Po', 'Or'],
    lines: [
      ['N', 'Pog'],
      ['Po', 'Or'],
    ],
    value: facialAngle,
  },
  {
    id: 'convexity-A',
    analysis: 'ricketts',
    unit: 'mm',
    formula: 'A ⟂ N–Pog',
    needs: ['A', 'N', 'Pog'],
    lines: [['N', 'Pog']],
    value: (at) => ahead(at('A'), at('N'), at('Pog')),
  },
  {
    id: 'lower-face-height',
    analysis: 'ricketts',
    unit: 'deg',
    formula: 'ANS–Xi–Pm',
    needs: ['ANS', 'Pm', 'Po', 'Or', 'R1', 'R2', 'R3', 'R4'],
    lines: [
      ['Xi', 'ANS'],
      ['Xi', 'Pm'],
    ],
    value: (at) => {
      const xi = middleOfRamus(at)
      return sweep(from(xi, at('ANS')), from(xi, at('Pm')))
    },
  },
  {
    id: 'L1-APog-mm',
    analysis: 'ricketts',
    unit: 'mm',
    formula: 'L1 ⟂ A–Pog',
    needs: ['L1-tip', 'A', 'Pog'],
    lines: [['A', 'Pog']],
    value: (at) => ahead(at('L1-tip'), at('A'), at('Pog')),
  },
  {
    id: 'L1-APog-angle',
    analysis: 'ricketts',
    unit: 'deg',
    formula: 'L1 / A–Pog',
    needs: ['L1-tip', 'L1-apex', 'A', 'Pog'],
    lines: [
      ['L1-apex', 'L1-tip'],
      ['A', 'Pog'],
    ],
    value: (at) => turn(from(at('Pog'), at('A')), from(at('L1-apex'), at('L1-tip'))),
  },
  {
    id: 'LL-E-line',
    analysis: 'ricketts',
    unit: 'mm',
    formula: 'LL ⟂ Pn–Pog′',
    needs: ['LL', 'Pn', 'Pog-soft'],
    lines: [['Pn', 'Pog-soft']],
    value: (at) => ahead(at('LL'), at('Pn'), at('Pog-soft')),
  },
]

/** Below and behind between the facial plane and the Frankfort horizontal. */
function facialAngle(at: Places): number {
  return sweep(from(at('N'), at('Pog')), from(at('Or'), at('Po')))
}

/** Above and behind: grows as the incisor leans forward. */
function lowerIncisorToMandible(at: Places): number {
  return sweep(from(at('Me'), at('Go')), from(at('L1-apex'), at('L1-tip')))
}

/**
 * Xi of Ricketts: the middle of the box about the ramus whose sides lie along the Frankfort horizontal and upright to
 * it, through its front border (R1), its hind border (R2), the notch (R3) and its lower border (R4).
 */
export function middleOfRamus(at: Places): Point {
  const horizontal = from(at('Po'), at('Or'))
  const length = Math.hypot(horizontal.x, horizontal.y)
  const [x, y] = [horizontal.x / length, horizontal.y / length]
  const along = ({ x: px, y: py }: Point) => px * x + py * y
  const across = ({ x: px, y: py }: Point) => py * x - px * y
  const [u, v] = [(along(at('R1')) + along(at('R2'))) / 2, (across(at('R3')) + across(at('R4'))) / 2]
  return { x: u * x - v * y, y: u * y + v * x }
}

/** What of the measures can be told from the landmarks that are there. Lengths in widths of a column. */
export function measureAll(points: Landmarks<Point>): Map<MeasureId, number> {
  const values = new Map<MeasureId, number>()
  for (const measure of measures) {
    const value = valueOf(measure, points)
    if (value !== null) values.set(measure.id, value)
  }
  return values
}

function valueOf({ needs, value }: Measure, points: Landmarks<Point>): number | null {
  if (!needs.every((landmark) => points[landmark])) return null
  const found = value((landmark) => {
    const point = points[landmark]
    if (!point) throw new Error('A measure names what it needs')
    return point
  })
  // two landmarks in one place make no line
  return Number.isFinite(found) ? found : null
}
