import { archOf } from '@bitewing/models'
import type { Archive } from '../archive/archive.ts'
import { modelFormatOf } from '../dental/model-format-of.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { readEncapsulated } from '../originals/read-encapsulated.ts'
import { PixelError } from '../pixels/pixel-error.ts'
import type { Output, Pixels, Rendition } from '../pixels/pixels.ts'
import { items, text, type Attributes } from '../study-index/attribute-values.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'

/** Largest file of a mesh that is drawn, in bytes; larger ones are shown when they are opened. */
const modelBytesMax = 128 * 1024 * 1024
/** Half a million triangles take a second on a quiet machine. */
const modelMsMax = 30_000

/**
 * Pictures of a digital model for lists, where an image has its thumbnails.
 *
 * @throws {PixelError} when its mesh is refused
 */
export async function drawModel(
  ports: { archive: Archive; objectStore: ObjectStore; pixels: Pixels },
  tenantId: string,
  held: HeldInstance,
  outputs: Output[],
  priority: 'interactive' | 'background',
): Promise<Rendition[]> {
  const format = modelFormatOf(held)
  if (format === null) throw new PixelError('unsupported', 'not a mesh that is drawn')
  const attributes = JSON.parse(held.metadata) as Attributes // our own JSON
  const bytes = await readEncapsulated(ports, tenantId, held, attributes, modelBytesMax)
  if (bytes === null) throw new PixelError('damaged', 'no mesh inside')
  if (bytes === 'too-large') throw new PixelError('too-large', 'a mesh over the limit')
  const regions = items(attributes, '00082218').map((item) => text(item, '00080100'))
  const words = [text(attributes, '00420010'), text(attributes, '0008103E'), text(attributes, '00204000')]
  const arch = archOf(regions, words.join(' '))
  return ports.pixels.drawModel({ bytes, format, arch, outputs, priority, timeoutMs: modelMsMax })
}
