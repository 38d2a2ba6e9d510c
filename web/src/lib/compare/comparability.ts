import type { ImageKind } from '#lib/image.ts'
import type { ImageFacts } from './image-facts.ts'

export type Compared = {
  kind: ImageKind
  teeth: readonly string[]
  studyDate: string | null
  facts: ImageFacts
}

/** Why what two pictures show may differ although the mouth does not. */
export type Doubt =
  | 'kind' // a bitewing and a panoramic
  | 'teeth' // none in common
  | 'side' // left and right
  | 'view' // taken from elsewhere
  | 'device' // panoramics and cephalograms of two machines magnify differently
  | 'size-unknown' // no millimetres for both: sizes are not to be compared unless aligned
  | 'brightness' // no common window: shown each by its own
  | 'same-day' // no time lies between

/** @returns what a reader must be warned of, the gravest first; empty when the two are alike but for time */
export function doubtsOf(first: Compared, other: Compared): Doubt[] {
  const [one, two] = [first.facts, other.facts]
  const differ = (a: string, b: string) => a !== '' && b !== '' && a !== b
  const doubts: Doubt[] = []
  if (first.kind !== other.kind) doubts.push('kind')
  if (
    first.teeth.length > 0 &&
    other.teeth.length > 0 &&
    !first.teeth.some((tooth) => other.teeth.includes(tooth))
  )
    doubts.push('teeth')
  if (differ(one.projection.laterality, two.projection.laterality)) doubts.push('side')
  if (
    differ(one.projection.view, two.projection.view) ||
    differ(one.projection.orientation, two.projection.orientation)
  )
    doubts.push('view')
  if (projections.has(first.kind) && first.kind === other.kind && differ(one.device, two.device))
    doubts.push('device')
  if (
    one.grey &&
    two.grey &&
    (one.pixelMm === null || two.pixelMm === null || one.pixelMmFrom !== two.pixelMmFrom)
  )
    doubts.push('size-unknown')
  if (one.grey && two.grey && !commonWindow(one, two)) doubts.push('brightness')
  if (first.studyDate !== null && first.studyDate === other.studyDate) doubts.push('same-day')
  return doubts
}

const projections: ReadonlySet<ImageKind> = new Set<ImageKind>(['panoramic', 'cephalogram'])

/**
 * The window that both are shown with, so that no difference is made by brightness alone: the first one's, or the
 * other's where that has none.
 *
 * @returns null where a window of the one means something else in the other, or neither has one; colour has none
 */
export function commonWindow(first: ImageFacts, other: ImageFacts): ImageFacts['window'] {
  if (!first.grey || !other.grey || first.scale !== other.scale) return null
  return first.window ?? other.window
}

/**
 * How much larger the other must be shown for both to have one scale, before anything is aligned.
 *
 * @returns null where the files do not say, or say it of different planes
 */
export function scaleByMillimetres(first: ImageFacts, other: ImageFacts): number | null {
  if (first.pixelMm === null || other.pixelMm === null || first.pixelMmFrom !== other.pixelMmFrom) return null
  return other.pixelMm / first.pixelMm
}
