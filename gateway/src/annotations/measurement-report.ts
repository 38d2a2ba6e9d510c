import type { Annotation, Calibration, FramePoint, Measured, StudyInstance } from '@bitewing/db'
import type { JsonAttributes } from '../dicom/to-native-xml.ts'
import {
  attribute,
  codedItem,
  codeItem,
  container,
  empty,
  imageItem,
  numberItem,
  personItem,
  placeItem,
  referenceItem,
  templateItem,
  textItem,
  uidItem,
  type Code,
  type Reference,
} from './content-items.ts'
import { dateTime, documentAttributes, uidOf, type DocumentContext } from './document-attributes.ts'
import type { DrawnImage } from './drawn-image.ts'

export const comprehensiveSr = '1.2.840.10008.5.1.4.1.1.88.33'

export const units = {
  mm: ['mm', 'UCUM', 'millimeter'],
  mm2: ['mm2', 'UCUM', 'square millimeter'],
  deg: ['deg', 'UCUM', 'degree'],
  px: ['{pixels}', 'UCUM', 'pixels'],
  px2: ['{pixels}', 'UCUM', 'pixels'],
} as const satisfies Record<Measured['unit'], Code>

const concepts = {
  length: ['410668003', 'SCT', 'Length'],
  angle: ['1483009', 'SCT', 'Angle'],
  cobb: ['285285000', 'SCT', "Cobb's angle"],
  area: ['42798000', 'SCT', 'Area'],
} as const satisfies Record<string, Code>

/** How a figure was calibrated, in words for whoever reads the report elsewhere. */
const calibrationWords = {
  hand: 'calibrated by hand on a known length',
  geometry: 'pixel spacing corrected for geometric magnification',
  fiducial: 'pixel spacing calibrated on a fiducial of known size',
  unknown: 'pixel spacing, correction not stated',
  plane: 'pixel spacing in the slice',
  magnification: 'imager pixel spacing divided by the estimated radiographic magnification factor',
  detector: 'imager pixel spacing, at the detector, not corrected for magnification',
  none: 'pixels only, no calibration known',
} as const satisfies Record<Calibration, string>

/** Names by which viewers built on Cornerstone3D (OHIF) know which of their tools shows a measurement. */
const trackedAs = {
  length: 'Length',
  calibration: 'Length',
  angle: 'Angle',
  cobb: 'CobbAngle',
  ellipse: 'EllipticalROI',
  freehand: 'PlanarFreehandROI',
  arrow: 'ArrowAnnotate',
  text: 'ArrowAnnotate',
} as const satisfies Record<Annotation['kind'], string>

/**
 * Annotations as a structured report: Measurement Report (TID 1500), a Measurement Group (TID 1501, TID 1410) for
 * each. Comprehensive SR, so that coordinates may stand in it.
 *
 * @see DICOM PS3.16 TID 1500, TID 1501, TID 300; PS3.3 §A.35.3
 */
export function measurementReport(context: DocumentContext): JsonAttributes {
  const { drawn } = context
  const images = [...new Map(drawn.map((each) => [each.image.sopInstanceUid, each])).values()]
  return {
    ...documentAttributes(context, {
      kind: 'report',
      modality: 'SR',
      sopClassUid: comprehensiveSr,
      seriesDescription: 'Measurements and annotations',
      seriesNumber: 9001,
    }),
    ...imagingReport(context, images, drawn.map(measurementGroup)),
  }
}

/** An image, and which of its frames is meant. */
export type ShownImage = {
  annotation: Pick<Annotation, 'frame'>
  image: Pick<StudyInstance, 'seriesInstanceUid' | 'sopClassUid' | 'sopInstanceUid' | 'frames'>
}

/** Of a Measurement Report (TID 1500) what is the same whatever was measured. @param groups its Measurement Groups */
export function imagingReport(
  context: Pick<DocumentContext, 'studyInstanceUid' | 'changedAt' | 'changedBy'>,
  images: readonly ShownImage[],
  groups: JsonAttributes[],
): JsonAttributes {
  const { studyInstanceUid, changedAt, changedBy } = context
  const [date, time] = dateTime(changedAt)
  return {
    '00080023': attribute('DA', date),
    '00080033': attribute('TM', time),
    '00081111': empty('SQ'),
    '0040A372': empty('SQ'),
    '0040A375': attribute('SQ', {
      '0020000D': attribute('UI', studyInstanceUid),
      '00081115': attribute('SQ', ...referencedSeries(images, '00081199')),
    }),
    '0040A491': attribute('CS', 'COMPLETE'),
    '0040A493': attribute('CS', 'UNVERIFIED'),
    '0040A040': attribute('CS', 'CONTAINER'),
    '0040A043': attribute('SQ', codeItem(['126000', 'DCM', 'Imaging Measurement Report'])),
    '0040A050': attribute('CS', 'SEPARATE'),
    '0040A504': attribute('SQ', templateItem('1500')),
    '0040A730': attribute(
      'SQ',
      codedItem(
        'HAS CONCEPT MOD',
        ['121049', 'DCM', 'Language of Content Item and Descendants'],
        ['en', 'RFC5646', 'English'],
      ),
      codedItem('HAS OBS CONTEXT', ['121005', 'DCM', 'Observer Type'], ['121006', 'DCM', 'Person']),
      personItem('HAS OBS CONTEXT', ['121008', 'DCM', 'Person Observer Name'], changedBy),
      codedItem('HAS CONCEPT MOD', ['121058', 'DCM', 'Procedure reported'], ['363679005', 'SCT', 'Imaging']),
      container(
        ['111028', 'DCM', 'Image Library'],
        [
          container(
            ['126200', 'DCM', 'Image Library Group'],
            images.map((each) => imageItem('CONTAINS', referenceOf(each))),
          ),
        ],
      ),
      container(['126010', 'DCM', 'Imaging Measurements'], groups),
    ),
  }
}

function measurementGroup(drawn: DrawnImage): JsonAttributes {
  const { annotation } = drawn
  const { id, kind, text, measured, millimetres } = annotation
  const words = kind === 'calibration' ? `Known length: ${millimetres ?? ''} mm` : text
  return container(
    ['125007', 'DCM', 'Measurement Group'],
    [
      textItem(
        'HAS OBS CONTEXT',
        ['112039', 'DCM', 'Tracking Identifier'],
        `Cornerstone3DTools@^0.1.0:${trackedAs[kind]}`,
      ),
      uidItem('HAS OBS CONTEXT', ['112040', 'DCM', 'Tracking Unique Identifier'], uidOf(id)),
      // free text as viewers on Cornerstone3D look for it
      ...(words === ''
        ? []
        : [
            codedItem(
              'CONTAINS',
              ['121071', 'DCM', 'Finding'],
              ['CORNERSTONEFREETEXT', 'CORNERSTONEJS', words.slice(0, 64)],
            ),
          ]),
      ...(words.length > 64 ? [textItem('CONTAINS', ['121106', 'DCM', 'Comment'], words)] : []),
      ...figures(drawn),
      ...(measured && measured.unit !== 'deg'
        ? [
            textItem(
              'CONTAINS',
              ['121106', 'DCM', 'Comment'],
              `Scale: ${calibrationWords[measured.calibration]}`,
            ),
          ]
        : []),
    ],
    kind === 'arrow' || kind === 'text' ? '1410' : '1501',
  )
}

/** The figure with its place, or the place alone where nothing is measured. */
function figures(drawn: DrawnImage): JsonAttributes[] {
  const { kind, points, measured } = drawn.annotation
  const image = referenceOf(drawn)
  const from = (type: 'POLYLINE' | 'ELLIPSE', places: readonly FramePoint[]) => [
    placeItem('INFERRED FROM', null, type, places, image),
  ]
  const [a, b = a, c = b, d = c] = points
  if (!a || !b || !c || !d) return []
  switch (kind) {
    case 'arrow':
      // Cornerstone's arrow points at its first place
      return [placeItem('CONTAINS', ['111010', 'DCM', 'Center'], 'POLYLINE', [b, a], image)]
    case 'text':
      return [placeItem('CONTAINS', ['111010', 'DCM', 'Center'], 'POINT', [a], image)]
    case 'length':
    case 'calibration':
      return measured
        ? [numberItem(concepts.length, measured.value, units[measured.unit], from('POLYLINE', [a, b]))]
        : []
    case 'angle':
      // two lines that meet, as viewers on Cornerstone3D read it
      return measured
        ? [numberItem(concepts.angle, measured.value, units.deg, from('POLYLINE', [a, b, b, c]))]
        : []
    case 'cobb':
      return measured
        ? [numberItem(concepts.cobb, measured.value, units.deg, from('POLYLINE', [a, b, c, d]))]
        : []
    case 'ellipse':
      return measured
        ? [numberItem(concepts.area, measured.value, units[measured.unit], from('ELLIPSE', axesOf(a, b)))]
        : []
    case 'freehand':
      return measured
        ? [numberItem(concepts.area, measured.value, units[measured.unit], from('POLYLINE', [...points, a]))]
        : []
  }
}

/** Ends of the major, then of the minor axis (PS3.3 §C.18.6.1.2), of the ellipse in a box. */
export function axesOf([left, top]: FramePoint, [right, bottom]: FramePoint): FramePoint[] {
  const [x, y] = [(left + right) / 2, (top + bottom) / 2]
  const across: FramePoint[] = [
    [Math.min(left, right), y],
    [Math.max(left, right), y],
  ]
  const down: FramePoint[] = [
    [x, Math.min(top, bottom)],
    [x, Math.max(top, bottom)],
  ]
  return Math.abs(right - left) >= Math.abs(bottom - top) ? [...across, ...down] : [...down, ...across]
}

export function referenceOf({ annotation, image }: ShownImage): Reference {
  const { sopClassUid, sopInstanceUid, frames } = image
  return { sopClassUid, sopInstanceUid, frame: annotation.frame, frames }
}

/** Images by their series. @param tag of the sequence that holds the references */
export function referencedSeries(
  images: readonly ShownImage[],
  tag: '00081199' | '00081140',
): JsonAttributes[] {
  return [...Map.groupBy(images, ({ image }) => image.seriesInstanceUid)].map(([series, ofSeries]) => ({
    '0020000E': attribute('UI', series),
    [tag]: attribute('SQ', ...ofSeries.map((each) => referenceItem({ ...referenceOf(each), frames: 1 }))),
  }))
}
