import type { DicomAttributes } from './json-values.ts'
import { overlayDataTags } from './overlay-planes.ts'

const wanted = new Set([
  '00281201', // Red, Green, Blue Palette Color Lookup Table Data
  '00281202',
  '00281203',
  '00281221', // the same, segmented
  '00281222',
  '00281223',
  '00282000', // ICC Profile
  ...overlayDataTags,
])

/**
 * Which elements `imageDescription` needs that the metadata keeps as bulk data, so that a caller can fetch them first.
 *
 * @returns the path to hand back through `bulkValue`, and where the element says its bytes are
 */
export function imageBulkData(attributes: DicomAttributes): { path: string; uri: string }[] {
  const found: { path: string; uri: string }[] = []
  for (const tag of wanted) {
    const uri = attributes[tag]?.BulkDataURI
    if (uri !== undefined) found.push({ path: tag, uri })
  }
  for (const sequence of ['00283000', '00283010']) {
    const item: unknown = attributes[sequence]?.Value?.[0]
    if (typeof item !== 'object' || item === null || !('00283006' in item)) continue
    const data: unknown = item['00283006'] // LUT Data
    if (
      typeof data === 'object' &&
      data !== null &&
      'BulkDataURI' in data &&
      typeof data.BulkDataURI === 'string'
    ) {
      found.push({ path: `${sequence}/1/00283006`, uri: data.BulkDataURI })
    }
  }
  return found
}
