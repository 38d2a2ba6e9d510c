import type { CephNorms } from '@bitewing/db'
import type { MeasureId } from './measures.ts'

/** Mean and range of a measure, in degrees or millimetres. */
export type Norm = { mean: number; min: number; max: number }

/**
 * Norms as the literature of each analysis usually gives them, of adults of European descent for the most part. They
 * are no advice: an orthodontist must confirm each before it is relied on.
 */
export const norms = {
  SNA: { mean: 82, min: 80, max: 84 },
  SNB: { mean: 80, min: 78, max: 82 },
  ANB: { mean: 2, min: 0, max: 4 },
  'SN-MP': { mean: 35, min: 30, max: 40 },
  MM: { mean: 26, min: 22, max: 30 },
  'bjork-sum': { mean: 396, min: 390, max: 406 },
  'U1-L1': { mean: 130, min: 125, max: 135 },
  'U1-SN': { mean: 102, min: 97, max: 107 },
  'L1-MP': { mean: 90, min: 87, max: 93 },
  'facial-angle': { mean: 87.8, min: 84.2, max: 91.4 },
  convexity: { mean: 0, min: -5.1, max: 5.1 },
  'A-B-plane': { mean: -4.6, min: -9.2, max: 0 },
  'Y-axis': { mean: 59.4, min: 55.6, max: 63.2 },
  FMIA: { mean: 66, min: 62, max: 70 },
  FMA: { mean: 25, min: 20, max: 30 },
  IMPA: { mean: 90, min: 87, max: 93 },
  'facial-depth': { mean: 87, min: 84, max: 90 },
  'convexity-A': { mean: 2, min: 0, max: 4 },
  'lower-face-height': { mean: 45, min: 42, max: 48 },
  'L1-APog-mm': { mean: 1, min: -1, max: 3 },
  'L1-APog-angle': { mean: 22, min: 20, max: 24 },
  'LL-E-line': { mean: -2, min: -3, max: 0 },
} as const satisfies Record<MeasureId, Norm>

/** The norms that count in a practice, each with whether it is its own. */
export type Norms = Readonly<Record<MeasureId, Norm & { isOwn: boolean }>>

/** Those that ship, and in their places those that the practice has set: one standard deviation to either side. */
export function practiceNorms(own: CephNorms): Norms {
  const of = (id: MeasureId): Norms[MeasureId] => {
    const set = own[id]
    if (!set) return { ...norms[id], isOwn: false }
    const { mean, deviation: width } = set
    return { mean, min: mean - width, max: mean + width, isOwn: true }
  }
  return {
    SNA: of('SNA'),
    SNB: of('SNB'),
    ANB: of('ANB'),
    'SN-MP': of('SN-MP'),
    MM: of('MM'),
    'bjork-sum': of('bjork-sum'),
    'U1-L1': of('U1-L1'),
    'U1-SN': of('U1-SN'),
    'L1-MP': of('L1-MP'),
    'facial-angle': of('facial-angle'),
    convexity: of('convexity'),
    'A-B-plane': of('A-B-plane'),
    'Y-axis': of('Y-axis'),
    FMIA: of('FMIA'),
    FMA: of('FMA'),
    IMPA: of('IMPA'),
    'facial-depth': of('facial-depth'),
    'convexity-A': of('convexity-A'),
    'lower-face-height': of('lower-face-height'),
    'L1-APog-mm': of('L1-APog-mm'),
    'L1-APog-angle': of('L1-APog-angle'),
    'LL-E-line': of('LL-E-line'),
  }
}

/**
 * How many standard deviations a value lies from the mean. The range of a norm is read as one standard deviation to
 * either side, each side by its own width where they differ.
 */
export function deviation(value: number, { mean, min, max }: Norm): number {
  return value < mean ? (value - mean) / (mean - min) : (value - mean) / (max - mean)
}
