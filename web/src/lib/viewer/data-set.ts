/** A DICOM JSON object as the index keeps it. @throws {SyntaxError} when it is none: the index is broken */
export function parseDataSet(json: string): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(json)
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
}
