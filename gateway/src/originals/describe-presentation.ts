import type { Archive } from '../archive/archive.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import type { DicomAttributes } from '../pixels/image-description.ts'
import { presentationBulkData } from '../pixels/presentation-bulk-data.ts'
import { presentationOf } from '../pixels/presentation-of.ts'
import type { ImageDescription, Presentation } from '../pixels/pixels.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { bulkValues } from './bulk-values.ts'

/**
 * What a presentation state wants of a frame, from the kept metadata of both; long tables and overlays are fetched from
 * the originals.
 *
 * @throws {PixelError} when the state is not for such an image
 */
export async function describePresentation(
  ports: { archive: Archive; objectStore: ObjectStore },
  tenantId: string,
  state: HeldInstance,
  held: HeldInstance,
  frame: number,
  image: ImageDescription,
): Promise<Presentation> {
  // our own JSON
  const [attributes, imageAttributes] = [
    JSON.parse(state.metadata) as DicomAttributes,
    JSON.parse(held.metadata) as DicomAttributes,
  ]
  const overlays = presentationBulkData(imageAttributes).filter((path) => /^60[01]/.test(path))
  const [values, imageValues] = [
    await bulkValues(ports, tenantId, state, presentationBulkData(attributes)),
    await bulkValues(ports, tenantId, held, overlays),
  ]
  return presentationOf(attributes, { sopInstanceUid: held.sopInstanceUid, frame }, image, {
    bulkValue: (path) => values.get(path),
    imageAttributes,
    imageBulkValue: (path) => imageValues.get(path),
  })
}
