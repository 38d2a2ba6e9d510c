import { integer, numbers, text, type DicomAttributes } from './json-values.ts'
import { bytesOf, type BulkValue } from './lookup-tables.ts'
import type { OverlayPlane } from './pixels.ts'

/** Tags of Overlay Data of every group. */
export const overlayDataTags = Array.from(
  { length: 16 },
  (_, index) => `${groupName(0x6000 + index * 2)}3000`,
)

/**
 * The overlay planes of a frame. Those whose bits are missing or too few are left out.
 *
 * @see DICOM PS3.3 §C.9.2 Overlay Plane Module, §C.9.3 Multi-frame Overlay Module
 */
export function overlayPlanes(
  attributes: DicomAttributes,
  { frame = 1, bulkValue }: { frame?: number; bulkValue?: BulkValue | undefined } = {},
): OverlayPlane[] {
  const planes: OverlayPlane[] = []
  for (let group = 0x6000; group <= 0x601e; group += 2) {
    const name = groupName(group)
    const rows = integer(attributes, `${name}0010`)
    const columns = integer(attributes, `${name}0011`)
    if (!rows || !columns || text(attributes, `${name}0040`) === null) continue

    const first = integer(attributes, `${name}0051`) ?? 1 // Image Frame Origin
    const count = integer(attributes, `${name}0015`) ?? 1
    const number = count > 1 ? frame - first : 0
    if (number < 0 || number >= count) continue

    const [top = 1, left = 1] = numbers(attributes, `${name}0050`)
    const data = bytesOf({ attributes, path: '', bulkValue }, `${name}3000`)
    const bits = data && frameBits(data, number * rows * columns, rows * columns)
    const position = integer(attributes, `${name}0102`) ?? 0
    const embedded = data === null && (integer(attributes, `${name}0100`) ?? 1) > 1
    if (!bits && !embedded) continue
    planes.push({
      group,
      rows,
      columns,
      top: top - 1,
      left: left - 1,
      bits,
      embeddedBit: embedded ? position : null,
    })
  }
  return planes
}

function groupName(group: number): string {
  return group.toString(16).toUpperCase()
}

/** The bits of one plane, moved to begin with a byte; null when there are not so many. */
function frameBits(data: Uint8Array, from: number, count: number): Uint8Array | null {
  if (data.length * 8 < from + count) return null
  if (from % 8 === 0) return data.subarray(from / 8, from / 8 + Math.ceil(count / 8))
  const bits = new Uint8Array(Math.ceil(count / 8))
  for (let index = 0; index < count; index++) {
    const at = from + index
    if (((data[at >> 3] ?? 0) >> (at & 7)) & 1)
      bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7))
  }
  return bits
}
