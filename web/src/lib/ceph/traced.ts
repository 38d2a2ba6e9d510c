import type { CephCalibration, CephPoint, CephTracing, FramePoint } from '@bitewing/db'
import { calibrationOf } from '#lib/viewer/calibration.ts'
import type { SpacingAttributes } from '#lib/viewer/image-attributes.ts'
import type { KnownLength } from '#lib/viewer/calibration.ts'
import { facePlane, type FacePlane, type Landmarks } from './face-plane.ts'
import { measureAll, type MeasureId } from './measures.ts'

/** A tracing with what its image says of sizes, and what is found in it. */
export type Traced = CephTracing & {
  /** of the image as it is now */
  now: CephCalibration
  /** height of a pixel divided by its width */
  pixelAspect: number
  /** lengths in widths of a column */
  values: [MeasureId, number][]
}

/** What millimetres are on an image, in the form that a tracing remembers. */
export function cephCalibration(
  spacing: SpacingAttributes,
  known: KnownLength | null,
): CephCalibration & { pixelAspect: number } {
  const { kind, spacing: found, pixelAspect } = calibrationOf(spacing, known)
  return { kind, columnMm: found?.[1] ?? null, pixelAspect }
}

/** Whether lengths mean something else than when somebody last looked at them. */
export function isStale({ calibration, now }: Pick<Traced, 'calibration' | 'now'>): boolean {
  const [before, after] = [calibration.columnMm, now.columnMm]
  if (before === null || after === null) return before !== after
  // a thousandth is how far devices round
  return calibration.kind !== now.kind || Math.abs(before - after) > 0.001 * after
}

/** Where landmarks lie, of those that are placed. */
export function placesOf(points: readonly CephPoint[]): Landmarks<FramePoint> {
  const places: Landmarks<FramePoint> = {}
  for (const { landmark, at } of points) if (at) places[landmark] = at
  return places
}

export function planeOf({ points, pixelAspect }: Pick<Traced, 'points' | 'pixelAspect'>): FacePlane {
  return facePlane(placesOf(points), pixelAspect)
}

export function traced(
  tracing: CephTracing,
  { pixelAspect, ...now }: CephCalibration & { pixelAspect: number },
): Traced {
  const { points } = facePlane(placesOf(tracing.points), pixelAspect)
  return { ...tracing, now, pixelAspect, values: [...measureAll(points)] }
}
