import type { Archive } from '../archive/archive.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { imageBulkData } from '../pixels/image-bulk-data.ts'
import { imageDescription, type DicomAttributes } from '../pixels/image-description.ts'
import type { ImageDescription } from '../pixels/pixels.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { bulkValues } from './bulk-values.ts'

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
  const paths = imageBulkData(attributes).map(({ path }) => path)
  const values = await bulkValues(ports, tenantId, held, paths)
  return imageDescription(attributes, { frame, bulkValue: (path) => values.get(path) })
}
