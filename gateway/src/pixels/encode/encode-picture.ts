import sharp, { type Sharp } from 'sharp'
import type { Output, Rendition } from '../pixels.ts'
import { PixelError } from '../pixel-error.ts'
import type { Picture, PictureByRows } from '../show/picture.ts'
import { blockSide, joinJpegStrips, restartIntervalMax } from './join-jpeg-strips.ts'
import { pictureSize } from './picture-size.ts'
import { previewXmp } from './preview-xmp.ts'
import { raiseQuality } from './raise-quality.ts'

/** Longest side that a format can hold. */
const sideMax = {
  jpeg: 65_535,
  webp: 16_383,
  png: 2 ** 31 - 1,
  avif: 65_535,
  gif: 65_535,
} as const satisfies Record<Output['format'], number>

/**
 * Scales (Lanczos 3) and encodes a picture. The result carries no metadata but the colour profile asked for and the
 * notice that it is a preview, and no alpha; grey stays one channel where the format has it.
 *
 * @param pixelAspect height of a source pixel divided by its width
 * @throws {PixelError} `too-large` for a picture over the limit or over what the format can hold
 */
export async function encodePicture(
  picture: Picture,
  pixelAspect: number,
  output: Output,
  limits: { outputPixelsMax: number },
): Promise<Rendition> {
  const { width, height, channels } = picture
  const row = width * channels
  const rows = (top: number, bottom: number) => picture.data.subarray(top * row, bottom * row)
  const inStrips = encodeByRows({ ...picture, rows }, pixelAspect, output, limits)
  if (inStrips) return inStrips

  const { size, canvas } = sizesOf(picture, pixelAspect, output, limits)
  let pipeline = sharp(picture.data, { raw: { width, height, channels }, limitInputPixels: false })
  if (size.width !== width || size.height !== height) {
    pipeline = pipeline.resize({ ...size, fit: 'fill', kernel: 'lanczos3' })
  }
  if (canvas !== size) {
    const [left, top] = [
      Math.floor((canvas.width - size.width) / 2),
      Math.floor((canvas.height - size.height) / 2),
    ]
    const margin = {
      left,
      top,
      right: canvas.width - size.width - left,
      bottom: canvas.height - size.height - top,
    }
    pipeline = pipeline.extend({ ...margin, background: 'black' })
  }
  if (output.overlay)
    pipeline = pipeline.composite([
      await fitted(output.overlay, { width: canvas.width, height: canvas.height }),
    ])
  const colourspace = channels === 1 && !output.iccProfile ? 'b-w' : 'srgb'
  pipeline = pipeline.toColourspace(colourspace).removeAlpha()
  const { quality, similarityMin } = output
  const isLossless = output.format === 'webp' && isDrawing(picture)
  if (similarityMin === undefined || isLossless) {
    const bytes = await encoder(pipeline, output, channels, isLossless).toBuffer()
    return { bytes, ...canvas, window: picture.window }
  }
  // scaled once, encoded as often as it takes
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true })
  const raw = { width: info.width, height: info.height, channels: info.channels }
  const bytes = await raiseQuality(
    { data, ...raw },
    (quality) => {
      const scaled = sharp(data, { raw, limitInputPixels: false }).toColourspace(colourspace)
      return encoder(scaled, { ...output, quality }, channels).toBuffer()
    },
    { format: output.format, quality, similarityMin },
  )
  return { bytes, ...canvas, window: picture.window }
}

/**
 * As `encodePicture`, of a large picture to which nothing is done but to encode it: strip by strip, each while the next
 * one's samples are worked out. Null for any other.
 *
 * @throws as `encodePicture`
 */
export function encodeByRows(
  picture: Omit<PictureByRows, 'source' | 'quirks' | 'asSent'>,
  pixelAspect: number,
  output: Output,
  limits: { outputPixelsMax: number },
): Promise<Rendition> | null {
  const { size, canvas } = sizesOf(picture, pixelAspect, output, limits)
  if (size !== canvas || !isPlainJpeg(picture, size, output)) return null
  const { width, height, channels, window } = picture
  const rows = Math.ceil(height / strips / blockSide) * blockSide
  if (Math.ceil(width / blockSide) * (rows / blockSide) > restartIntervalMax) return null
  const encoded: Promise<Buffer>[] = []
  for (let top = 0; top < height; top += rows) {
    const bottom = Math.min(height, top + rows)
    const strip = { data: picture.rows(top, bottom), width, height: bottom - top, channels }
    encoded.push(plainJpeg(strip, output))
  }
  return Promise.all(encoded).then((parts) => ({ bytes: joinJpegStrips(parts), ...canvas, window }))
}

/** @throws {PixelError} `too-large` */
function sizesOf(
  picture: { width: number; height: number },
  pixelAspect: number,
  output: Output,
  { outputPixelsMax }: { outputPixelsMax: number },
) {
  const size = pictureSize(picture, pixelAspect, output)
  const canvas =
    output.square && output.width !== undefined ? { width: output.width, height: output.width } : size
  const isTooLarge = canvas.width * canvas.height > outputPixelsMax
  if (isTooLarge || Math.max(canvas.width, canvas.height) > sideMax[output.format]) {
    throw new PixelError(
      'too-large',
      `a picture of ${canvas.width} × ${canvas.height} pixels is over the limit`,
    )
  }
  return { size, canvas }
}

/** Pixels from which on a picture is encoded in strips. */
const stripsPixelsMin = 1_000_000
/** The library has two threads in this process: more strips than these, so that neither waits long for its first. */
const strips = 4

/** Whether nothing is done to a picture but to encode it, in one pass, with the standard's tables. */
function isPlainJpeg(
  { width, height }: { width: number; height: number },
  size: { width: number; height: number },
  { format, progressive, similarityMin, preview, overlay, iccProfile }: Output,
): boolean {
  const isChanged = size.width !== width || size.height !== height || overlay || iccProfile
  const isMore = progressive || preview || similarityMin !== undefined
  return format === 'jpeg' && !isChanged && !isMore && width * height >= stripsPixelsMin
}

function plainJpeg(
  { data, width, height, channels }: Pick<Picture, 'data' | 'width' | 'height' | 'channels'>,
  output: Output,
): Promise<Buffer> {
  const pipeline = sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
  return encoder(pipeline.toColourspace(channels === 1 ? 'b-w' : 'srgb'), output, channels).toBuffer()
}

/** No more colours than these are a drawing's; a capture of a radiograph has more greys alone. */
const drawingColoursMax = 64

/**
 * Whether a picture has so few colours that their borders are what it shows: label maps, drawings. Lossy WebP halves
 * the resolution of colour, which mixes them; without a loss they are smaller, too.
 */
function isDrawing({ data, channels }: Picture): boolean {
  if (channels !== 3) return false
  const colours = new Set<number>()
  let isGrey = true
  for (let at = 0; at + 2 < data.length; at += 3) {
    const [red = 0, green = 0, blue = 0] = [data[at], data[at + 1], data[at + 2]]
    isGrey &&= red === green && green === blue
    colours.add((red << 16) | (green << 8) | blue)
    if (colours.size > drawingColoursMax) return false
  }
  return !isGrey
}

/** The overlay as raw samples, no larger than the canvas: this process decodes no PNG. */
async function fitted(
  { data, width, height }: NonNullable<Output['overlay']>,
  canvas: { width: number; height: number },
) {
  const { data: input, info } = await sharp(data, { raw: { width, height, channels: 4 } })
    .resize({ ...canvas, fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { input, raw: { width: info.width, height: info.height, channels: 4 as const }, left: 0, top: 0 }
}

function encoder(pipeline: Sharp, output: Output, channels: Picture['channels'], isLossless = false): Sharp {
  const { format, quality, progressive = false } = output
  if (output.iccProfile) pipeline = pipeline.withIccProfile(output.iccProfile)
  if (output.preview) pipeline = pipeline.withXmp(previewXmp)
  switch (format) {
    case 'jpeg':
      // What is not kept is made in a third of the time for a tenth more bytes. Colour is that of gums and teeth: it
      // keeps all its samples.
      return pipeline.jpeg({
        quality,
        progressive,
        optimiseCoding: progressive,
        chromaSubsampling: channels === 1 ? '4:2:0' : '4:4:4',
      })
    case 'webp':
      return pipeline.webp({ quality, effort: 2, lossless: isLossless })
    case 'png':
      return pipeline.png({ progressive, compressionLevel: 6 })
    case 'avif':
      return pipeline.avif({ quality, effort: 2 })
    case 'gif':
      return pipeline.gif({ effort: 3 })
  }
}
