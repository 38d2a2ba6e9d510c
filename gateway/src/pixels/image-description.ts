import type { ImageDescription, LookupTable, Palette, Window, WindowFunction } from './pixels.ts'
import { PixelError } from './pixel-error.ts'
import { expandSegmentedPalette } from './expand-segmented-palette.ts'

/** One attribute of the DICOM JSON model, PS3.18 §F.2.2. */
type DicomElement = { vr: string; Value?: unknown[]; InlineBinary?: string; BulkDataURI?: string }

/** A data set or a sequence item: eight hex digits in uppercase to element. */
export type DicomAttributes = { [tag: string]: DicomElement | undefined }

/** The bytes, little endian, of an element that has a BulkDataURI. `path` is like `00281201` or `00283010/1/00283006` (items count from 1). */
export type BulkValue = (path: string, uri: string) => Uint8Array | undefined

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

  const signed = integer(attributes, '00280103') === 1
  const asStored = (value: number) => wrapToStored(value, signed, bitsAllocated)
  const read: Reader = { attributes, path: '', bulkValue }
  const groups = functionalGroups(attributes, frame)
  const group = (tag: string) => groups.map((item) => items(item, tag)[0]).find((item) => item !== undefined)
  const voi = group('00289132') ?? attributes

  return {
    modality: text(attributes, '00080060'),
    rows,
    columns,
    samplesPerPixel,
    photometricInterpretation,
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
    palette: photometricInterpretation === 'PALETTE COLOR' ? palette(read, asStored) : null,
    iccProfile: bytesOf(read, '00282000'),
  }
}

type Reader = { attributes: DicomAttributes; path: string; bulkValue: BulkValue | undefined }

function numbers(attributes: DicomAttributes, tag: string): number[] {
  // DS and IS may stand as strings where a number would lose digits (PS3.18 Table F.2.3-1).
  return (attributes[tag]?.Value ?? []).map(Number).filter(Number.isFinite)
}

function integer(attributes: DicomAttributes, tag: string): number | null {
  const value = attributes[tag]?.Value?.[0]
  return typeof value === 'number' && Number.isInteger(value) ? value : null
}

function text(attributes: DicomAttributes, tag: string): string | null {
  const value = attributes[tag]?.Value?.[0]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

function items(attributes: DicomAttributes, tag: string): DicomAttributes[] {
  const element = attributes[tag]
  if (element?.vr !== 'SQ') return []
  // An item of a SQ is an attribute map by the JSON model; each value in it is checked where it is read.
  return (element.Value ?? []).filter(
    (item) => typeof item === 'object' && item !== null,
  ) as DicomAttributes[]
}

/** The frame's own functional group before the shared one. */
function functionalGroups(attributes: DicomAttributes, frame: number): DicomAttributes[] {
  const own = items(attributes, '52009230')[frame - 1]
  const shared = items(attributes, '52009229')[0]
  return [own, shared].filter((group) => group !== undefined)
}

/** Brings a US value into a signed image's range and the other way round: writers mix the two VRs up. */
function wrapToStored(value: number, signed: boolean, bitsAllocated: number): number {
  const range = 2 ** bitsAllocated
  if (signed && value >= range / 2) return value - range
  if (!signed && value < 0) return value + range
  return value
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

function rescale(attributes: DicomAttributes): ImageDescription['rescale'] {
  const [slope = 1] = numbers(attributes, '00281053')
  const [intercept = 0] = numbers(attributes, '00281052')
  // A slope of 0 would flatten the picture; writers mean "none".
  return slope === 0 || (slope === 1 && intercept === 0) ? null : { slope, intercept }
}

function windows(attributes: DicomAttributes): Window[] {
  const centers = numbers(attributes, '00281050')
  const widths = numbers(attributes, '00281051')
  const name = text(attributes, '00281056')?.toUpperCase()
  const shape: WindowFunction =
    name === 'SIGMOID' ? 'sigmoid' : name === 'LINEAR_EXACT' ? 'linear-exact' : 'linear'
  return centers.flatMap((center, index) => {
    const width = widths[index]
    const usable = width !== undefined && (shape === 'linear' ? width >= 1 : width > 0)
    return usable ? [{ center, width, function: shape }] : []
  })
}

function bytesOf({ attributes, path, bulkValue }: Reader, tag: string): Uint8Array | null {
  const element = attributes[tag]
  if (element?.InlineBinary !== undefined) return Buffer.from(element.InlineBinary, 'base64')
  if (element?.BulkDataURI !== undefined) return bulkValue?.(path + tag, element.BulkDataURI) ?? null
  return null
}

/** LUT entries as 16-bit numbers. Entries of 8 bits come one to a byte or one to a word (PS3.3 §C.7.6.3.1.6). */
function tableValues(read: Reader, tag: string, count: number | 'all words'): Uint16Array | null {
  const listed = numbers(read.attributes, tag)
  if (listed.length > 1) return Uint16Array.from(listed) // wraps SS to the same 16 bits
  const bytes = bytesOf(read, tag)
  if (bytes === null) return null
  if (count !== 'all words' && bytes.length < count * 2 - 1) return Uint16Array.from(bytes.subarray(0, count))
  const length = count === 'all words' ? bytes.length >> 1 : Math.min(count, bytes.length >> 1)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint16Array.from({ length }, (_, index) => view.getUint16(index * 2, true))
}

function descriptor(attributes: DicomAttributes, tag: string, asStored: (value: number) => number) {
  const [count, first, bits] = numbers(attributes, tag)
  if (count === undefined || first === undefined || bits === undefined) return null
  const unsignedCount = count < 0 ? count + 65536 : count // written as SS
  return { count: unsignedCount === 0 ? 65536 : unsignedCount, first: asStored(first), bits }
}

function sequenceLut(
  read: Reader,
  sequence: string,
  asStored: (value: number) => number,
): LookupTable | null {
  const item = items(read.attributes, sequence)[0]
  const table = item && descriptor(item, '00283002', asStored)
  if (!item || !table) return null
  const values = tableValues(
    { ...read, attributes: item, path: `${read.path}${sequence}/1/` },
    '00283006',
    table.count,
  )
  if (values === null || values.length === 0) return null
  return { first: table.first, bits: usedBits(table.bits, values), values }
}

/** Bits per entry; the descriptor's third value is wrong often enough to be checked against the entries. */
function usedBits(declared: number, values: Uint16Array): number {
  const largest = values.reduce((a, b) => Math.max(a, b), 0)
  if (declared < 1 || declared > 16 || largest >= 2 ** declared)
    return Math.max(8, Math.ceil(Math.log2(largest + 1)))
  return declared > 8 && largest < 256 ? 8 : declared
}

function palette(read: Reader, asStored: (value: number) => number): Palette | null {
  const channels = ['1', '2', '3'].map((channel) => {
    const table = descriptor(read.attributes, `0028110${channel}`, asStored)
    if (!table) return null
    const segmented = tableValues(read, `0028122${channel}`, 'all words')
    const values = segmented
      ? expandSegmentedPalette(segmented, table.count)
      : tableValues(read, `0028120${channel}`, table.count)
    return values && values.length > 0 ? { first: table.first, bits: table.bits, values } : null
  })
  const [red, green, blue] = channels
  if (!red || !green || !blue) return null

  // 8-bit entries may be declared as 16; judged over the three together, or one dark channel would be stretched.
  const bits = Math.max(...[red, green, blue].map((channel) => usedBits(channel.bits, channel.values)))
  const toBytes = (values: Uint16Array) =>
    Uint8Array.from(values, (value) => (bits > 8 ? value >> (bits - 8) : value))
  return {
    first: red.first,
    red: toBytes(red.values),
    green: toBytes(green.values),
    blue: toBytes(blue.values),
  }
}
