import { expandSegmentedPalette } from './expand-segmented-palette.ts'
import { items, numbers, type DicomAttributes } from './json-values.ts'
import type { LookupTable, Palette } from './pixels.ts'

/** The bytes, little endian, of an element that has a BulkDataURI. `path` is like `00281201` or `00283010/1/00283006` (items count from 1). */
export type BulkValue = (path: string, uri: string) => Uint8Array | undefined

/** A data set or item, its path for `bulkValue`, and that. */
export type Reader = { attributes: DicomAttributes; path: string; bulkValue: BulkValue | undefined }

/** Bytes of an element, wherever they are. */
export function bytesOf({ attributes, path, bulkValue }: Reader, tag: string): Uint8Array | null {
  const element = attributes[tag]
  if (element?.InlineBinary !== undefined) return Buffer.from(element.InlineBinary, 'base64')
  if (element?.BulkDataURI !== undefined) return bulkValue?.(path + tag, element.BulkDataURI) ?? null
  return null
}

/** LUT entries as 16-bit numbers. Entries of 8 bits come one to a byte or one to a word (PS3.3 §C.7.6.3.1.6). */
function tableValues(read: Reader, tag: string, count: number | 'all words'): Uint16Array | null {
  const listed = numbers(read.attributes, tag)
  if (listed.length > 1) return Uint16Array.from(listed) // wraps SS to the same 16 bits
  const bytes = bytesOf(read, tag)
  if (bytes === null) return null
  if (count !== 'all words' && bytes.length < count * 2 - 1) return Uint16Array.from(bytes.subarray(0, count))
  const length = count === 'all words' ? bytes.length >> 1 : Math.min(count, bytes.length >> 1)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint16Array.from({ length }, (_, index) => view.getUint16(index * 2, true))
}

function descriptor(attributes: DicomAttributes, tag: string, asStored: (value: number) => number) {
  const [count, first, bits] = numbers(attributes, tag)
  if (count === undefined || first === undefined || bits === undefined) return null
  const unsignedCount = count < 0 ? count + 65536 : count // written as SS
  return { count: unsignedCount === 0 ? 65536 : unsignedCount, first: asStored(first), bits }
}

/** The first table of a LUT sequence. @param asStored brings its first input into the image's range */
export function sequenceLut(
  read: Reader,
  sequence: string,
  asStored: (value: number) => number,
): LookupTable | null {
  const item = items(read.attributes, sequence)[0]
  const table = item && descriptor(item, '00283002', asStored)
  if (!item || !table) return null
  const values = tableValues(
    { ...read, attributes: item, path: `${read.path}${sequence}/1/` },
    '00283006',
    table.count,
  )
  if (values === null || values.length === 0) return null
  return { first: table.first, bits: usedBits(table.bits, values), values }
}

/** Bits per entry; the descriptor's third value is wrong often enough to be checked against the entries. */
function usedBits(declared: number, values: Uint16Array): number {
  const largest = values.reduce((a, b) => Math.max(a, b), 0)
  if (declared < 1 || declared > 16 || largest >= 2 ** declared)
    return Math.max(8, Math.ceil(Math.log2(largest + 1)))
  return declared > 8 && largest < 256 ? 8 : declared
}

export function palette(read: Reader, asStored: (value: number) => number): Palette | null {
  const channels = ['1', '2', '3'].map((channel) => {
    const table = descriptor(read.attributes, `0028110${channel}`, asStored)
    if (!table) return null
    const segmented = tableValues(read, `0028122${channel}`, 'all words')
    const values = segmented
      ? expandSegmentedPalette(segmented, table.count)
      : tableValues(read, `0028120${channel}`, table.count)
    return values && values.length > 0 ? { first: table.first, bits: table.bits, values } : null
  })
  const [red, green, blue] = channels
  if (!red || !green || !blue) return null

  // 8-bit entries may be declared as 16; judged over the three together, or one dark channel would be stretched.
  const bits = Math.max(...[red, green, blue].map((channel) => usedBits(channel.bits, channel.values)))
  const toBytes = (values: Uint16Array) =>
    Uint8Array.from(values, (value) => (bits > 8 ? value >> (bits - 8) : value))
  return {
    first: red.first,
    red: toBytes(red.values),
    green: toBytes(green.values),
    blue: toBytes(blue.values),
  }
}
