import type { NativeFrame } from '../decode/decode-frame.ts'
import type { ImageDescription, Window } from '../pixels.ts'
import { PixelError } from '../pixel-error.ts'
import type { PictureByRows, ShownPicture } from './picture.ts'
import { showColour } from './show-colour.ts'
import { greyByRows, showGrey } from './show-grey.ts'
import { showPalette } from './show-palette.ts'
import { showReal } from './show-real.ts'
import { withSupplementalColours } from './with-supplemental-colours.ts'

/**
 * Turns native pixel data into what a screen shows, full size and square pixels or not.
 *
 * @param window replaces the file's windows and VOI LUT; grey only
 * @throws {PixelError} `unsupported` for retired photometric interpretations, `damaged`, `invalid-request` for a bad window
 * @see DICOM PS3.3 §C.7.6.3.1.2 Photometric Interpretation; PS3.4 §N.2 the grayscale pipeline
 */
export function showFrame(frame: NativeFrame, image: ImageDescription, window: Window | null): ShownPicture {
  assertWindow(window)
  const { photometricInterpretation, planarConfiguration } = frame
  const iccProfile = image.iccProfile ?? frame.iccProfile ?? null
  const decoded = { ...image, photometricInterpretation, planarConfiguration, iccProfile }
  switch (photometricInterpretation) {
    case 'MONOCHROME1':
    case 'MONOCHROME2':
      if (image.samplesPerPixel !== 1)
        throw new PixelError('damaged', 'a grey image with several samples per pixel')
      return isLookedUp(image)
        ? withSupplementalColours(showGrey(frame.bytes, decoded, window), frame.bytes, decoded)
        : showReal(frame.bytes, decoded, window)
    case 'PALETTE COLOR':
      return { ...showPalette(frame.bytes, decoded), ...colour }
    default:
      return { ...showColour(frame.bytes, decoded), ...colour }
  }
}

/**
 * As `showFrame`, without the samples yet; null for what is not shown row by row.
 *
 * @throws as `showFrame`
 */
export function showByRows(
  frame: NativeFrame,
  image: ImageDescription,
  window: Window | null,
): PictureByRows | null {
  assertWindow(window)
  const { photometricInterpretation } = frame
  const isGrey = /^MONOCHROME[12]$/.test(photometricInterpretation) && image.samplesPerPixel === 1
  if (!isGrey || !isLookedUp(image) || image.supplementalPalette) return null
  return greyByRows(frame.bytes, { ...image, photometricInterpretation }, window)
}

const isLookedUp = ({ pixelType, bitsAllocated }: ImageDescription) =>
  pixelType === 'integer' && bitsAllocated <= 16

function assertWindow(window: Window | null): void {
  if (
    window &&
    !(Number.isFinite(window.center) && window.width >= (window.function === 'linear' ? 1 : Number.MIN_VALUE))
  ) {
    throw new PixelError(
      'invalid-request',
      'a window needs a width of at least 1, or above 0 when exact or sigmoid',
    )
  }
}

const colour = { window: null, source: 'colour' as const, quirks: [], asSent: null }
