import { items, type DicomAttributes } from './json-values.ts'
import { overlayDataTags } from './overlay-planes.ts'

const wanted = new Set([
  ...overlayDataTags,
  ...['00281201', '00281202', '00281203', '00281221', '00281222', '00281223'], // of a palette
  '00282000', // ICC Profile
  '00283006', // LUT Data
])
const sequences = ['00283000', '00283010', '00283110', '20500010']

/** Which elements `presentationOf` needs that the metadata keeps as bulk data: their paths for `bulkValue`. */
export function presentationBulkData(attributes: DicomAttributes, path = ''): string[] {
  const own = Object.entries(attributes).flatMap(([tag, element]) =>
    element?.BulkDataURI !== undefined && wanted.has(tag) ? [path + tag] : [],
  )
  const inside = sequences.flatMap((tag) =>
    items(attributes, tag).flatMap((item, index) =>
      presentationBulkData(item, `${path}${tag}/${index + 1}/`),
    ),
  )
  return [...own, ...inside]
}
