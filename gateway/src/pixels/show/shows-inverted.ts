import type { ImageDescription } from '../pixels.ts'

/**
 * Whether low values are shown bright. A Presentation LUT Shape says what the values are after windowing (PS3.3 §C.11.6)
 * and so decides, as in DCMTK; without one the photometric interpretation does. Files that conform to their IOD say the
 * same in both.
 */
export function showsInverted({
  photometricInterpretation,
  presentationShape,
}: Pick<ImageDescription, 'photometricInterpretation' | 'presentationShape'>): boolean {
  return presentationShape === null
    ? photometricInterpretation === 'MONOCHROME1'
    : presentationShape === 'INVERSE'
}
