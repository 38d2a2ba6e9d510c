import type { ImageDescription } from '../pixels.ts'
import { isDecodable } from '../decode/decodable.ts'
import { compressionTargets } from './compression-targets.ts'

/**
 * Why an image cannot be brought into a compressed transfer syntax, told from its description alone, before any frame
 * is read; null where it can. What only the samples tell (bits beside the stored ones) comes as a `PixelError` later.
 *
 * @param stored transfer syntax of the file
 * @param wanted transfer syntax asked for
 * @see DICOM PS3.5 §8.2 for what each takes
 */
export function compressionRefusal(
  {
    pixelType,
    bitsAllocated,
    bitsStored,
    highBit,
    signed,
    samplesPerPixel,
    photometricInterpretation,
    supplementalPalette,
  }: ImageDescription,
  stored: string,
  wanted: string,
): string | null {
  const target = compressionTargets.get(wanted)
  if (!target) return 'nothing here makes that transfer syntax'
  if (!isDecodable(stored)) return 'no decoder here takes the stored frames'
  if (pixelType !== 'integer') return 'floating point pixels have no compressed form'
  if (samplesPerPixel !== 1 && samplesPerPixel !== 3) return `${samplesPerPixel} samples per pixel`
  if (!/^(MONOCHROME[12]|PALETTE COLOR|RGB|YBR_(FULL|FULL_422|RCT|ICT))$/.test(photometricInterpretation)) {
    return `${photometricInterpretation} has no compressed form`
  }
  if (bitsAllocated !== 8 && bitsAllocated !== 16 && !(bitsAllocated === 32 && target.name === 'rle')) {
    return `${bitsAllocated} bits allocated`
  }
  const grey = photometricInterpretation.startsWith('MONOCHROME')
  const aligned = highBit === bitsStored - 1
  switch (target.name) {
    case 'jpeg-baseline':
      if (photometricInterpretation === 'PALETTE COLOR' || supplementalPalette)
        return 'indices of a palette cannot be lossy'
      return bitsAllocated === 8 && bitsStored === 8 && !(grey && signed)
        ? null
        : 'JPEG baseline has 8 unsigned bits; ask for a rendered image, which is windowed'
    case 'jpeg-2000':
    case 'htj2k':
      if (!aligned) return 'the stored bits are not the lowest'
      if (signed && bitsAllocated === 8) return 'signed samples of 8 bits'
      if (samplesPerPixel === 3 && bitsAllocated > 8) return 'colour of more than 8 bits'
      return /^YBR_FULL/.test(photometricInterpretation) && !isColourTransforming(stored)
        ? 'colours that are not RGB would be rounded'
        : null
    case 'jpeg-ls':
    case 'jpeg-lossless':
    case 'rle':
      return null
  }
}

/** Whether colour comes out of the decoder as RGB: of the 8-bit JPEG and JPEG 2000 families. */
function isColourTransforming(transferSyntaxUid: string): boolean {
  return /\.4\.(5\d|6[0-6]|90|91|20[123])$/.test(transferSyntaxUid)
}
