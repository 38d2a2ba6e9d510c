import { renditionUrl } from '#lib/rendition-url.ts'
import type { ComparisonImage } from './comparison-images.ts'
import type { ImageFacts } from './image-facts.ts'

/** Longest side of what is shown and exported, in output pixels. */
export const pictureSideMax = 2048

/**
 * The picture of an image within a comparison.
 *
 * @param window the one that all of them are shown with; null leaves each its own
 */
export function pictureUrl(
  image: ComparisonImage,
  facts: ImageFacts | undefined,
  window: ImageFacts['window'],
): string {
  const own = facts?.window ?? null
  const same =
    window === null ||
    (own !== null &&
      own.center === window.center &&
      own.width === window.width &&
      own.function === window.function)
  if (same) return renditionUrl(image, 2048, 'webp')
  const { studyInstanceUid, seriesInstanceUid, sopInstanceUid, frame } = image
  const query = new URLSearchParams({
    viewport: `${pictureSideMax},${pictureSideMax}`,
    window: `${window.center},${window.width},${window.function}`,
    quality: '90',
    accept: 'image/webp',
  })
  return `/dicom-web/studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}/frames/${frame}/rendered?${query}`
}
