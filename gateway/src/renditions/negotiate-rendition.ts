import { parseMediaTypes } from '../dicom/multipart/media-types.ts'
import { renditionTypes, type RenditionType } from './rendition.ts'

/** Best first: what takes fewest bytes for the same picture. */
const preferred: readonly RenditionType[] = ['avif', 'webp', 'jpg', 'png']

/**
 * The types a client takes for a rendition whose address names none, best first (RFC 9110 §12.5.1). WebP and AVIF only
 * where they are named: whoever sends a wildcard alone may be older than they are. Among equal `q` the smallest comes first.
 *
 * @param accept the header; absent or empty: anything, so JPEG
 */
export function negotiateRendition(accept: string | undefined): RenditionType[] {
  if (accept === undefined || accept.trim() === '') return ['jpg', 'png']
  const ranges = parseMediaTypes(accept)
  const weightOf = (type: RenditionType) => {
    const named = ranges.find(({ essence }) => essence === renditionTypes[type].mediaType)
    if (named) return named.q
    if (type === 'avif' || type === 'webp') return 0
    const family = ranges.find(({ essence }) => essence === 'image/*')
    return (family ?? ranges.find(({ essence }) => essence === '*/*'))?.q ?? 0
  }
  return preferred
    .map((type) => ({ type, weight: weightOf(type) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ type }) => type)
}
