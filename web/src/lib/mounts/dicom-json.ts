/** An instance's metadata as DICOM JSON (PS3.18 Annex F); nothing in it is trusted. */
export type DataSet = Readonly<Record<string, unknown>>

/** Items of a sequence. @param tag eight hex digits in upper case */
export function items(dataSet: DataSet, tag: string): DataSet[] {
  return values(dataSet, tag).flatMap((value) =>
    typeof value === 'object' && value !== null ? [{ ...value }] : [],
  )
}
/** Code Values (0008,0100) of a code sequence. */
export function codesOf(dataSet: DataSet, tag: string): string[] {
  return items(dataSet, tag)
    .map((item) => firstText(item, '00080100'))
    .filter((code) => code !== '')
}
export function firstText(dataSet: DataSet, tag: string): string {
  const [value] = values(dataSet, tag)
  return typeof value === 'string' ? value.trim() : ''
}

function values(dataSet: DataSet, tag: string): unknown[] {
  const attribute = dataSet[tag]
  if (typeof attribute !== 'object' || attribute === null || !('Value' in attribute)) return []
  return Array.isArray(attribute.Value) ? attribute.Value : []
}
