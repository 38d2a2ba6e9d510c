/**
 * The stored DICOM JSON of an instance with absolute BulkDataURIs.
 *
 * One search for a text that cannot occur inside a JSON string (its quotes would be escaped), so that the
 * metadata of a series is put together without parsing anything.
 *
 * @param json    what `toDicomJson` made
 * @param baseUrl where the instance's bulk data begin, ending in `/`
 */
export function resolveBulkDataUris(json: string, baseUrl: string): string {
  const start = `"BulkDataURI":"${JSON.stringify(baseUrl).slice(1, -1)}`
  return json.replaceAll('"BulkDataURI":"', () => start)
}
