import type { Archive } from '../archive/archive.ts'
import { readBulkData } from '../dicom/read-bulk-data.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { integer, type Attributes } from '../study-index/attribute-values.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { originalSource } from './read-original.ts'

const encapsulatedDocument = '00420011'

/**
 * The document inside an instance, as long as the instance says that it is (PS3.3 §C.24.2); where it does not say, a byte
 * that makes the length even may follow.
 *
 * @returns null when there is none; `too-large` before any of it is read
 */
export async function readEncapsulated(
  ports: { archive: Archive; objectStore: ObjectStore },
  tenantId: string,
  held: HeldInstance,
  attributes: Attributes,
  bytesMax: number,
): Promise<Buffer | 'too-large' | null> {
  const length = integer(attributes, '00420015')
  const inline = attributes[encapsulatedDocument]?.InlineBinary
  if (inline !== undefined) return cut(Buffer.from(inline, 'base64'), length)
  const value = readBulkData(originalSource(ports, tenantId, held), held.bulkIndex, encapsulatedDocument)
  const [part] = value?.parts ?? []
  if (!part) return null
  if (part.bytes > bytesMax) return 'too-large'
  const chunks: Uint8Array[] = []
  for await (const chunk of part.stream()) chunks.push(chunk)
  return cut(Buffer.concat(chunks), length)
}

function cut(bytes: Buffer, length: number | null): Buffer {
  if (length !== null && length > 0 && length <= bytes.length) return bytes.subarray(0, length)
  return bytes
}
