import type { FramePoint } from '@bitewing/db'
import { items, values } from '#lib/viewer/image-attributes.ts'
import type { AiFinding, AiRegion } from './ai-result.ts'
import { word } from './content-tree.ts'
import { findingKindOf, surfacesOf } from './tooth-words.ts'

type DataSet = Readonly<Record<string, unknown>>

const shapes: Readonly<Record<string, AiRegion['shape']>> = {
  POINT: 'points',
  POLYLINE: 'line',
  INTERPOLATED: 'line',
  CIRCLE: 'circle',
  ELLIPSE: 'ellipse',
}
const pointsMax = 5000
/** More than anybody draws; each graphic is on each image that its annotation names. */
const [annotationsMax, imagesMax, graphicsMax, regionsMax] = [500, 20, 100, 2000]

/**
 * What a presentation state draws: each graphic annotation is a finding, its text the name (PS3.3 §C.10.5). Places in
 * parts of the displayed area become pixels of the image; what lies outside of every image is left out.
 */
export function readPresentation(metadata: DataSet): AiFinding[] {
  const everyImage = items(metadata, '00081115').flatMap((series) => items(series, '00081140'))
  let left = regionsMax
  return items(metadata, '00700001')
    .slice(0, annotationsMax)
    .flatMap((annotation, index): AiFinding[] => {
      if (left <= 0) return []
      const own = items(annotation, '00081140')
      const images = own.length > 0 ? own : everyImage
      const texts = items(annotation, '00700008').map((text) => word(text, '00700006'))
      const graphics = items(annotation, '00700009').slice(0, graphicsMax)
      const regions = images
        .slice(0, imagesMax)
        .flatMap((image) => graphics.flatMap((graphic) => regionOf(graphic, image, metadata) ?? []))
        .slice(0, left)
      left -= regions.length
      const words = texts.slice(0, 20).join(' ').slice(0, 2000).replace(/\s+/g, ' ').trim().slice(0, 300)
      if (regions.length === 0) return []
      const code = { value: '', scheme: '', meaning: words }
      return [
        {
          id: `annotation.${index + 1}`,
          name: words,
          kind: findingKindOf(code),
          tooth: null,
          surfaces: surfacesOf(code),
          confidence: null,
          remarks: [],
          regions,
        },
      ]
    })
}

function regionOf(graphic: DataSet, image: DataSet, metadata: DataSet): AiRegion | null {
  const shape = shapes[word(graphic, '00700023')]
  const sopInstanceUid = word(image, '00081155')
  const place = word(graphic, '00700005') === 'DISPLAY' ? displayed(metadata, sopInstanceUid) : inPixels
  const numbers = values(graphic, '00700022').map(Number)
  if (!shape || sopInstanceUid === '' || !place || numbers.some((each) => !Number.isFinite(each))) return null
  const points: FramePoint[] = []
  for (let at = 0; at + 1 < numbers.length && points.length < pointsMax; at += 2) {
    points.push(place([numbers[at] ?? 0, numbers[at + 1] ?? 0]))
  }
  const needed = shape === 'circle' ? 2 : shape === 'ellipse' ? 4 : null
  if (points.length === 0 || (needed !== null && points.length !== needed)) return null
  const frame = Number(word(image, '00081160'))
  return { sopInstanceUid, frame: Number.isInteger(frame) && frame > 0 ? frame : null, shape, points }
}

const inPixels = (point: FramePoint): FramePoint => point

/** From parts of the displayed area of an image to its pixels (PS3.3 §C.10.4: corners count from 1). */
function displayed(metadata: DataSet, sopInstanceUid: string): ((point: FramePoint) => FramePoint) | null {
  const areas = items(metadata, '0070005A')
  const names = (area: DataSet) => items(area, '00081140').map((image) => word(image, '00081155'))
  const area =
    areas.find((each) => names(each).includes(sopInstanceUid)) ??
    areas.find((each) => names(each).length === 0)
  const [left, top] = area ? values(area, '00700052').map(Number) : []
  const [right, bottom] = area ? values(area, '00700053').map(Number) : []
  if (left === undefined || top === undefined || right === undefined || bottom === undefined) return null
  return ([x, y]) => [left - 1 + x * (right - left + 1), top - 1 + y * (bottom - top + 1)]
}
