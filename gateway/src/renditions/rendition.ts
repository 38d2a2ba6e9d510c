import type { ImageFormat, Output } from '../pixels/pixels.ts'

/** Grows when renditions of the same image come out differently; part of names and ETags. */
export const renditionVersion = 2

/** Sides in pixels: the first two square, on black where the image is not; the others a width. */
export const renditionSizes = ['50', '200', '512', '1024', '2048', 'full'] as const
export type RenditionSize = (typeof renditionSizes)[number]

/** Qualities to begin with: an image that would lose too much gets more, see `similarityMin`. */
export const renditionTypes = {
  jpg: { format: 'jpeg', mediaType: 'image/jpeg', quality: 85 },
  webp: { format: 'webp', mediaType: 'image/webp', quality: 86 },
  avif: { format: 'avif', mediaType: 'image/avif', quality: 70 },
  png: { format: 'png', mediaType: 'image/png', quality: 100 },
} as const satisfies Record<string, { format: ImageFormat; mediaType: string; quality: number }>
export type RenditionType = keyof typeof renditionTypes

/** Mean structural similarity of a rendition with what was encoded; thumbnails are not judged. */
const similarityMin = 0.98

/** How one rendition is made: progressive, never larger than its source, and saying that it is a preview. */
export function renditionOutput(size: RenditionSize, type: RenditionType): Output {
  const { format, quality } = renditionTypes[type]
  const base = { format, quality, progressive: true }
  if (size === '50' || size === '200') return { ...base, width: Number(size), square: true }
  const judged = { ...base, similarityMin, preview: true }
  return size === 'full' ? judged : { ...judged, width: Number(size) }
}

/** Where a rendition lies in its practice's part of the object store. */
export function renditionName(
  instanceId: string,
  frame: number,
  size: RenditionSize,
  type: RenditionType,
): string {
  return `renditions/${instanceId}/${renditionVersion}/${frame}/${size}.${type}`
}

export function isRenditionSize(text: string): text is RenditionSize {
  return renditionSizes.some((size) => size === text)
}

export function isRenditionType(text: string): text is RenditionType {
  return Object.hasOwn(renditionTypes, text)
}
