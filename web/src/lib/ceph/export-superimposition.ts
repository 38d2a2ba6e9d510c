import { canvasPng } from '#lib/canvas/canvas-png.ts'
import type { Landmarks } from './face-plane.ts'
import type { Point } from './geometry.ts'
import { smoothPath } from './smooth-path.ts'
import { tracingLines } from './tracing-lines.ts'

export type SuperimposedPicture = {
  layers: readonly { points: Landmarks<Point>; tint: string; label: string }[]
  /** whose face this is, and how the two lie on each other */
  heading: string[]
  /** measure, first, second, difference */
  rows: readonly (readonly [string, string, string, string])[]
  note: string
}

const [width, drawing, line, margin] = [2520, 1500, 44, 40] as const

/** Two tracings on each other with the table of their differences, on white as for paper, as a PNG. */
export function exportSuperimposition({ layers, heading, rows, note }: SuperimposedPicture): Promise<Blob> {
  const all = layers.flatMap(({ points }) => Object.values(points))
  const [xs, ys] = [all.map(({ x }) => x), all.map(({ y }) => y)]
  const [left, top] = [Math.min(...xs), Math.min(...ys)]
  const scale = Math.min(
    (drawing - 2 * margin) / (Math.max(...xs) - left || 1),
    1900 / (Math.max(...ys) - top || 1),
  )
  const head = margin + line * (heading.length + layers.length) + 20
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = Math.ceil(
    head + Math.max((Math.max(...ys) - top) * scale, line * 1.2 * (rows.length + 1)) + 2 * margin + line,
  )
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas')
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  const write = (text: string, x: number, y: number, align: CanvasTextAlign = 'left', tint = '#17191c') => {
    context.font = '28px system-ui, sans-serif'
    context.textAlign = align
    context.fillStyle = tint
    context.fillText(text, x, y)
  }
  heading.forEach((each, index) => write(each, margin, margin + line * (index + 0.7)))
  layers.forEach(({ label, tint }, index) => {
    const y = margin + line * (heading.length + index + 0.7)
    context.fillStyle = tint
    context.fillRect(margin, y - 14, 60, 8)
    write(label, margin + 80, y)
  })

  context.save()
  context.translate(margin - left * scale, head + margin - top * scale)
  context.scale(scale, scale)
  for (const [index, { points, tint }] of layers.entries()) {
    for (const { what, points: along } of tracingLines(points)) {
      context.strokeStyle = tint
      // the first wider beneath the second: where nothing moved both are seen
      context.lineWidth = (what === 'plane' ? 0.3 : 0.7) * (index === 0 ? 1.9 : 1)
      context.setLineDash(what === 'plane' ? [2, 1.4] : [])
      context.stroke(new Path2D(smoothPath(along)))
    }
    context.setLineDash([])
    context.fillStyle = tint
    for (const { x, y } of Object.values(points)) {
      context.beginPath()
      context.arc(x, y, 0.7, 0, 2 * Math.PI)
      context.fill()
    }
  }
  context.restore()

  rows.forEach(([name, first, second, difference], index) => {
    const y = head + line * 1.2 * (index + 1)
    write(name, drawing, y)
    write(first, drawing + 600, y, 'right', layers[0]?.tint)
    write(second, drawing + 790, y, 'right', layers[1]?.tint)
    write(difference, width - margin, y, 'right')
  })
  write(note, margin, canvas.height - margin)
  return canvasPng(canvas)
}
