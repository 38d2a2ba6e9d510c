import type { FramePoint } from '@bitewing/db'
import type { Spacing, SpacingAttributes } from './image-attributes.ts'

/**
 * What millimetres on an image are worth.
 *
 * - `hand`: somebody drew a line on something whose length they know
 * - `geometry`, `fiducial`: Pixel Spacing, corrected as its calibration type says
 * - `unknown`: Pixel Spacing that was corrected, or not, without saying how
 * - `plane`: Pixel Spacing of a slice, where nothing is magnified
 * - `magnification`: Imager Pixel Spacing divided by the magnification factor
 * - `detector`: Imager Pixel Spacing alone: larger than life by what is not known
 * - `none`: pixels only
 */
export type CalibrationKind =
  'hand' | 'geometry' | 'fiducial' | 'unknown' | 'plane' | 'magnification' | 'detector' | 'none'

export type CalibrationOf = {
  kind: CalibrationKind
  /** millimetres between rows and between columns; null when nothing is known */
  spacing: Spacing | null
  /** height of a pixel divided by its width, for what is measured without millimetres */
  pixelAspect: number
  /** what `spacing` was divided by */
  magnification: number | null
}

/** A line drawn on something whose length is known. */
export type KnownLength = { points: readonly FramePoint[]; millimetres: number }

/**
 * Decides what millimetres on an image are, or that there are none. In this order: calibrated by hand; Pixel Spacing
 * that says how it was corrected, or differs from the detector's; the detector's spacing corrected by the
 * magnification factor; the detector's spacing; nothing.
 *
 * @param known a line of known length drawn on this frame, the latest one; null when nobody drew one
 * @see DICOM PS3.3 §10.7 Basic Pixel Spacing Calibration Macro and its notes; §C.8.11.5 for the magnification factor
 */
export function calibrationOf(image: SpacingAttributes, known: KnownLength | null): CalibrationOf {
  const { pixelSpacing, imagerPixelSpacing, nominalScannedPixelSpacing, magnification } = image
  const atDetector = imagerPixelSpacing ?? nominalScannedPixelSpacing
  const [row, column] = pixelSpacing ?? atDetector ?? [image.pixelAspect, 1]
  const pixelAspect = row / column
  const found = (kind: CalibrationKind, spacing: Spacing | null, divisor: number | null = null) => ({
    kind,
    spacing,
    pixelAspect,
    magnification: divisor,
  })

  const byHand = known && millimetresPerColumn(known, pixelAspect)
  if (byHand) return found('hand', [byHand * pixelAspect, byHand])

  // §10.7.1.1: Pixel Spacing without a type that equals the detector's was not corrected
  const corrected = pixelSpacing !== null && !(atDetector && alike(pixelSpacing, atDetector))
  if (pixelSpacing && image.isPlane) return found('plane', pixelSpacing)
  if (pixelSpacing && image.calibrationType)
    return found(image.calibrationType === 'GEOMETRY' ? 'geometry' : 'fiducial', pixelSpacing)
  if (pixelSpacing && corrected) return found('unknown', pixelSpacing)

  if (imagerPixelSpacing && magnification !== null) {
    const [imagerRow, imagerColumn] = imagerPixelSpacing
    return found('magnification', [imagerRow / magnification, imagerColumn / magnification], magnification)
  }
  if (atDetector) return found('detector', atDetector)
  return found('none', null)
}

/** Millimetres per column by a line of known length; null when line or length are of no use. */
function millimetresPerColumn({ points, millimetres }: KnownLength, pixelAspect: number): number | null {
  const [from, to] = points
  if (!from || !to || !(millimetres > 0) || !Number.isFinite(millimetres)) return null
  const columns = Math.hypot(to[0] - from[0], (to[1] - from[1]) * pixelAspect)
  // a line of a few pixels would make every figure a guess
  return columns >= 5 ? millimetres / columns : null
}

/** Within a thousandth: devices round. */
function alike([a, b]: Spacing, [c, d]: Spacing): boolean {
  return Math.abs(a - c) <= 0.001 * c && Math.abs(b - d) <= 0.001 * d
}
