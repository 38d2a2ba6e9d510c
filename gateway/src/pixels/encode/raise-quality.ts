import sharp from 'sharp'
import type { ImageFormat } from '../pixels.ts'
import { structuralSimilarity } from './structural-similarity.ts'

/** Qualities to go up by: each takes away about a sixth of what is missing. */
const steps: Partial<Record<ImageFormat, readonly number[]>> = {
  jpeg: [88, 91, 94, 96, 98, 100],
  webp: [88, 90, 92, 94, 96, 98, 100],
  avif: [75, 80, 85, 90, 95],
}
const leftByStep = 0.83
const encodingsMax = 5
/** Windows that are looked at: enough for the third digit of their mean. */
const windowsWanted = 40_000
/** What the sampled mean may be off by. */
const margin = 0.0005

/**
 * Encodes with the lowest quality of a few whose result is similar enough to what was encoded, measured on the picture
 * itself. Radiographs differ: noise, which every coder takes away first, makes a small periapical need more than a
 * panoramic. At most five encodings; where even the best is not similar enough, it is taken.
 *
 * @param source        samples that are encoded, grey or RGB; colour is judged by its luma (ITU-R BT.601)
 * @param similarityMin of the mean structural similarity, 0–1
 */
export async function raiseQuality(
  source: { data: Uint8Array; channels: number; width: number; height: number },
  encode: (quality: number) => Promise<Buffer>,
  { format, quality, similarityMin }: { format: ImageFormat; quality: number; similarityMin: number },
): Promise<Buffer> {
  let bytes = await encode(quality)
  const left = (steps[format] ?? []).filter((step) => step > quality)
  const reference = luma(source)
  const stride = strideFor(source.width * source.height)
  for (let encodings = 1; encodings < encodingsMax && left.length > 0; encodings++) {
    const similarity = structuralSimilarity(reference, await readOwn(bytes, format), source, stride)
    if (similarity >= similarityMin + margin) break
    const missing = (1 - similarity) / (1 - similarityMin - margin)
    const stepsUp = Math.max(1, Math.ceil(Math.log(missing) / -Math.log(leftByStep)))
    // the last try has to do
    const next = encodings === encodingsMax - 1 ? left.at(-1) : (left[stepsUp - 1] ?? left.at(-1))
    left.splice(0, left.indexOf(next ?? quality) + 1)
    bytes = await encode(next ?? quality)
  }
  return bytes
}

/** Odd, so that all places of a coder's blocks are seen. */
function strideFor(pixels: number): number {
  const stride = Math.floor(Math.sqrt(pixels / windowsWanted))
  return stride < 2 ? 1 : stride - 1 + (stride % 2)
}

/**
 * The luma of a picture that this process has just encoded. The contained process reads no WebP or AVIF otherwise: what
 * is unblocked here is blocked again before the next frame comes (`process/child.ts`).
 */
async function readOwn(bytes: Buffer, format: ImageFormat): Promise<Uint8Array> {
  if (format === 'webp') sharp.unblock({ operation: ['VipsForeignLoadWebp'] })
  if (format === 'avif') sharp.unblock({ operation: ['VipsForeignLoadHeif'] })
  const { data, info } = await sharp(bytes, { limitInputPixels: false })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return luma({ data, channels: info.channels })
}

function luma({ data, channels }: { data: Uint8Array; channels: number }): Uint8Array {
  if (channels === 1) return data
  const grey = new Uint8Array(data.length / channels)
  for (let pixel = 0, at = 0; pixel < grey.length; pixel++, at += channels) {
    grey[pixel] = Math.round(
      0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0),
    )
  }
  return grey
}
