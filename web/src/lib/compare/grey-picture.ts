import { greySideMax, type Grey } from './find-similarity.ts'

/**
 * Brightness of a picture of this origin, small enough to be searched through.
 *
 * @param url      of a picture
 * @param mirrored left to right
 * @returns with how many square source pixels one of its pixels covers
 */
export async function greyPicture(
  url: string,
  { width, height }: { width: number; height: number },
  mirrored: boolean,
): Promise<{ grey: Grey; pixels: number }> {
  const image = new Image()
  image.crossOrigin = 'anonymous' // its pixels are read: it must come from here, not by way of a CDN
  image.src = url
  await image.decode()
  const shrink = Math.min(1, greySideMax / Math.max(width, height))
  const size = { width: Math.round(width * shrink), height: Math.round(height * shrink) }
  const canvas = new OffscreenCanvas(size.width, size.height)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error('no canvas')
  context.imageSmoothingQuality = 'high'
  if (mirrored) context.setTransform(-1, 0, 0, 1, size.width, 0)
  context.drawImage(image, 0, 0, size.width, size.height)
  const { data } = context.getImageData(0, 0, size.width, size.height)
  const values = new Float32Array(size.width * size.height)
  for (let at = 0; at < values.length; at++) {
    // luma of Rec. 709
    values[at] =
      0.2126 * (data[4 * at] ?? 0) + 0.7152 * (data[4 * at + 1] ?? 0) + 0.0722 * (data[4 * at + 2] ?? 0)
  }
  return { grey: { ...size, values }, pixels: 1 / shrink }
}
