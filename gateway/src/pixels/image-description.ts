import { rescale, windows, wrapToStored } from './grey-transformations.ts'
import { integer, items, numbers, text, type DicomAttributes } from './json-values.ts'
import { bytesOf, palette, sequenceLut, type BulkValue, type Reader } from './lookup-tables.ts'
import { overlayPlanes } from './overlay-planes.ts'
import { PixelError } from './pixel-error.ts'
import type { ImageDescription } from './pixels.ts'

export type { DicomAttributes } from './json-values.ts'

/**
 * Reads what a frame's pixels mean from an instance's metadata, the multi-frame functional groups included.
 *
 * @param attributes the instance as DICOM JSON; lookup tables and ICC profile as Value, InlineBinary or bulk
 * @param options.frame 1 for the first; matters where functional groups differ between frames
 * @param options.bulkValue answers for elements kept elsewhere; see `imageBulkData` for which these are
 * @throws {PixelError} `unsupported` when there are no pixels, `damaged` when the attributes cannot describe an image
 * @see DICOM PS3.3 §C.7.6.3 Image Pixel, §C.11.1 Modality LUT, §C.11.2 VOI LUT, §C.7.6.16.2 functional groups
 */
export function imageDescription(
  attributes: DicomAttributes,
  { frame = 1, bulkValue }: { frame?: number; bulkValue?: BulkValue } = {},
): ImageDescription {
  const rows = integer(attributes, '00280010')
  const columns = integer(attributes, '00280011')
  if (rows === null || columns === null) throw new PixelError('unsupported', 'the instance has no image')

  const samplesPerPixel = integer(attributes, '00280002') ?? 1
  const bitsAllocated = integer(attributes, '00280100') ?? 8
  const bitsStored = integer(attributes, '00280101') ?? bitsAllocated
  const highBit = integer(attributes, '00280102') ?? bitsStored - 1
  const photometricInterpretation =
    text(attributes, '00280004') ?? (samplesPerPixel === 3 ? 'RGB' : 'MONOCHROME2') // absent in some old secondary captures
  const sensible =
    rows > 0 &&
    columns > 0 &&
    samplesPerPixel > 0 &&
    bitsAllocated >= bitsStored &&
    bitsStored > 0 &&
    highBit < bitsAllocated &&
    highBit + 1 >= bitsStored
  if (!sensible) throw new PixelError('damaged', 'the image attributes contradict each other')

  const shape = text(attributes, '20500020')
  const signed = integer(attributes, '00280103') === 1
  const asStored = (value: number) => wrapToStored(value, signed, bitsAllocated)
  const read: Reader = { attributes, path: '', bulkValue }
  const groups = functionalGroups(attributes, frame)
  const group = (tag: string) => groups.map((item) => items(item, tag)[0]).find((item) => item !== undefined)
  const voi = group('00289132') ?? attributes
  const supplementalPalette =
    photometricInterpretation === 'MONOCHROME2' &&
    attributes['00281101'] !== undefined &&
    pixelPresentation(attributes, groups) === 'COLOR'

  return {
    modality: text(attributes, '00080060'),
    manufacturer: text(attributes, '00080070'),
    rows,
    columns,
    samplesPerPixel,
    photometricInterpretation,
    presentationShape: shape === 'IDENTITY' || shape === 'INVERSE' ? shape : null,
    planarConfiguration: integer(attributes, '00280006') === 1 ? 1 : 0,
    bitsAllocated,
    bitsStored,
    highBit,
    signed,
    pixelType: attributes['7FE00008'] ? 'float' : attributes['7FE00009'] ? 'double' : 'integer',
    pixelAspect: pixelAspect(attributes, group('00289110')),
    padding: padding(attributes, asStored),
    modalityLut: sequenceLut(read, '00283000', asStored),
    rescale: rescale(group('00289145') ?? attributes),
    windows: windows(voi),
    voiLut: sequenceLut(read, '00283010', (value) => value),
    palette:
      photometricInterpretation === 'PALETTE COLOR' || supplementalPalette ? palette(read, asStored) : null,
    supplementalPalette,
    iccProfile: bytesOf(read, '00282000'),
    overlays: overlayPlanes(attributes, { frame, bulkValue }),
  }
}

/** The frame's own functional group before the shared one. */
function functionalGroups(attributes: DicomAttributes, frame: number): DicomAttributes[] {
  const own = items(attributes, '52009230')[frame - 1]
  const shared = items(attributes, '52009229')[0]
  return [own, shared].filter((group) => group !== undefined)
}

/** Frame types of enhanced CT, MR and PET images, PS3.3 §C.8.15.3.1, §C.8.13.5.1, §C.8.22.5.1. */
const frameTypes = ['00189329', '00189226', '00189751']

/** Pixel Presentation, PS3.3 §C.8.16.2.1.1; of a MIXED image the frame's own. */
function pixelPresentation(attributes: DicomAttributes, groups: readonly DicomAttributes[]): string | null {
  const presentation = text(attributes, '00089205')
  if (presentation !== 'MIXED') return presentation
  const types = groups.flatMap((item) => frameTypes.flatMap((tag) => items(item, tag)))
  return types.map((item) => text(item, '00089205')).find((value) => value !== null) ?? null
}

function pixelAspect(attributes: DicomAttributes, measures: DicomAttributes | undefined): number {
  // Spacing is row spacing\column spacing, the aspect ratio vertical\horizontal: the same quotient.
  const pairs = [
    measures ? numbers(measures, '00280030') : [],
    numbers(attributes, '00280030'), // Pixel Spacing
    numbers(attributes, '00181164'), // Imager Pixel Spacing
    numbers(attributes, '00182010'), // Nominal Scanned Pixel Spacing
    numbers(attributes, '00280034'), // Pixel Aspect Ratio
  ]
  for (const [vertical, horizontal] of pairs) {
    if (vertical === undefined || horizontal === undefined || vertical <= 0 || horizontal <= 0) continue
    const aspect = vertical / horizontal
    // A spacing that differs in the last digits is square; one off by more than 20 is a mistake.
    if (Math.abs(aspect - 1) < 0.001 || aspect > 20 || aspect < 0.05) return 1
    return aspect
  }
  return 1
}

function padding(
  attributes: DicomAttributes,
  asStored: (value: number) => number,
): ImageDescription['padding'] {
  const [value] = numbers(attributes, '00280120')
  if (value === undefined) return null
  const [limit = value] = numbers(attributes, '00280121')
  const [a, b] = [asStored(value), asStored(limit)]
  return { first: Math.min(a, b), last: Math.max(a, b) }
}
