import { rescale, windows, wrapToStored } from './grey-transformations.ts'
import { integer, items, numbers, text, type DicomAttributes } from './json-values.ts'
import { bytesOf, palette, sequenceLut, type BulkValue, type Reader } from './lookup-tables.ts'
import { overlayPlanes } from './overlay-planes.ts'
import { PixelError } from './pixel-error.ts'
import type { Graphic, GraphicPoint, ImageDescription, Presentation, Shutter } from './pixels.ts'

const greyState = '1.2.840.10008.5.1.4.1.1.11.1'
const colourState = '1.2.840.10008.5.1.4.1.1.11.2'
const pseudoColourState = '1.2.840.10008.5.1.4.1.1.11.3'
/** Softcopy presentation states of one image at a time: greyscale, colour and pseudo-colour. */
export const presentationStateClasses: ReadonlySet<string> = new Set([
  greyState,
  colourState,
  pseudoColourState,
])

/** Objects of one state that are drawn; what has more was not made by a person. */
const graphicsMax = 500
const textsMax = 100
/** Sides of the area shown, in sides of the image; a state that shows less of it is not believed. */
const areaMax = 8

/**
 * What a presentation state wants of one frame of one image.
 *
 * @param attributes the state as DICOM JSON
 * @param of which frame of which instance
 * @param image of that frame
 * @param options.bulkValue as for `imageDescription`; see `presentationBulkData`
 * @param options.imageAttributes the image's own, for overlays of it that the state activates
 * @throws {PixelError} `unsupported` when the state is not for such an image
 * @see DICOM PS3.3 §A.33, §C.10.4 to §C.10.7, §C.11.6 to §C.11.9; PS3.4 §N.2
 */
export function presentationOf(
  attributes: DicomAttributes,
  of: { sopInstanceUid: string; frame: number },
  image: ImageDescription,
  {
    bulkValue,
    imageAttributes,
    imageBulkValue,
  }: { bulkValue?: BulkValue; imageAttributes?: DicomAttributes; imageBulkValue?: BulkValue } = {},
): Presentation {
  const state = text(attributes, '00080016') ?? ''
  const isGrey = image.photometricInterpretation.startsWith('MONOCHROME')
  if (!presentationStateClasses.has(state))
    throw new PixelError('unsupported', 'another kind of presentation state')
  if ((state === colourState) === isGrey) {
    throw new PixelError('unsupported', 'a presentation state for another kind of image')
  }

  const read: Reader = { attributes, path: '', bulkValue }
  const asStored = (value: number) => wrapToStored(value, image.signed, image.bitsAllocated)
  const forThis = (item: DicomAttributes) => refersTo(item, of)
  const areas = items(attributes, '0070005A')
  const area = areas.find(forThis)
  const layers = layersOf(attributes)
  const own = overlayPlanes(attributes, { bulkValue })
  const planes = [
    ...own,
    ...overlayPlanes(imageAttributes ?? {}, { frame: of.frame, bulkValue: imageBulkValue }).filter(
      ({ group }) => own.every((plane) => plane.group !== group),
    ),
  ]
  const shutterGroup = integer(attributes, '00181623')

  return {
    grey: isGrey
      ? {
          modalityLut: sequenceLut(read, '00283000', asStored),
          rescale: rescale(attributes),
          ...voiOf(read, forThis),
          presentationLut:
            sequenceLut(read, '20500010', (value) => value) ??
            (text(attributes, '20500020') === 'INVERSE' ? 'inverse' : 'identity'),
          palette: state === pseudoColourState ? palette(read, (value) => value) : null,
        }
      : null,
    iccProfile: bytesOf(read, '00282000'),
    shutters: shuttersOf(attributes).concat(
      planes
        .filter(({ group }) => group === shutterGroup)
        .map((plane) => ({ shape: 'bitmap' as const, plane })),
    ),
    shutterLevel: (integer(attributes, '00181622') ?? 0) >> 8,
    overlays: planes.flatMap((plane) => {
      // an overlay is shown where the state puts it into a layer (§C.11.7)
      const layer = text(attributes, `${plane.group.toString(16).toUpperCase()}1001`)
      if (layer === null || plane.group === shutterGroup) return []
      const [red, green, blue] = layers.get(layer)?.colour ?? white
      return [{ plane, level: Math.round(0.299 * red + 0.587 * green + 0.114 * blue) }]
    }),
    area: areaOf(area, image),
    magnification: magnificationOf(area),
    pixelAspect: aspectOf(area) ?? image.pixelAspect,
    rotation: rotationOf(attributes),
    flip: text(attributes, '00700041') === 'Y',
    graphics: graphicsOf(attributes, layers, forThis),
  }
}

/** Whether an item is for a frame: it names that one, or none at all (Referenced Image Sequence, §10.3). */
function refersTo(
  item: DicomAttributes,
  { sopInstanceUid, frame }: { sopInstanceUid: string; frame: number },
): boolean {
  const references = items(item, '00081140')
  return (
    references.length === 0 ||
    references.some((reference) => {
      const frames = numbers(reference, '00081160')
      return text(reference, '00081155') === sopInstanceUid && (frames.length === 0 || frames.includes(frame))
    })
  )
}

/** Softcopy VOI LUT, §C.11.8: a LUT or a window, in the item that is for this frame. */
function voiOf(read: Reader, forThis: (item: DicomAttributes) => boolean) {
  for (const [index, item] of items(read.attributes, '00283110').entries()) {
    if (!forThis(item)) continue
    const path = `${read.path}00283110/${index + 1}/`
    const voiLut = sequenceLut({ ...read, attributes: item, path }, '00283010', (value) => value)
    return { voiLut, window: voiLut ? null : (windows(item)[0] ?? null) }
  }
  return { voiLut: null, window: null }
}

/** §C.7.6.11, columns and rows from 1; pixels on the edges are covered as DCMTK does it. */
function shuttersOf(attributes: DicomAttributes): Shutter[] {
  const shapes = (attributes['00181600']?.Value ?? []).map(String)
  return shapes.flatMap((shape): Shutter[] => {
    if (shape === 'RECTANGULAR') {
      const [left, right, top, bottom] = ['00181602', '00181604', '00181606', '00181608'].map((tag) =>
        integer(attributes, tag),
      )
      if (left == null || right == null || top == null || bottom == null) return []
      return [{ shape: 'rectangle', left: left - 1, right: right - 1, top: top - 1, bottom: bottom - 1 }]
    }
    if (shape === 'CIRCULAR') {
      const [row, column] = numbers(attributes, '00181610')
      const radius = integer(attributes, '00181612')
      if (row === undefined || column === undefined || radius === null) return []
      return [{ shape: 'circle', row: row - 1, column: column - 1, radius }]
    }
    if (shape === 'POLYGONAL') {
      const vertices = pairs(numbers(attributes, '00181620')).map(([row, column]) => ({
        row: row - 1,
        column: column - 1,
      }))
      return vertices.length > 2 ? [{ shape: 'polygon', vertices }] : []
    }
    return []
  })
}

function pairs(values: number[]): [number, number][] {
  return Array.from({ length: values.length >> 1 }, (_, index) => [
    values[index * 2] ?? 0,
    values[index * 2 + 1] ?? 0,
  ])
}

/** §C.10.4: the corners as they are shown, in whichever order they are in the image. */
function areaOf(
  item: DicomAttributes | undefined,
  { rows, columns }: ImageDescription,
): Presentation['area'] {
  const whole = { left: 0, top: 0, width: columns, height: rows }
  const [x1, y1] = item ? numbers(item, '00700052') : []
  const [x2, y2] = item ? numbers(item, '00700053') : []
  if (x1 === undefined || y1 === undefined || x2 === undefined || y2 === undefined) return whole
  const [left, top] = [Math.min(x1, x2) - 1, Math.min(y1, y2) - 1]
  const area = { left, top, width: Math.abs(x2 - x1) + 1, height: Math.abs(y2 - y1) + 1 }
  const overlaps = left < columns && top < rows && left + area.width > 0 && top + area.height > 0
  const sensible = area.width <= areaMax * columns && area.height <= areaMax * rows
  return overlaps && sensible ? area : whole
}

/** TRUE SIZE needs to know the screen, which nobody here does: it is fitted. */
function magnificationOf(item: DicomAttributes | undefined): number | null {
  if (!item || text(item, '00700100') !== 'MAGNIFY') return null
  const [ratio] = numbers(item, '00700103')
  return ratio !== undefined && ratio > 0 && ratio <= 16 ? ratio : null
}

function aspectOf(item: DicomAttributes | undefined): number | null {
  const [vertical, horizontal] = item
    ? ([numbers(item, '00700101'), numbers(item, '00700102')].find(({ length }) => length === 2) ?? [])
    : []
  if (vertical === undefined || horizontal === undefined || !(vertical > 0 && horizontal > 0)) return null
  const aspect = vertical / horizontal
  return aspect > 0.05 && aspect < 20 ? aspect : null
}

function rotationOf(attributes: DicomAttributes): Presentation['rotation'] {
  const degrees = integer(attributes, '00700042')
  return degrees === 90 || degrees === 180 || degrees === 270 ? degrees : 0
}

type Layer = { order: number; colour: [number, number, number] }
const white: [number, number, number] = [255, 255, 255]

/** §C.10.7, by name. */
function layersOf(attributes: DicomAttributes): Map<string, Layer> {
  const layers = new Map<string, Layer>()
  for (const item of items(attributes, '00700060')) {
    const name = text(item, '00700002')
    if (name === null) continue
    const grey = integer(item, '00700066')
    const lab = numbers(item, '00700401')
    const level = grey === null ? 255 : grey >> 8
    const colour: Layer['colour'] = lab.length === 3 ? srgbOfLab(lab) : [level, level, level]
    layers.set(name, { order: integer(item, '00700062') ?? 0, colour })
  }
  return layers
}

/** CIELab D50 as DICOM encodes it (§C.10.7.1.1) to sRGB. */
function srgbOfLab([l = 0, a = 0, b = 0]: number[]): [number, number, number] {
  const lightness = (l / 65535) * 100
  const [aStar, bStar] = [(a / 65535) * 255 - 128, (b / 65535) * 255 - 128]
  const fy = (lightness + 16) / 116
  const inverse = (value: number) => (value > 6 / 29 ? value ** 3 : 3 * (6 / 29) ** 2 * (value - 4 / 29))
  const x = 0.96422 * inverse(fy + aStar / 500)
  const y = inverse(fy)
  const z = 0.82521 * inverse(fy - bStar / 200)
  // adapted from D50 to D65 (Bradford)
  const linear = [
    3.1338561 * x - 1.6168667 * y - 0.4906146 * z,
    -0.9787684 * x + 1.9161415 * y + 0.033454 * z,
    0.0719453 * x - 0.2289914 * y + 1.4052427 * z,
  ]
  const [red = 0, green = 0, blue = 0] = linear.map((value) => {
    const clipped = Math.max(0, Math.min(1, value))
    return Math.round(255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055))
  })
  return [red, green, blue]
}

/** Graphic Annotation, §C.10.5, by the order of its layers. */
function graphicsOf(
  attributes: DicomAttributes,
  layers: Map<string, Layer>,
  forThis: (item: DicomAttributes) => boolean,
): Graphic[] {
  const annotations = items(attributes, '00700001').filter(forThis)
  const layerOf = (item: DicomAttributes) => layers.get(text(item, '00700002') ?? '')
  annotations.sort((a, b) => (layerOf(a)?.order ?? 0) - (layerOf(b)?.order ?? 0))
  const graphics: Graphic[] = []
  let texts = 0
  for (const annotation of annotations) {
    const colour = layerOf(annotation)?.colour ?? white
    for (const item of items(annotation, '00700009')) {
      const graphic = shapeOf(item, colour)
      if (graphic && graphics.length < graphicsMax) graphics.push(graphic)
    }
    for (const item of items(annotation, '00700008')) {
      const graphic = textOf(item, colour)
      if (graphic && texts++ < textsMax) graphics.push(graphic)
    }
  }
  return graphics
}

const kinds: Record<string, 'point' | 'polyline' | 'interpolated' | 'circle' | 'ellipse'> = {
  POINT: 'point',
  POLYLINE: 'polyline',
  INTERPOLATED: 'interpolated',
  CIRCLE: 'circle',
  ELLIPSE: 'ellipse',
}
const pointsNeeded = { point: 1, polyline: 2, interpolated: 2, circle: 2, ellipse: 4 }

function shapeOf(item: DicomAttributes, colour: Layer['colour']): Graphic | null {
  const kind = kinds[text(item, '00700023') ?? '']
  const units = unitsOf(item, '00700005')
  if (!kind) return null
  const points = pairs(numbers(item, '00700022')).map(([x, y]) => ({ x, y, units }))
  if (points.length < pointsNeeded[kind] || points.length > 10_000) return null
  return { kind, colour, points, filled: text(item, '00700024') === 'Y' }
}

function textOf(item: DicomAttributes, colour: Layer['colour']): Graphic | null {
  const content = text(item, '00700006')
  if (content === null) return null
  const point = (tag: string, unitsTag: string): GraphicPoint | null => {
    const [x, y] = numbers(item, tag)
    return x === undefined || y === undefined ? null : { x, y, units: unitsOf(item, unitsTag) }
  }
  const corner = point('00700010', '00700003')
  const anchor = point('00700014', '00700004')
  if (!corner && !anchor) return null
  return {
    kind: 'text',
    colour,
    text: content.slice(0, 1000),
    corner,
    opposite: point('00700011', '00700003'),
    anchor,
    anchorVisible: text(item, '00700015') === 'Y',
  }
}

function unitsOf(item: DicomAttributes, tag: string): GraphicPoint['units'] {
  return text(item, tag) === 'DISPLAY' ? 'display' : 'pixel'
}
