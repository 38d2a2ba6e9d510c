/** Widths the gateway renders, in output pixels; 50 and 200 are squares. */
export type RenditionSize = 50 | 200 | 512 | 1024 | 2048

export type Rendered = {
  studyInstanceUid: string
  seriesInstanceUid: string
  sopInstanceUid: string
  frame: number // 1-based
}

/**
 * The address of one frame as a picture for browsers.
 *
 * @param folder `''` for staff, `/s/{shareId}` for what a share opens
 */
export function renditionUrl(
  image: Rendered,
  size: RenditionSize,
  format: 'webp' | 'jpg' = 'webp',
  folder = '',
): string {
  const { studyInstanceUid, seriesInstanceUid, sopInstanceUid, frame } = image
  return `${folder}/renditions/${studyInstanceUid}/${seriesInstanceUid}/${sopInstanceUid}/${frame}/${size}.${format}`
}

/** Opens a study in the viewer of this origin. */
export function viewerUrl(studyInstanceUid: string): string {
  return `/viewer/?StudyInstanceUIDs=${encodeURIComponent(studyInstanceUid)}`
}
