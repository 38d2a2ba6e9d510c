import type { FramePoint } from '@bitewing/db'
import { canvasPng } from '#lib/canvas/canvas-png.ts'
import { drawText } from '#lib/canvas/draw-text.ts'
import { loadPicture } from '#lib/canvas/load-picture.ts'
import type { Locale } from '#lib/locale.ts'
import { renditionUrl } from '#lib/rendition-url.ts'
import type { FrameShape } from '#lib/viewer/view.ts'
import { entriesOf, type Landmarks } from './face-plane.ts'
import type { Point } from './geometry.ts'
import { landmarkLabel } from './landmark-text.ts'
import { differenceText, measureName, normText, valueText } from './measure-text.ts'
import { measures, type MeasureId } from './measures.ts'
import { deviation, type Norms } from './norms.ts'
import { smoothPath } from './smooth-path.ts'
import { tracingLines } from './tracing-lines.ts'

export type TracingPicture = {
  image: Parameters<typeof renditionUrl>[0]
  shape: FrameShape
  places: Landmarks<FramePoint>
  /** lengths in widths of a column */
  values: ReadonlyMap<MeasureId, number>
  columnMm: number | null
  /** whose face this is, then which image of which practice */
  heading: { left: string[]; right: string[] }
  scale: string
  norms: Norms
  /** whose norms they are */
  normsNote: string
  /** written beneath: what the norms are worth */
  note: string
  locale: Locale
}

const pictureHeight = 2000
const [line, margin, table] = [46, 28, 980] as const
const tints = { plane: '#7fc4ff', outline: '#ffd08a', tooth: '#f4f1e6' } as const

/** The cephalogram with its tracing, and what is found beside it, as a PNG. @throws when the picture does not come */
export async function exportTracing(picture: TracingPicture): Promise<Blob> {
  const { image, shape, places, values, columnMm, heading, norms, locale } = picture
  const loaded = await loadPicture(renditionUrl(image, 2048, 'webp'), renditionUrl(image, 1024, 'webp'))
  const scale = pictureHeight / (shape.rows * shape.pixelAspect)
  const head = margin + 2 * line
  const canvas = document.createElement('canvas')
  canvas.width = Math.ceil(shape.columns * scale + table + 3 * margin)
  canvas.height = pictureHeight + head + 2 * line + margin
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas')
  context.fillStyle = '#000'
  context.fillRect(0, 0, canvas.width, canvas.height)
  heading.left.forEach((each, index) =>
    drawText(context, each, margin, margin + line * (index + 0.7), { size: index === 0 ? 38 : 28 }),
  )
  heading.right.forEach((each, index) =>
    drawText(context, each, canvas.width - margin, margin + line * (index + 0.7), {
      size: 28,
      align: 'right',
    }),
  )

  context.save()
  context.translate(margin, head)
  context.imageSmoothingQuality = 'high'
  context.drawImage(loaded, 0, 0, shape.columns * scale, pictureHeight)
  const points: Landmarks<Point> = {}
  for (const [landmark, [column, row]] of entriesOf(places))
    points[landmark] = { x: column * scale, y: row * scale * shape.pixelAspect }
  for (const { what, points: along } of tracingLines(points)) {
    context.setLineDash(what === 'plane' ? [14, 9] : [])
    context.lineWidth = what === 'plane' ? 2 : 3
    context.strokeStyle = tints[what]
    context.stroke(new Path2D(smoothPath(along)))
  }
  context.setLineDash([])
  for (const [landmark, { x, y }] of entriesOf(points)) {
    context.lineWidth = 3
    context.strokeStyle = '#f2a63f'
    context.beginPath()
    context.arc(x, y, 8, 0, 2 * Math.PI)
    context.stroke()
    drawText(context, landmarkLabel(landmark), x + 14, y - 10, { size: 24 })
  }
  context.restore()

  const left = shape.columns * scale + 2 * margin
  let y = head + line
  for (const measure of measures) {
    const found = values.get(measure.id)
    const value = found === undefined ? null : measure.unit === 'deg' ? found : columnMm && found * columnMm
    const norm = norms[measure.id]
    drawText(context, measureName(measure), left, y, { size: 28 })
    if (value !== null) {
      drawText(context, valueText(value, measure.unit, locale), left + 560, y, { size: 28, align: 'right' })
      drawText(context, differenceText(deviation(value, norm), locale), left + table, y, {
        size: 28,
        align: 'right',
      })
    } else drawText(context, '–', left + 560, y, { size: 28, align: 'right' })
    drawText(context, normText(norm, locale), left + 600, y, { size: 24 })
    y += line * 1.25
  }
  drawText(context, picture.scale, left, y + line, { size: 24 })
  drawText(context, picture.normsNote, margin, canvas.height - margin - line * 0.8, { size: 24 })
  drawText(context, picture.note, margin, canvas.height - margin, { size: 28 })
  return canvasPng(canvas)
}
