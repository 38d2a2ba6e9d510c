import type { AiVerdict, FramePoint } from '@bitewing/db'
import type { Fdi, FindingKind, Surface } from '@bitewing/db/plan-rules'

/** A place on an image that software marked. */
export type AiRegion = {
  sopInstanceUid: string
  /** 1-based; null: every frame of the image */
  frame: number | null
  /** `points`: each by itself; `line`: one after the other, an area where it ends as it began; `circle`: centre and a
   * point of it; `ellipse`: ends of one axis, then of the other */
  shape: 'points' | 'line' | 'circle' | 'ellipse'
  /** pixels of the frame, its upper left corner at 0, 0 */
  points: FramePoint[]
}

/** One thing that software found, as its report says it. */
export type AiFinding = {
  /** names it within its result: a tracking UID, or its place in the report */
  id: string
  /** in the software's own words */
  name: string
  /** what it is on a tooth chart; null where that cannot be told */
  kind: FindingKind | null
  tooth: Fdi | null
  surfaces: Surface[]
  /** the software's own certainty, 0 to 1; null when it says none */
  confidence: number | null
  /** what else it says, in its own words */
  remarks: string[]
  regions: AiRegion[]
}

export type AiResult = {
  sopInstanceUid: string
  /** '' where it does not name itself */
  software: { name: string; version: string; maker: string }
  /** ISO date it was made on; null when it does not say */
  day: string | null
  findings: AiFinding[]
}

/** With what a dentist said of it: null when nobody has looked. */
export type ReviewedFinding = AiFinding & {
  review: {
    verdict: Exclude<AiVerdict, 'open'>
    by: string | null
    at: Date
    isOnChart: boolean
  } | null
}
export type ReviewedResult = Omit<AiResult, 'findings'> & { findings: ReviewedFinding[] }
