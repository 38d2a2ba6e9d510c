/** Widths the gateway renders, in output pixels; 50 and 200 are squares. */
export type RenditionSize = 50 | 200 | 512 | 1024 | 2048 | 'full'

export type Rendered = {
  studyInstanceUid: string
  seriesInstanceUid: string
  sopInstanceUid: string
  frame: number // 1-based
  /** names the content, see `StudyImage`; without it the browser asks anew each time */
  renditionKey?: string | null
}

/**
 * The address of one frame as a picture for browsers.
 *
 * An address that names its content is kept by the browser for good; a share's never, since it may be revoked.
 *
 * @param format null: what the browser likes best and is there, AVIF, WebP or JPEG
 * @param folder `''` for staff, `/s/{shareId}` for what a share opens
 */
export function renditionUrl(
  image: Rendered,
  size: RenditionSize,
  format: 'webp' | 'jpg' | null = 'webp',
  folder = '',
): string {
  const { studyInstanceUid, seriesInstanceUid, sopInstanceUid, frame, renditionKey } = image
  const path = `${folder}/renditions/${studyInstanceUid}/${seriesInstanceUid}/${sopInstanceUid}/${frame}/${size}`
  const key = folder === '' && renditionKey ? `?k=${encodeURIComponent(renditionKey)}` : ''
  return `${path}${format === null ? '' : `.${format}`}${key}`
}

/** A window as the gateway takes it, PS3.18 §8.3.5.1.4. */
type RenderedWindow = {
  center: number
  width: number
  function: 'linear' | 'linear-exact' | 'sigmoid'
}

/**
 * The address of one frame as it is laid on another, 1024 pixels wide.
 *
 * @param window the one that what is compared has in common; null leaves the picture its own
 * @param folder as for `renditionUrl`
 */
export function comparedPictureUrl(
  image: Rendered,
  window: RenderedWindow | null,
  folder = '',
  format: 'webp' | 'jpg' = 'webp',
): string {
  if (window === null) return renditionUrl(image, 1024, format, folder)
  const { center, width, function: kind } = window
  const path = renditionUrl({ ...image, renditionKey: null }, 1024, format, folder)
  return `${path}?window=${center},${width},${kind}`
}

/** What stands where a picture will be, as a CSS image: a few hundred bytes that came with the page. */
export function placeholderImage(placeholder: string | null): string | null {
  return placeholder ? `url(data:image/webp;base64,${placeholder})` : null
}

/** The file as it was received, for those with the right to it; its corrections are not in it. */
export function originalUrl({
  studyInstanceUid,
  seriesInstanceUid,
  sopInstanceUid,
}: Pick<Rendered, 'studyInstanceUid' | 'seriesInstanceUid' | 'sopInstanceUid'>): string {
  return `/api/studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}/original`
}

/** Opens a study in the viewer of this origin. */
export function viewerUrl(studyInstanceUid: string): string {
  return `/viewer/?StudyInstanceUIDs=${encodeURIComponent(studyInstanceUid)}`
}
