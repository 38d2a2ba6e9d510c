import type { ImageKind } from '@bitewing/db/schema'
import type { ImageFormat, Output } from '../pixels/pixels.ts'

/** Grows when renditions of the same image come out differently; part of names and ETags. */
export const renditionVersion = 4

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

type Wanted = readonly [RenditionSize, RenditionType]

/** What pages ask for first, made when an image arrives; everything else is made when it is asked for. */
const usual: readonly Wanted[] = [
  ['50', 'webp'],
  ['200', 'webp'],
  ['200', 'jpg'],
  ['512', 'webp'],
  ['1024', 'webp'],
  ['1024', 'jpg'],
  ['2048', 'webp'],
]
/** Made when nothing else is to do: nobody waits for them. */
const later: readonly Wanted[] = [
  ['1024', 'avif'],
  ['2048', 'avif'],
]
/** Slices of a volume are read in the viewer; pages show them as thumbnails, and one of them large. */
const ofSlice: readonly Wanted[] = [['200', 'webp']]
const laterOfSlice: readonly Wanted[] = [
  ['512', 'webp'],
  ['1024', 'webp'],
]

/** A digital model is drawn 1024 pixels wide. */
const ofModel = usual.filter(([size]) => size !== '2048')

export function usualRenditions(kind: ImageKind): readonly Wanted[] {
  if (kind === 'model') return ofModel
  return kind === 'cbct' ? ofSlice : usual
}

export function largeRenditions(kind: ImageKind): readonly Wanted[] {
  if (kind === 'model') return []
  return kind === 'cbct' ? laterOfSlice : later
}

/** Whether a rendition is one that every image has, so that it stands outside the quota. */
export function isMadeUnasked(
  kind: ImageKind,
  frame: number,
  size: RenditionSize,
  type: RenditionType,
): boolean {
  return (
    frame === 1 &&
    [...usualRenditions(kind), ...largeRenditions(kind)].some((one) => one[0] === size && one[1] === type)
  )
}

/** The smallest picture of all: sent within a page's own HTML, where every byte counts for each image of a list. */
export const placeholderOutput: Output = { format: 'webp', width: 24, height: 24, quality: 40 }

/**
 * Names the bytes of an instance's renditions in a URL, together with its frame, size and type: as long as this is the
 * same, so are they. `studyImages` of the database makes the same for pages.
 */
export function renditionKey(fileSha256: Buffer, version = renditionVersion): string {
  return `${version}-${fileSha256.toString('hex').slice(0, 16)}`
}

/** Where all renditions of an instance by a version lie, with a slash at the end. */
export function renditionFolder(instanceId: string, version = renditionVersion): string {
  return `renditions/${instanceId}/${version}/`
}

/** Where a rendition lies in its practice's part of the object store. */
export function renditionName(
  instanceId: string,
  frame: number,
  size: RenditionSize,
  type: RenditionType,
  version = renditionVersion,
): string {
  return `${renditionFolder(instanceId, version)}${frame}/${size}.${type}`
}

export function isRenditionSize(text: string): text is RenditionSize {
  return renditionSizes.some((size) => size === text)
}

export function isRenditionType(text: string): text is RenditionType {
  return Object.hasOwn(renditionTypes, text)
}
