import type { Archive } from '../archive/archive.ts'
import type { ByteSource } from '../dicom/byte-source.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { readOriginalBytes } from './read-original-bytes.ts'
import type { OriginalPlace } from './read-original.ts'

/**
 * One stretch of an original in memory, under the positions it has in the file: a frame or a bulk value is
 * fetched by one request and then read here and there.
 *
 * @param span positions in the file, both included; a caller bounds it, since it is held in memory
 * @returns null when the original is nowhere
 */
export async function spanSource(
  ports: { archive: Archive; objectStore: ObjectStore },
  tenantId: string,
  place: OriginalPlace,
  span: { start: number; end: number },
): Promise<ByteSource | null> {
  const bytes = await readOriginalBytes(ports, tenantId, place, span)
  if (!bytes) return null
  return {
    bytes: place.fileBytes,
    read: (start, end) =>
      Promise.resolve(bytes.subarray(Math.max(0, start - span.start), Math.max(0, end - span.start))),
  }
}
