import type { Archive } from '../archive/archive.ts'
import { readBulkData } from '../dicom/read-bulk-data.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { imageBulkData } from '../pixels/image-bulk-data.ts'
import { imageDescription, type DicomAttributes } from '../pixels/image-description.ts'
import type { ImageDescription } from '../pixels/pixels.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { originalSource } from './read-original.ts'

/** Longest lookup table or ICC profile that is read, in bytes. */
const bulkBytesMax = 4 * 1024 * 1024

/**
 * What a frame's pixels mean, from the kept metadata; long lookup tables are fetched from the original.
 *
 * @throws {PixelError} when there is no image or it cannot be described
 */
export async function describeImage(
  ports: { archive: Archive; objectStore: ObjectStore },
  tenantId: string,
  held: HeldInstance,
  frame: number,
): Promise<ImageDescription> {
  const attributes = JSON.parse(held.metadata) as DicomAttributes
  const values = new Map<string, Uint8Array>()
  for (const { path } of imageBulkData(attributes)) {
    const value = readBulkData(originalSource(ports, tenantId, held), held.bulkIndex, path)
    if (!value || value.parts.reduce((sum, { bytes }) => sum + bytes, 0) > bulkBytesMax) continue
    const chunks: Uint8Array[] = []
    for (const part of value.parts) for await (const chunk of part.stream()) chunks.push(chunk)
    values.set(path, Buffer.concat(chunks))
  }
  return imageDescription(attributes, { frame, bulkValue: (path) => values.get(path) })
}
