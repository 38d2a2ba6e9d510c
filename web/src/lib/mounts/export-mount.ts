import { canvasPng } from '#lib/canvas/canvas-png.ts'
import { drawText } from '#lib/canvas/draw-text.ts'
import { loadPicture } from '#lib/canvas/load-picture.ts'
import type { QuarterTurn } from '@bitewing/db'
import { captionsAbove, type MountCell, type MountLayout } from './mount-templates.ts'

export type MountPicture = {
  layout: MountLayout
  cells: {
    cell: MountCell
    /** null: the cell is empty */
    picture: { url: string; meanwhile: string; mirrored: boolean; turned: QuarterTurn; mark: string } | null
    caption: string
  }[]
  /** whose mouth this is, then whose images and when; left and right at the top */
  heading: { left: string[]; right: string[] }
  /** the patient's right and left, above the layout; null for photographs */
  sides: [right: string, left: string] | null
  /** written beneath: that it is no original */
  note: string
}

const longSide = 3200
const [line, margin] = [44, 24] as const
const text = { size: 28 } as const

/** Long side of a sensor in output pixels: what decides which rendition is sharp enough. */
export function exportUnit({ width }: MountLayout): number {
  return Math.floor((longSide - 2 * margin) / width)
}

/** The mount as it is printed, as a PNG. @throws when a picture of it does not come */
export async function exportMount({ layout, cells, heading, sides, note }: MountPicture): Promise<Blob> {
  const unit = exportUnit(layout)
  const loaded = await Promise.all(
    cells.map(async (each) => ({
      ...each,
      image: each.picture && (await loadPicture(each.picture.url, each.picture.meanwhile)),
    })),
  )
  const head = margin + line * (Math.max(heading.left.length, heading.right.length) + (sides ? 1 : 0)) + 12
  const canvas = document.createElement('canvas')
  canvas.width = longSide
  canvas.height = Math.ceil(head + unit * layout.height + layout.rows * line + line + margin)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas')
  context.fillStyle = '#000'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.imageSmoothingQuality = 'high'

  heading.left.forEach((each, index) =>
    drawText(context, each, margin, margin + line * (index + 0.7), { size: index === 0 ? 36 : text.size }),
  )
  heading.right.forEach((each, index) =>
    drawText(context, each, longSide - margin, margin + line * (index + 0.7), { ...text, align: 'right' }),
  )
  if (sides) {
    drawText(context, sides[0], margin, head - 16, text)
    drawText(context, sides[1], longSide - margin, head - 16, { ...text, align: 'right' })
  }
  for (const { cell, picture, image, caption } of loaded) {
    const box = {
      x: margin + cell.x * unit + 4,
      y: head + cell.y * unit + captionsAbove(layout, cell) * line,
      width: cell.width * unit - 8,
      height: cell.height * unit,
    }
    if (picture && image) {
      paint(context, image, picture, box)
      if (picture.mark) drawText(context, picture.mark, box.x + 10, box.y + 36, text)
    } else {
      context.strokeStyle = '#a0a4ab'
      context.lineWidth = 2
      context.setLineDash([10, 8])
      context.strokeRect(box.x + 1, box.y + 1, box.width - 2, box.height - 2)
      context.setLineDash([])
    }
    context.save()
    context.beginPath()
    context.rect(box.x, box.y + box.height, box.width, line)
    context.clip()
    drawText(context, caption, box.x + 4, box.y + box.height + 32, text)
    context.restore()
  }
  drawText(context, note, margin, canvas.height - margin, text)
  return canvasPng(canvas)
}

type Box = { x: number; y: number; width: number; height: number }

/** As large as it fits: mirrored first, then turned. */
function paint(
  context: CanvasRenderingContext2D,
  image: HTMLImageElement,
  { mirrored, turned }: { mirrored: boolean; turned: QuarterTurn },
  { x, y, width, height }: Box,
): void {
  const lies = turned % 180 !== 0
  const [wide, high] = [image.naturalWidth, image.naturalHeight]
  const scale = Math.min(width / (lies ? high : wide), height / (lies ? wide : high))
  context.save()
  context.translate(x + width / 2, y + height / 2)
  context.rotate((turned * Math.PI) / 180)
  context.scale(mirrored ? -scale : scale, scale)
  context.drawImage(image, -wide / 2, -high / 2)
  context.restore()
}
