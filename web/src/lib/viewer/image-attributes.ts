/** A window as the image names it (PS3.3 §C.11.2). */
export type StoredWindow = { center: number; width: number; shape: WindowShape; name: string }
export type WindowShape = 'linear' | 'linear-exact' | 'sigmoid'

/** Row spacing, then column spacing, in millimetres: between centres of rows, between centres of columns. */
export type Spacing = readonly [row: number, column: number]

/** What an image says of the distance between its pixels, as far as it can be believed. */
export type SpacingAttributes = {
  pixelSpacing: Spacing | null // (0028,0030)
  /** (0028,0A02): how Pixel Spacing was corrected; null when it does not say */
  calibrationType: 'GEOMETRY' | 'FIDUCIAL' | null
  calibrationDescription: string // (0028,0A04)
  imagerPixelSpacing: Spacing | null // (0018,1164), at the detector
  nominalScannedPixelSpacing: Spacing | null // (0018,2010), of a film that was scanned
  /** (0018,1114): how much larger than life the detector saw it; null when absent or below 1 */
  magnification: number | null
  /** (0028,0034): height of a pixel divided by its width; 1 when absent */
  pixelAspect: number
  /** whether the image lies in the patient (CT, MR …), so that its spacing is that of the anatomy */
  isPlane: boolean
}

/** What the viewer must know of an image before its pixels come. */
export type ImageAttributes = {
  bitsAllocated: number
  bitsStored: number
  isSigned: boolean
  isColour: boolean
  photometricInterpretation: string
  /** low values are shown bright: as the Presentation LUT Shape says, and MONOCHROME1 without one */
  isInverted: boolean
  rescale: { slope: number; intercept: number } | null
  windows: StoredWindow[]
  /** has a Modality LUT or VOI LUT Sequence, which the page does not have: the gateway's picture shows it rightly */
  hasLut: boolean
  padding: number | null
  frameTimeMs: number | null
  /** along the normal of the slices, in millimetres; null without a place in the patient */
  slicePosition: number | null
  /** the same of each frame that says where it lies; null where not every one does */
  framePositions: number[] | null
  /** of the slices, a unit vector in the patient; null without an orientation */
  normal: readonly [number, number, number] | null
  /** (0020,0052): images that share it can be told apart by place; empty when absent */
  frameOfReferenceUid: string
  spacing: SpacingAttributes
}

type DataSet = Readonly<Record<string, unknown>>

/** Reads what the viewer needs from an instance's DICOM JSON (PS3.18 Annex F). Nothing in it is trusted. */
export function imageAttributes(metadata: DataSet, sopClassUid: string): ImageAttributes {
  const shared = items(metadata, '52009229')[0] ?? {}
  const group = (tag: string) => items(shared, tag)[0] ?? {}
  const [measures, orientation] = [group('00289110'), group('00209116')]
  const pick = (tag: string, ...dataSets: DataSet[]) =>
    [metadata, ...dataSets].find((dataSet) => values(dataSet, tag).length > 0) ?? {}

  const photometricInterpretation = text(metadata, '00280004')
  const bitsAllocated = number(metadata, '00280100') ?? 16
  const transformation = pick('00281053', group('00289145'))
  const [slope, intercept] = [number(transformation, '00281053'), number(transformation, '00281052') ?? 0]
  const frameTimeMs = number(metadata, '00181063')
  const rate = number(metadata, '00082144') ?? number(metadata, '00180040')
  const perFrame = items(metadata, '52009230')
  const [firstPlane = {}] = items(perFrame[0] ?? {}, '00209116')
  const cosines = values(pick('00200037', orientation, firstPlane), '00200037').map(Number)
  const normal = normalOf(cosines)
  const place = (dataSet: DataSet) => along(normal, values(dataSet, '00200032').map(Number))
  const places = perFrame.map((frame) => place(items(frame, '00209113')[0] ?? {}))

  return {
    bitsAllocated,
    bitsStored: number(metadata, '00280101') ?? bitsAllocated,
    isSigned: number(metadata, '00280103') === 1,
    isColour:
      (number(metadata, '00280002') ?? 1) > 1 ||
      photometricInterpretation === 'PALETTE COLOR' ||
      hasSupplementalPalette(metadata),
    photometricInterpretation,
    isInverted: isInverted(text(metadata, '20500020'), photometricInterpretation),
    rescale: slope === null || slope === 0 || (slope === 1 && intercept === 0) ? null : { slope, intercept },
    windows: storedWindows(pick('00281050', group('00289132'))),
    hasLut: items(metadata, '00283000').length > 0 || items(metadata, '00283010').length > 0,
    padding: number(metadata, '00280120'),
    frameTimeMs:
      frameTimeMs !== null && frameTimeMs > 0 ? frameTimeMs : rate !== null && rate > 0 ? 1000 / rate : null,
    slicePosition: place(metadata),
    framePositions: places.length > 0 && places.every((each) => each !== null) ? places : null,
    normal,
    frameOfReferenceUid: text(metadata, '00200052'),
    spacing: {
      pixelSpacing: spacing(pick('00280030', measures), '00280030'),
      calibrationType: calibrationType(text(metadata, '00280A02')),
      calibrationDescription: text(metadata, '00280A04'),
      imagerPixelSpacing: spacing(metadata, '00181164'),
      nominalScannedPixelSpacing: spacing(metadata, '00182010'),
      magnification: magnification(number(metadata, '00181114')),
      pixelAspect: pixelAspect(values(metadata, '00280034').map(Number)),
      isPlane: planes.has(sopClassUid) || cosines.length === 6,
    },
  }
}

/** Storage classes whose Pixel Spacing is that of the anatomy: CT, Enhanced CT, MR, X-Ray 3D Craniofacial. */
const planes = new Set([
  '1.2.840.10008.5.1.4.1.1.2',
  '1.2.840.10008.5.1.4.1.1.2.1',
  '1.2.840.10008.5.1.4.1.1.4',
  '1.2.840.10008.5.1.4.1.1.13.1.2',
])

function storedWindows(dataSet: DataSet): StoredWindow[] {
  const widths = values(dataSet, '00281051').map(Number)
  const names = values(dataSet, '00281055').map(String)
  const function_ = text(dataSet, '00281056')
  const shape = function_ === 'SIGMOID' ? 'sigmoid' : function_ === 'LINEAR_EXACT' ? 'linear-exact' : 'linear'
  return values(dataSet, '00281050').flatMap((value, index) => {
    const [center, width] = [Number(value), widths[index] ?? Number.NaN]
    // a width below 1 is no linear window (PS3.3 §C.11.2.1.2)
    const widthMin = shape === 'linear' ? 1 : Number.MIN_VALUE
    return Number.isFinite(center) && Number.isFinite(width) && width >= widthMin
      ? [{ center, width, shape, name: names[index] ?? '' }]
      : []
  })
}

/** Millimetres that can be believed: two numbers above 0 and below 10 cm. */
function spacing(dataSet: DataSet, tag: string): Spacing | null {
  const [row, column] = values(dataSet, tag).map(Number)
  const good = (value: number | undefined): value is number =>
    value !== undefined && Number.isFinite(value) && value > 0 && value < 100
  return good(row) && good(column) ? [row, column] : null
}

function calibrationType(value: string): 'GEOMETRY' | 'FIDUCIAL' | null {
  return value === 'GEOMETRY' || value === 'FIDUCIAL' ? value : null
}

/** The detector never sees it smaller than it is: below 1 nothing is known. */
function magnification(value: number | null): number | null {
  return value !== null && value >= 1 && value < 10 ? value : null
}

/** Vertical, then horizontal (PS3.3 §C.7.6.3.1.7). */
function pixelAspect([vertical = 1, horizontal = 1]: number[]): number {
  const ratio = vertical / horizontal
  return Number.isFinite(ratio) && ratio > 0 ? ratio : 1
}

/** What slices with these direction cosines of row and column lie across. */
function normalOf(cosines: number[]): ImageAttributes['normal'] {
  if (cosines.length !== 6) return null
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = cosines
  const across = [b * f - c * e, c * d - a * f, a * e - b * d] as const
  const length = Math.hypot(...across)
  return length > 0.5 && Number.isFinite(length) ? across : null
}

/** Distance of a slice from the origin along the slices' normal (PS3.3 §C.7.6.2.1.1), to a thousandth of a millimetre. */
function along(normal: ImageAttributes['normal'], position: number[]): number | null {
  if (!normal || position.length !== 3) return null
  const distance = normal.reduce((sum, value, axis) => sum + value * (position[axis] ?? 0), 0)
  return Number.isFinite(distance) ? Math.round(distance * 1000) / 1000 : null
}

/** The values of an attribute, empty when there are none. */
export function values(dataSet: DataSet, tag: string): unknown[] {
  const attribute = dataSet[tag]
  if (typeof attribute !== 'object' || attribute === null || !('Value' in attribute)) return []
  return Array.isArray(attribute.Value) ? attribute.Value : []
}

/** The items of a sequence. */
export function items(dataSet: DataSet, tag: string): DataSet[] {
  return values(dataSet, tag).filter((item): item is DataSet => typeof item === 'object' && item !== null)
}

function text(dataSet: DataSet, tag: string): string {
  const [value] = values(dataSet, tag)
  return typeof value === 'string' ? value : ''
}

function number(dataSet: DataSet, tag: string): number | null {
  const [value] = values(dataSet, tag)
  if (typeof value !== 'number' && typeof value !== 'string') return null
  const parsed = Number(value)
  return value !== '' && Number.isFinite(parsed) ? parsed : null
}

/** Its highest stored values are colours (PS3.3 §C.8.16.2.1.1.1), in some of its frames at least. */
function hasSupplementalPalette(metadata: DataSet): boolean {
  const presentation = text(metadata, '00089205')
  return (presentation === 'COLOR' || presentation === 'MIXED') && values(metadata, '00281101').length > 0
}

/** As the gateway shows them, see `shows-inverted.ts` there. */
function isInverted(presentationShape: string, photometricInterpretation: string): boolean {
  return presentationShape === 'IDENTITY' || presentationShape === 'INVERSE'
    ? presentationShape === 'INVERSE'
    : photometricInterpretation === 'MONOCHROME1'
}
