import { parseMediaType } from '../dicom/multipart/media-types.ts'
import { parseMultipart } from '../dicom/multipart/parse-multipart.ts'
import { collect } from '../dicom/testing.ts'

/** The parts of a multipart answer, in memory. */
export async function readParts(
  response: Response,
): Promise<{ headers: ReadonlyMap<string, string>; bytes: Buffer }[]> {
  const type = parseMediaType(response.headers.get('Content-Type') ?? '')
  if (type?.essence !== 'multipart/related' || !response.body) throw new Error('not a multipart answer')
  const parts = []
  for await (const part of parseMultipart(response.body, { boundary: type.parameters.get('boundary') })) {
    parts.push({ headers: part.headers, bytes: await collect(part.body) })
  }
  return parts
}
