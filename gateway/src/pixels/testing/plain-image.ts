import type { ImageDescription } from '../pixels.ts'

/** A grey image that says nothing about how it wants to be shown; tests add what they are about. */
export function plainImage(
  rows: number,
  columns: number,
  image: Partial<ImageDescription> = {},
): ImageDescription {
  const bitsStored = image.bitsStored ?? 12
  return {
    modality: 'PX',
    manufacturer: null,
    rows,
    columns,
    samplesPerPixel: 1,
    photometricInterpretation: 'MONOCHROME2',
    presentationShape: null,
    planarConfiguration: 0,
    bitsAllocated: bitsStored > 8 ? 16 : 8,
    bitsStored,
    highBit: bitsStored - 1,
    signed: false,
    pixelType: 'integer',
    pixelAspect: 1,
    padding: null,
    modalityLut: null,
    rescale: null,
    windows: [],
    voiLut: null,
    palette: null,
    supplementalPalette: false,
    iccProfile: null,
    overlays: [],
    ...image,
  }
}
