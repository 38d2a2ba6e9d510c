import type { ComparisonMode } from '@bitewing/db'
import { canvasPng } from '#lib/canvas/canvas-png.ts'
import { drawText } from '#lib/canvas/draw-text.ts'
import { loadPicture } from '#lib/canvas/load-picture.ts'
import type { Similarity } from './similarity.ts'

export type ExportLayer = {
  url: string
  label: string
  width: number
  height: number
  mirrored: boolean
  similarity: Similarity
}
export type ExportView = {
  mode: ComparisonMode
  /** the first and what lies on it; side by side all of them */
  layers: ExportLayer[]
  split: number
  opacity: number
  gain: number
  /** written beneath, a line each: whose it is where that is wanted, how it was aligned, what to mind, that it is no original */
  lines: string[]
  /** of the first one's plane; null where no length may be read from it */
  scale: { pixelMm: number; name: (millimetres: number) => string } | null
}

const sideMax = 1600
const filmSideMax = 1080
const filmMs = 6000
const framesPerSecond = 30

type Loaded = ExportLayer & { image: HTMLImageElement }

/** What the page shows, whole and unzoomed, as a PNG with the dates in it. */
export async function exportPicture(view: ExportView): Promise<Blob> {
  const layers = await load(view.layers)
  // in turns is no picture: both are
  const mode = view.mode === 'blink' ? 'side' : view.mode
  const canvas = document.createElement('canvas')
  draw(canvas, { ...view, mode }, layers, sideMax)
  return canvasPng(canvas)
}

/** Kinds of film that browsers record, the most widely playable first. */
const filmTypes = ['video/mp4;codecs=avc1.42E01E', 'video/webm;codecs=vp9', 'video/webm'] as const

/** Whether this browser records films. */
export function recordsFilm(): boolean {
  return typeof MediaRecorder !== 'undefined' && filmTypes.some((type) => MediaRecorder.isTypeSupported(type))
}

/**
 * A film of six seconds that goes from the first picture to the other and back: by the divider where one is shown, in
 * turns of a second where they blink, else by fading.
 *
 * @param onprogress told how much is done, 0 to 1
 * @throws when the browser records no films
 */
export async function exportFilm(view: ExportView, onprogress: (done: number) => void): Promise<Blob> {
  const type = filmTypes.find((each) => MediaRecorder.isTypeSupported(each))
  if (!type) throw new Error('no films')
  const layers = (await load(view.layers)).slice(0, 2)
  const mode = view.mode === 'slider' ? 'slider' : 'overlay'
  const canvas = document.createElement('canvas')
  const at = (share: number) =>
    draw(canvas, { ...view, mode, split: 1 - share, opacity: share }, layers, filmSideMax)
  at(0)
  const recorder = new MediaRecorder(canvas.captureStream(framesPerSecond), {
    mimeType: type,
    videoBitsPerSecond: 6_000_000,
  })
  const parts: Blob[] = []
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data))
  const ended = new Promise((resolve) => recorder.addEventListener('stop', resolve))
  recorder.start()
  const begun = performance.now()
  await new Promise<void>((resolve) => {
    const next = () => {
      const done = Math.min(1, (performance.now() - begun) / filmMs)
      // rests at both ends, and moves gently between them
      if (view.mode === 'blink') at(Math.floor(done * 6) % 2)
      else at((1 - Math.cos(2 * Math.PI * Math.min(1, Math.max(0, done * 1.2 - 0.1)))) / 2)
      onprogress(done)
      if (done < 1) requestAnimationFrame(next)
      else resolve()
    }
    requestAnimationFrame(next)
  })
  recorder.stop()
  await ended
  return new Blob(parts, { type: type.slice(0, type.indexOf(';') < 0 ? undefined : type.indexOf(';')) })
}

async function load(layers: ExportLayer[]): Promise<Loaded[]> {
  return Promise.all(layers.map(async (layer) => ({ ...layer, image: await loadPicture(layer.url) })))
}

function draw(canvas: HTMLCanvasElement, view: ExportView, layers: Loaded[], longSide: number): void {
  const [first, other] = layers
  if (!first) return
  const panes = view.mode === 'side' ? layers : [first]
  const scale = longSide / (panes.length > 1 ? 1.5 : 1) / Math.max(first.width, first.height)
  const [paneWidth, paneHeight] = [even(first.width * scale), even(first.height * scale)]
  // beside each other where they are high, beneath each other where they are wide
  const columns = panes.length === 1 ? 1 : panes.length > 2 || first.height > first.width * 0.8 ? 2 : 1
  const rows = Math.ceil(panes.length / columns)
  const gap = 4
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas')
  const width = columns * paneWidth + (columns - 1) * gap
  context.font = `${footSize}px system-ui, sans-serif`
  const beneath = view.lines.flatMap((line) => wrapped(context, line, width - 20))
  const lineHeight = 1.45 * footSize
  const top = rows * paneHeight + (rows - 1) * gap
  canvas.width = width
  canvas.height = even(top + beneath.length * lineHeight + 20)
  context.fillStyle = '#000'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.imageSmoothingQuality = 'high'

  if (view.mode === 'side') {
    panes.forEach((layer, index) => {
      const [x, y] = [(index % columns) * (paneWidth + gap), Math.floor(index / columns) * (paneHeight + gap)]
      paint(context, layer, { x, y, width: paneWidth, height: paneHeight, scale })
      drawText(context, layer.label, x + 10, y + paneHeight - 12)
    })
  } else if (other) {
    const box = { x: 0, y: 0, width: paneWidth, height: paneHeight, scale }
    paint(context, first, box)
    if (view.mode === 'slider') {
      const left = view.split * paneWidth
      const right = { ...box, x: left, width: paneWidth - left, shift: left }
      context.fillRect(left, 0, paneWidth - left, paneHeight)
      paint(context, other, right)
      context.fillStyle = '#fff'
      if (view.split > 0 && view.split < 1) context.fillRect(left - 1, 0, 2, paneHeight)
    } else {
      context.globalAlpha = view.mode === 'overlay' ? view.opacity : 1
      if (view.mode === 'difference') context.globalCompositeOperation = 'difference'
      paint(context, other, box)
      context.globalAlpha = 1
      if (view.mode === 'difference') {
        // as the page's filter does: a grey of the same brightness, and as many times it as wanted
        context.globalCompositeOperation = 'saturation'
        context.fillStyle = '#808080'
        context.fillRect(0, 0, paneWidth, paneHeight)
        const once = document.createElement('canvas')
        ;[once.width, once.height] = [paneWidth, paneHeight]
        once.getContext('2d')?.drawImage(canvas, 0, 0)
        context.globalCompositeOperation = 'lighter'
        for (let times = 1; times < view.gain; times++) context.drawImage(once, 0, 0)
      }
      context.globalCompositeOperation = 'source-over'
    }
    drawText(context, first.label, 10, paneHeight - 12)
    drawText(context, other.label, paneWidth - 10, paneHeight - 12, { align: 'right' })
  }
  if (view.scale) drawScale(context, paneWidth, scale / view.scale.pixelMm, view.scale.name)
  for (const [index, line] of beneath.entries())
    drawText(context, line, 10, top + 8 + (index + 0.8) * lineHeight, { size: footSize })
}

/** Output pixels. */
const footSize = 18

function wrapped(context: CanvasRenderingContext2D, line: string, width: number): string[] {
  const lines: string[] = []
  for (const word of line.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`
    if (lines.length > 0 && context.measureText(longer).width <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

/** A bar of a round length, at most a quarter of the picture's width. @param unit output pixels of a millimetre */
function drawScale(
  context: CanvasRenderingContext2D,
  width: number,
  unit: number,
  name: (millimetres: number) => string,
): void {
  const millimetres = [100, 50, 20, 10, 5, 2, 1].find((each) => each * unit <= width / 4)
  if (millimetres === undefined) return
  for (const [colour, thickness] of [
    ['#000', 6],
    ['#fff', 2],
  ] as const) {
    context.strokeStyle = colour
    context.lineWidth = thickness
    context.beginPath()
    context.moveTo(10, 14)
    context.lineTo(10, 24)
    context.moveTo(10, 19)
    context.lineTo(10 + millimetres * unit, 19)
    context.moveTo(10 + millimetres * unit, 14)
    context.lineTo(10 + millimetres * unit, 24)
    context.stroke()
  }
  drawText(context, name(millimetres), 10, 46, { size: footSize })
}

type Box = { x: number; y: number; width: number; height: number; scale: number; shift?: number }

function paint(context: CanvasRenderingContext2D, layer: Loaded, box: Box): void {
  const { a, b, dx, dy } = layer.similarity
  context.save()
  context.beginPath()
  context.rect(box.x, box.y, box.width, box.height)
  context.clip()
  context.translate(box.x - (box.shift ?? 0), box.y)
  context.scale(box.scale, box.scale)
  context.transform(a, b, -b, a, dx, dy)
  if (layer.mirrored) context.transform(-1, 0, 0, 1, layer.width, 0)
  context.drawImage(layer.image, 0, 0, layer.width, layer.height)
  context.restore()
}

/** Films are of even width and height. */
function even(length: number): number {
  return 2 * Math.max(1, Math.round(length / 2))
}
