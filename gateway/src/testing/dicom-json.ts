/** DICOM JSON as tests read it, PS3.18 Annex F. */
export type DicomJson = Record<string, { vr: string; Value?: unknown[]; BulkDataURI?: string }>

/** Values of an attribute; empty when it is absent. */
export function values(object: DicomJson | undefined, tag: string): unknown[] {
  return object?.[tag]?.Value ?? []
}

/** Items of a sequence. */
export function sequence(object: DicomJson | undefined, tag: string): DicomJson[] {
  return values(object, tag) as DicomJson[] // SQ holds objects
}
