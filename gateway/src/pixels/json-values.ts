/** One attribute of the DICOM JSON model, PS3.18 §F.2.2. */
type DicomElement = { vr: string; Value?: unknown[]; InlineBinary?: string; BulkDataURI?: string }

/** A data set or a sequence item: eight hex digits in uppercase to element. */
export type DicomAttributes = { [tag: string]: DicomElement | undefined }

/** Numbers of an attribute; those that are none are left out. */
export function numbers(attributes: DicomAttributes, tag: string): number[] {
  // DS and IS may stand as strings where a number would lose digits (PS3.18 Table F.2.3-1).
  return (attributes[tag]?.Value ?? []).map(Number).filter(Number.isFinite)
}

export function integer(attributes: DicomAttributes, tag: string): number | null {
  const value = attributes[tag]?.Value?.[0]
  return typeof value === 'number' && Number.isInteger(value) ? value : null
}

export function text(attributes: DicomAttributes, tag: string): string | null {
  const value = attributes[tag]?.Value?.[0]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

/** The items of a sequence. */
export function items(attributes: DicomAttributes, tag: string): DicomAttributes[] {
  const element = attributes[tag]
  if (element?.vr !== 'SQ') return []
  // An item of a SQ is an attribute map by the JSON model; each value in it is checked where it is read.
  return (element.Value ?? []).filter(
    (item) => typeof item === 'object' && item !== null,
  ) as DicomAttributes[]
}
