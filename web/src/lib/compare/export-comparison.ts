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
  /** written beneath: what it is, and that it is no original */
  note: string
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
 * A film of six seconds that goes from the first picture to the other and back: by the divider where one is shown,
 * else by fading.
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
      at((1 - Math.cos(2 * Math.PI * Math.min(1, Math.max(0, done * 1.2 - 0.1)))) / 2)
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
  const [gap, foot] = [4, 44]
  canvas.width = columns * paneWidth + (columns - 1) * gap
  canvas.height = even(rows * paneHeight + (rows - 1) * gap + foot)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas')
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
  drawText(context, view.note, 10, canvas.height - 14)
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
