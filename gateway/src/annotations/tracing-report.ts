import type { CephLandmark, CephTracing } from '@bitewing/db'
import type { JsonAttributes } from '../dicom/to-native-xml.ts'
import { codedItem, container, numberItem, placeItem, textItem, uidItem } from './content-items.ts'
import { madeAttributes, uidOf } from './document-attributes.ts'
import { comprehensiveSr, imagingReport, referenceOf, units, type ShownImage } from './measurement-report.ts'

/** A figure of an analysis, as the page that shows the tracing found it. */
export type CephFigure = {
  id: string
  name: string
  unit: 'deg' | 'mm'
  value: number
  /** the landmarks it follows from; none named: from all */
  from: readonly CephLandmark[]
}

export type TracingContext = {
  practiceName: string
  studyInstanceUid: string
  tracing: Pick<CephTracing, 'id' | 'points'>
  image: ShownImage
  attributes: JsonAttributes
  figures: readonly CephFigure[]
  changedAt: Date
  changedBy: string
}

/** Landmarks as they are called in English; DICOM has no codes of its own for them. */
const names = {
  S: 'Sella',
  N: 'Nasion',
  Po: 'Porion',
  Or: 'Orbitale',
  ANS: 'Anterior nasal spine',
  PNS: 'Posterior nasal spine',
  A: 'Point A',
  'U1-tip': 'Upper incisor tip',
  'U1-apex': 'Upper incisor apex',
  'L1-tip': 'Lower incisor tip',
  'L1-apex': 'Lower incisor apex',
  B: 'Point B',
  Pm: 'Suprapogonion',
  Pog: 'Pogonion',
  Gn: 'Gnathion',
  Me: 'Menton',
  Go: 'Gonion',
  Ar: 'Articulare',
  R1: 'Ramus point R1',
  R2: 'Ramus point R2',
  R3: 'Ramus point R3',
  R4: 'Ramus point R4',
  Pn: 'Pronasale',
  LL: 'Labrale inferius',
  'Pog-soft': 'Soft tissue pogonion',
} as const satisfies Record<CephLandmark, string>

const scheme = '99BITEWING'

/**
 * A cephalometric tracing as a structured report: Measurement Report (TID 1500) with each landmark that is placed as a
 * Measurement Group of one point, and one group of all figures, each with its landmarks. What cannot be seen is not in it.
 *
 * @see DICOM PS3.16 TID 1500, TID 1501; PS3.3 §A.35.3
 */
export function tracingReport(context: TracingContext): JsonAttributes {
  const { tracing, image, figures } = context
  const state = [
    tracing.id,
    tracing.points.map(({ landmark, version }) => [landmark, version]).toSorted(),
    figures,
  ]
  return {
    ...madeAttributes(
      { ...context, state },
      {
        kind: 'tracing',
        modality: 'SR',
        sopClassUid: comprehensiveSr,
        seriesDescription: 'Cephalometric tracing',
        seriesNumber: 9004,
      },
    ),
    ...imagingReport(
      context,
      [image],
      [
        ...tracing.points.flatMap(({ landmark, at }) => (at ? [landmarkGroup(context, landmark, at)] : [])),
        ...(figures.length > 0 ? [figureGroup(context)] : []),
      ],
    ),
  }
}

function landmarkGroup(
  { tracing, image }: TracingContext,
  landmark: CephLandmark,
  at: [column: number, row: number],
): JsonAttributes {
  return container(
    ['125007', 'DCM', 'Measurement Group'],
    [
      // viewers on Cornerstone3D show it as a text at its place
      textItem(
        'HAS OBS CONTEXT',
        ['112039', 'DCM', 'Tracking Identifier'],
        'Cornerstone3DTools@^0.1.0:ArrowAnnotate',
      ),
      uidItem(
        'HAS OBS CONTEXT',
        ['112040', 'DCM', 'Tracking Unique Identifier'],
        uidOf(`${tracing.id} ${landmark}`),
      ),
      codedItem(
        'CONTAINS',
        ['121071', 'DCM', 'Finding'],
        ['CORNERSTONEFREETEXT', 'CORNERSTONEJS', names[landmark]],
      ),
      codedItem('CONTAINS', ['363698007', 'SCT', 'Finding Site'], [landmark, scheme, names[landmark]]),
      placeItem('CONTAINS', ['111010', 'DCM', 'Center'], 'POINT', [at], referenceOf(image)),
    ],
    '1410',
  )
}

/** Each figure says where it lies: OHIF fails on a group of which nothing has a place on the image. */
function figureGroup({ tracing, image, figures }: TracingContext): JsonAttributes {
  const placesOf = (landmarks: readonly CephLandmark[]) =>
    landmarks.flatMap((name) => {
      const at = tracing.points.find(({ landmark }) => landmark === name)?.at
      return at ? [at] : []
    })
  const all = placesOf(tracing.points.map(({ landmark }) => landmark))
  const placeOf = (from: readonly CephLandmark[]) => {
    const own = placesOf(from)
    return placeItem('INFERRED FROM', null, 'MULTIPOINT', own.length > 0 ? own : all, referenceOf(image))
  }
  return container(
    ['125007', 'DCM', 'Measurement Group'],
    [
      textItem('HAS OBS CONTEXT', ['112039', 'DCM', 'Tracking Identifier'], 'Cephalometric analysis'),
      uidItem(
        'HAS OBS CONTEXT',
        ['112040', 'DCM', 'Tracking Unique Identifier'],
        uidOf(`${tracing.id} figures`),
      ),
      ...figures.map(({ id, name, unit, value, from }) =>
        numberItem([id, scheme, name], value, units[unit], [placeOf(from)]),
      ),
    ],
    '1501',
  )
}
