import { structuralSimilarity } from '@bitewing/gateway/structural-similarity'
import sharp from 'sharp'

export type PictureQuality = {
  bytes: number
  /** mean SSIM of luma, all windows (Wang et al. 2004) */
  ssim: number
  /** of luma, in dB; null for equal pictures */
  psnr: number | null
}

/**
 * How much of a lossless picture a lossy one keeps. Decoded here anew: nothing is taken from whoever made it.
 *
 * @throws when the two are of different size
 */
export async function pictureQuality(lossless: Buffer, lossy: Buffer): Promise<PictureQuality> {
  const [a, b] = [await luma(lossless), await luma(lossy)]
  if (a.width !== b.width || a.height !== b.height) throw new Error('The pictures differ in size')
  let squares = 0
  for (let index = 0; index < a.data.length; index++) {
    squares += ((a.data[index] ?? 0) - (b.data[index] ?? 0)) ** 2
  }
  const mean = squares / a.data.length
  return {
    bytes: lossy.length,
    ssim: structuralSimilarity(a.data, b.data, a),
    psnr: mean === 0 ? null : 10 * Math.log10(255 ** 2 / mean),
  }
}

/** ITU-R BT.601, as JPEG has it. */
async function luma(picture: Buffer): Promise<{ data: Uint8Array; width: number; height: number }> {
  const { data, info } = await sharp(picture, { limitInputPixels: false })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  if (channels === 1) return { data, width, height }
  const grey = new Uint8Array(width * height)
  for (let pixel = 0; pixel < grey.length; pixel++) {
    const [red = 0, green = 0, blue = 0] = data.subarray(pixel * channels, pixel * channels + 3)
    grey[pixel] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue)
  }
  return { data: grey, width, height }
}
