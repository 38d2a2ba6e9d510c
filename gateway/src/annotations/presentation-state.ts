import type { FramePoint, Measured } from '@bitewing/db'
import type { JsonAttributes } from '../dicom/to-native-xml.ts'
import { attribute, referenceItem } from './content-items.ts'
import { dateTime, documentAttributes, type DocumentContext } from './document-attributes.ts'
import type { DrawnImage } from './drawn-image.ts'
import { axesOf, referencedSeries, referenceOf } from './measurement-report.ts'

const grayscaleSoftcopy = '1.2.840.10008.5.1.4.1.1.11.1'
const layer = 'ANNOTATIONS'
const unitText = { mm: 'mm', mm2: 'mm2', deg: 'deg', px: 'px', px2: 'px2' } as const satisfies Record<
  Measured['unit'],
  string
>

/**
 * Annotations of grey images as a Grayscale Softcopy Presentation State: the same drawing and words for viewers that
 * show presentation states and no reports. The window stays the images' own.
 *
 * Colour images are left out: their presentation state needs the ICC profile of the display it was made on.
 *
 * @param context whose images are all grey
 * @see DICOM PS3.3 §A.33.1, §C.10.5 Graphic Annotation Module
 */
export function presentationState(context: DocumentContext): JsonAttributes {
  const { drawn, changedAt, changedBy } = context
  const [date, time] = dateTime(changedAt)
  const images = [...new Map(drawn.map((each) => [each.image.sopInstanceUid, each])).values()]
  const [{ attributes: first }] = drawn
  const rescale = ['00281052', '00281053', '00281054'].flatMap((tag) =>
    first[tag]?.Value ? [[tag, first[tag]] as const] : [],
  )
  return {
    ...documentAttributes(context, {
      kind: 'presentation',
      modality: 'PR',
      sopClassUid: grayscaleSoftcopy,
      seriesDescription: 'Annotations',
      seriesNumber: 9002,
    }),
    ...(rescale.length === 3 ? Object.fromEntries(rescale) : {}),
    '00081115': attribute('SQ', ...referencedSeries(images, '00081140')),
    '00700080': attribute('CS', layer),
    '00700081': attribute('LO', 'Measurements and annotations'),
    '00700082': attribute('DA', date),
    '00700083': attribute('TM', time),
    '00700084': attribute('PN', { Alphabetic: changedBy }),
    '0070005A': attribute('SQ', ...images.map(displayedArea)),
    '00700060': attribute('SQ', { '00700002': attribute('CS', layer), '00700062': attribute('IS', 1) }),
    '00700001': attribute('SQ', ...drawn.map(graphicAnnotation)),
    '20500020': attribute('CS', 'IDENTITY'),
  }
}

/** All of the image, as large as it goes (PS3.3 §C.10.4). */
function displayedArea(drawn: DrawnImage): JsonAttributes {
  const { columns, rows } = drawn.image
  const spacing = drawn.attributes['00280030']?.Value ?? drawn.attributes['00181164']?.Value
  return {
    '00081140': attribute('SQ', referenceItem({ ...referenceOf(drawn), frames: 1 })),
    '00700052': attribute('SL', 1, 1),
    '00700053': attribute('SL', columns ?? 1, rows ?? 1),
    '00700100': attribute('CS', 'SCALE TO FIT'),
    ...(spacing?.length === 2
      ? { '00700101': attribute('DS', ...spacing) }
      : { '00700102': attribute('IS', ...(drawn.attributes['00280034']?.Value ?? [1, 1])) }),
  }
}

function graphicAnnotation(drawn: DrawnImage): JsonAttributes {
  const { kind, points, text, measured, millimetres } = drawn.annotation
  const [a, b = a, c = b, d = c] = points
  const figure =
    kind === 'calibration'
      ? `${millimetres ?? ''} mm`
      : measured
        ? `${Number(measured.value.toFixed(2))} ${unitText[measured.unit]}`
        : ''
  const words = [figure, text].filter((part) => part !== '').join('\r\n')
  const line = (...places: FramePoint[]) => graphic('POLYLINE', places)
  const graphics =
    !a || !b || !c || !d
      ? []
      : kind === 'text'
        ? [graphic('POINT', [a])]
        : kind === 'cobb'
          ? [line(a, b), line(c, d)]
          : kind === 'ellipse'
            ? [graphic('ELLIPSE', axesOf(a, b))]
            : kind === 'freehand'
              ? [line(...points, a)]
              : kind === 'arrow'
                ? [line(a, b), ...head(a, b)]
                : [line(...points)]
  const [anchor] = kind === 'length' || kind === 'calibration' || kind === 'angle' ? [b] : [a]
  return {
    '00081140': attribute('SQ', referenceItem(referenceOf(drawn))),
    '00700002': attribute('CS', layer),
    ...(words !== '' && anchor ? { '00700008': attribute('SQ', textObject(words, anchor)) } : {}),
    ...(graphics.length > 0 ? { '00700009': attribute('SQ', ...graphics) } : {}),
  }
}

function graphic(type: 'POINT' | 'POLYLINE' | 'ELLIPSE', points: readonly FramePoint[]): JsonAttributes {
  return {
    '00700005': attribute('CS', 'PIXEL'),
    '00700020': attribute('US', 2),
    '00700021': attribute('US', points.length),
    '00700022': attribute('FL', ...points.flat()),
    '00700023': attribute('CS', type),
    ...(type === 'ELLIPSE' ? { '00700024': attribute('CS', 'N') } : {}),
  }
}

/** A presentation state of this class knows no arrows: two strokes at its end. */
function head([fromX, fromY]: FramePoint, [toX, toY]: FramePoint): JsonAttributes[] {
  const angle = Math.atan2(toY - fromY, toX - fromX)
  const length = Math.hypot(toX - fromX, toY - fromY) / 5
  const wing = (turn: number): FramePoint => [
    toX - length * Math.cos(angle + turn),
    toY - length * Math.sin(angle + turn),
  ]
  return length === 0 ? [] : [graphic('POLYLINE', [wing(0.4), [toX, toY], wing(-0.4)])]
}

function textObject(words: string, [x, y]: FramePoint): JsonAttributes {
  return {
    '00700004': attribute('CS', 'PIXEL'),
    '00700006': attribute('ST', words.slice(0, 1024)),
    '00700014': attribute('FL', x, y),
    '00700015': attribute('CS', 'Y'),
  }
}
