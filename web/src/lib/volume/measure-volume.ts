import type { VolumeDrawingKind } from '@bitewing/db'
import { dot, lengthOf, minus, type Vector } from './vector.ts'

/**
 * What a length or an angle is in the patient, straight through the volume: millimetres between two places, or degrees
 * at the second of three.
 *
 * @returns null for a curve, and for too few points
 */
export function measureVolume(
  kind: VolumeDrawingKind,
  points: readonly Vector[],
): { value: number; unit: 'mm' | 'deg' } | null {
  const [a, b, c] = points
  if (kind === 'length' && a && b) return { value: lengthOf(minus(b, a)), unit: 'mm' }
  if (kind === 'angle' && a && b && c) {
    const [first, second] = [minus(a, b), minus(c, b)]
    const lengths = lengthOf(first) * lengthOf(second)
    if (lengths === 0) return null
    const cosine = Math.min(1, Math.max(-1, dot(first, second) / lengths))
    return { value: (Math.acos(cosine) * 180) / Math.PI, unit: 'deg' }
  }
  return null
}
