import type { JsonAttributes } from '../dicom/to-native-xml.ts'
import { attribute, codeItem, empty, referenceItem, type Code } from './content-items.ts'
import { dateTime, madeAttributes, uidOf } from './document-attributes.ts'

const spatialRegistration = '1.2.840.10008.5.1.4.1.1.66.1'

/** An image of a comparison, as it lies on the first. */
export type RegisteredImage = {
  studyInstanceUid: string
  seriesInstanceUid: string
  sopClassUid: string
  sopInstanceUid: string
  frame: number // 1-based
  frames: number
  attributes: JsonAttributes
  mirrored: boolean
  placedBy: 'none' | 'landmarks' | 'automatic'
  /** see `ComparedImage` of the database: from pixels made square, as shown, to those of the first */
  similarity: readonly [a: number, b: number, dx: number, dy: number] | null
  landmarks: number
  errorPixels: number | null
}

type Registration = {
  practiceName: string
  comparisonId: string
  title: string
  images: readonly [RegisteredImage, RegisteredImage, ...RegisteredImage[]]
  changedAt: Date
  changedBy: string
}

/** CID 7100 RCS Registration Method Type. */
const methods = {
  landmarks: ['125022', 'DCM', 'Fiducial Alignment'],
  automatic: ['125024', 'DCM', 'Image Content-based Alignment'],
} as const satisfies Record<string, Code>

/**
 * How images of a comparison lie on its first one, as a Spatial Registration in the study of that.
 *
 * Projection images and photographs have no Frame of Reference: each item names its image, and the coordinates of one
 * are counted from the middle of its first pixel, x along its columns and y along its rows, in millimetres by its
 * spacing, or in widths of its pixels where it has none (then the comment says so). The object establishes a Frame of
 * Reference of its own, in which the first image lies as it is stored.
 *
 * @param registration of which at least one image but the first is aligned
 * @see DICOM PS3.3 §A.39.1, §C.20.2; PS3.17 §O.1 for images without a Frame of Reference
 */
export function makeSpatialRegistration(registration: Registration): JsonAttributes {
  const { comparisonId, title, images, changedAt, changedBy } = registration
  const [first] = images
  const aligned = images.filter((image, index) => index === 0 || image.similarity !== null)
  const state = [
    comparisonId,
    title,
    aligned.map(({ attributes: _, ...image }) => image),
    changedAt.toISOString(),
    changedBy,
  ]
  const [date, time] = dateTime(changedAt)
  const own = aligned.filter(({ studyInstanceUid }) => studyInstanceUid === first.studyInstanceUid)
  const elsewhere = Map.groupBy(
    aligned.filter(({ studyInstanceUid }) => studyInstanceUid !== first.studyInstanceUid),
    ({ studyInstanceUid }) => studyInstanceUid,
  )
  return {
    ...madeAttributes(
      { ...registration, studyInstanceUid: first.studyInstanceUid, attributes: first.attributes, state },
      {
        kind: 'registration',
        modality: 'REG',
        sopClassUid: spatialRegistration,
        seriesDescription: 'Comparison',
        seriesNumber: 9003,
      },
    ),
    '00080023': attribute('DA', date),
    '00080033': attribute('TM', time),
    '00081115': attribute('SQ', ...referencedSeries(own)),
    ...(elsewhere.size > 0
      ? {
          '00081200': attribute(
            'SQ',
            ...[...elsewhere].map(([study, ofStudy]) => ({
              '0020000D': attribute('UI', study),
              '00081115': attribute('SQ', ...referencedSeries(ofStudy)),
            })),
          ),
        }
      : {}),
    '00200052': attribute('UI', uidOf(JSON.stringify(['registered', state]))),
    '00201040': empty('LO'),
    '00700080': attribute('CS', 'COMPARISON'),
    '00700081': title === '' ? empty('LO') : attribute('LO', title.slice(0, 64)),
    '00700084': attribute('PN', { Alphabetic: changedBy }),
    '00700308': attribute('SQ', ...aligned.map((image) => registrationItem(image, first))),
  }
}

function registrationItem(image: RegisteredImage, first: RegisteredImage): JsonAttributes {
  const isFirst = image === first
  const method = image.placedBy === 'none' || isFirst ? null : methods[image.placedBy]
  const matrix = isFirst ? identity : registeredBy(image, first)
  return {
    '00081140': attribute('SQ', referenceItem(image)),
    '00700309': attribute('SQ', {
      '300600C8': attribute('LO', commentOf(image, first)),
      '0070030D': method ? attribute('SQ', codeItem(method)) : empty('SQ'),
      '0070030A': attribute('SQ', {
        '300600C6': attribute('DS', ...inSpace(matrix).map(decimal)),
        '0070030C': attribute('CS', typeOf(matrix)),
      }),
    }),
  }
}

/** x' = ax + cy + e, y' = bx + dy + f */
type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number]
const identity: Affine = [1, 0, 0, 1, 0, 0]

/** First `inner`, then `outer`. */
function after(outer: Affine, inner: Affine): Affine {
  const [a, b, c, d, e, f] = outer
  const [ia, ib, ic, id, ie, jf] = inner
  return [
    a * ia + c * ib,
    b * ia + d * ib,
    a * ic + c * id,
    b * ic + d * id,
    a * ie + c * jf + e,
    b * ie + d * jf + f,
  ]
}

function inverse([a, b, c, d, e, f]: Affine): Affine {
  const det = a * d - b * c
  return [d / det, -b / det, -c / det, a / det, (c * f - d * e) / det, (b * e - a * f) / det]
}

/** From an image's own coordinates to pixels made square as the comparison shows them, counted from the picture's edge. */
function toShown({ attributes, mirrored }: RegisteredImage): Affine {
  const { across, aspect } = pixelOf(attributes)
  const [columns = 1] = numbersOf(attributes, '00280011')
  const square: Affine = [1 / across, 0, 0, 1 / across, 0.5, 0.5 * aspect]
  return mirrored ? after([-1, 0, 0, 1, columns, 0], square) : square
}

function registeredBy(image: RegisteredImage, first: RegisteredImage): Affine {
  const [a, b, dx, dy] = image.similarity ?? [1, 0, 0, 0]
  return after(inverse(toShown(first)), after([a, b, -b, a, dx, dy], toShown(image)))
}

/**
 * Width of a pixel in millimetres, 1 where the file does not say, and its height divided by that: from Pixel Spacing, else
 * Imager Pixel Spacing, else Pixel Aspect Ratio, as the comparison has it.
 */
function pixelOf(attributes: JsonAttributes): { across: number; aspect: number; isKnown: boolean } {
  for (const tag of ['00280030', '00181164']) {
    const [down, across] = numbersOf(attributes, tag)
    if (down !== undefined && across !== undefined && down > 0 && across > 0)
      return { across, aspect: down / across, isKnown: true }
  }
  const [down = 1, across = 1] = numbersOf(attributes, '00280034')
  return { across: 1, aspect: down > 0 && across > 0 ? down / across : 1, isKnown: false }
}

/** DS and IS may come as text (PS3.18 §F.2.2). */
function numbersOf(attributes: JsonAttributes, tag: string): number[] {
  return (attributes[tag]?.Value ?? [])
    .map((value) => (typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN))
    .filter(Number.isFinite)
}

/** PS3.3 §C.20.2.1.2: a mirrored image is neither rotated nor scaled into its place. */
function typeOf([a, b, c, d]: Affine): 'RIGID' | 'RIGID_SCALE' | 'AFFINE' {
  if (a * d - b * c < 0) return 'AFFINE'
  return Math.abs(Math.hypot(a, b) - 1) < 1e-9 ? 'RIGID' : 'RIGID_SCALE'
}

/** Row by row; the plane's third axis keeps its length, but for a scale that has to be one of all. */
function inSpace(matrix: Affine): number[] {
  const [a, b, c, d, e, f] = matrix
  const depth = typeOf(matrix) === 'RIGID_SCALE' ? Math.hypot(a, b) : 1
  return [a, c, 0, e, b, d, 0, f, 0, 0, depth, 0, 0, 0, 0, 1]
}

/** At most 64 characters. */
function commentOf(image: RegisteredImage, first: RegisteredImage): string {
  const unit = pixelOf(image.attributes).isKnown ? 'mm' : 'pixels, no spacing known'
  if (image === first) return `The image that others lie on; in ${unit}`
  const how = image.placedBy === 'automatic' ? 'automatic' : `${image.landmarks} landmarks`
  const { across, isKnown } = pixelOf(first.attributes)
  const error =
    image.errorPixels === null
      ? 'error unknown'
      : `error ${(image.errorPixels * across).toFixed(2)} ${isKnown ? 'mm' : 'pixels'}`
  return `${how}, ${error}; in ${unit}`.slice(0, 64)
}

/** At most 16 characters (PS3.5 §6.2), and no more places than mean anything. */
function decimal(value: number): number {
  return Math.abs(value) < 1 ? Number(value.toFixed(10)) : Number(value.toPrecision(11))
}

function referencedSeries(images: readonly RegisteredImage[]): JsonAttributes[] {
  return [...Map.groupBy(images, ({ seriesInstanceUid }) => seriesInstanceUid)].map(([series, ofSeries]) => ({
    '0020000E': attribute('UI', series),
    '0008114A': attribute('SQ', ...ofSeries.map((image) => referenceItem({ ...image, frames: 1 }))),
  }))
}
