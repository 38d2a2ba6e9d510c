import type { Stack } from './stacks.ts'

type Scrolled = { stack: Stack | null; index: number }

/** Slices that lie less than a third of a degree apart are parallel. */
const parallelMin = 0.99998

/**
 * The slice of a stack that lies where another stack's shown one does: the nearest, along what both lie across.
 *
 * @returns its index; null where the two say nothing of how they lie to each other, or lie across each other
 */
export function sliceAt({ stack, index }: Scrolled, other: Stack): number | null {
  const place = stack?.frames[index] && placeOf(stack.frames[index])
  if (!place) return null
  let nearest: number | null = null
  let least = Infinity
  for (const [at, frame] of other.frames.entries()) {
    const theirs = placeOf(frame)
    if (!theirs || theirs.frameOfReferenceUid !== place.frameOfReferenceUid) return null
    const cosine = theirs.normal.reduce((sum, value, axis) => sum + value * (place.normal[axis] ?? 0), 0)
    if (Math.abs(cosine) < parallelMin) return null
    // numbered from the other end, its distances count the other way
    const distance = Math.abs(theirs.at * Math.sign(cosine) - place.at)
    if (distance < least) [nearest, least] = [at, distance]
  }
  return nearest
}

/** Where a frame lies along its normal; null where it does not say, or not in which frame of reference. */
function placeOf({ instance, frame }: Stack['frames'][number]) {
  const { normal, frameOfReferenceUid, framePositions, slicePosition } = instance.attributes
  const own = framePositions?.[frame - 1] ?? null
  const at = instance.frames > 1 ? own : (slicePosition ?? own)
  if (!normal || frameOfReferenceUid === '' || at === null) return null
  return { normal, frameOfReferenceUid, at }
}

/**
 * How far a stack goes when another has gone by some frames: as much of itself, so that both end together, whatever
 * their numbers of frames.
 */
export function shareOf(by: number, stack: Stack, other: Stack): number {
  return (by * (other.frames.length - 1)) / Math.max(1, stack.frames.length - 1)
}
