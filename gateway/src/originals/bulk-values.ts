import type { Archive } from '../archive/archive.ts'
import { readBulkData } from '../dicom/read-bulk-data.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import type { HeldInstance } from '../study-index/find-instance.ts'
import { originalSource } from './read-original.ts'

/** Longest lookup table, overlay or ICC profile that is read, in bytes. */
const bulkBytesMax = 4 * 1024 * 1024

/** Bulk values of an instance, in memory, by their paths; those that are too long or not there are left out. */
export async function bulkValues(
  ports: { archive: Archive; objectStore: ObjectStore },
  tenantId: string,
  held: HeldInstance,
  paths: readonly string[],
): Promise<Map<string, Uint8Array>> {
  const values = new Map<string, Uint8Array>()
  for (const path of paths) {
    const value = readBulkData(originalSource(ports, tenantId, held), held.bulkIndex, path)
    if (!value || value.parts.reduce((sum, { bytes }) => sum + bytes, 0) > bulkBytesMax) continue
    const chunks: Uint8Array[] = []
    for (const part of value.parts) for await (const chunk of part.stream()) chunks.push(chunk)
    values.set(path, Buffer.concat(chunks))
  }
  return values
}
