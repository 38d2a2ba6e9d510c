import type { Keyword } from './attributes.ts'
import { attributes } from './attributes.ts'

/** A data set by keyword. Several values are an array; a sequence is an array of data sets; null is an empty value. */
export type DataSet = {
  [K in Keyword]?:
    | string
    | number
    | readonly string[]
    | readonly number[]
    | readonly DataSet[]
    | Uint8Array
    | Uint16Array
    | null
}

/** Pixels in one compressed fragment, for an encapsulated transfer syntax. */
export type EncapsulatedFrame = { transferSyntaxUid: string; fragment: Uint8Array }

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1'
const IMPLEMENTATION_UID = '2.25.157204412823418437285061905134706275913'
const LONG = new Set(['OB', 'OW', 'SQ', 'UN', 'UT', 'UC', 'UR', 'OD', 'OF', 'OL'])

/**
 * Writes a whole DICOM file: preamble, file meta information and data set in Explicit VR Little Endian
 * (PS3.5 §7.1.2, PS3.10 §7), sequences with explicit lengths, elements by ascending tag.
 *
 * @param encapsulated the frame of a compressed image; Pixel Data is then written as a sequence of fragments (PS3.5 §A.4)
 * @throws {Error} when SOP Class or Instance UID is missing
 */
export function writePart10(dataSet: DataSet, encapsulated?: EncapsulatedFrame): Uint8Array {
  const { SOPClassUID, SOPInstanceUID } = dataSet
  if (typeof SOPClassUID !== 'string' || typeof SOPInstanceUID !== 'string')
    throw new Error('A DICOM file needs its SOP class and instance UID.')

  const meta = Buffer.concat([
    element(0x00020001, 'OB', Buffer.from([0, 1])),
    element(0x00020002, 'UI', text('UI', SOPClassUID)),
    element(0x00020003, 'UI', text('UI', SOPInstanceUID)),
    element(0x00020010, 'UI', text('UI', encapsulated?.transferSyntaxUid ?? EXPLICIT_LITTLE_ENDIAN)),
    element(0x00020012, 'UI', text('UI', IMPLEMENTATION_UID)),
    element(0x00020013, 'SH', text('SH', 'BITEWING_DEMO')),
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(meta.length)
  const parts = [
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(0x00020000, 'UL', length),
    meta,
    writeDataSet(dataSet),
  ]
  if (encapsulated) parts.push(encapsulate(encapsulated.fragment))
  return Buffer.concat(parts)
}

function writeDataSet(dataSet: DataSet): Buffer {
  const parts: { tag: number; bytes: Buffer }[] = []
  for (const [keyword, value] of Object.entries(dataSet)) {
    if (value === undefined || !isKeyword(keyword)) continue
    const [tag, vr] = attributes[keyword]
    parts.push({ tag, bytes: element(tag, vr, encode(vr, value)) })
  }
  return Buffer.concat(parts.sort((a, b) => a.tag - b.tag).map((part) => part.bytes))
}

function isKeyword(name: string): name is Keyword {
  return Object.hasOwn(attributes, name)
}

function encode(vr: string, value: NonNullable<DataSet[Keyword]> | null): Buffer {
  if (value === null) return Buffer.alloc(0)
  if (value instanceof Uint16Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (value instanceof Uint8Array)
    return padded(Buffer.from(value.buffer, value.byteOffset, value.byteLength), 0)
  const values: readonly (string | number | DataSet)[] =
    typeof value === 'string' || typeof value === 'number' ? [value] : value
  if (vr === 'SQ')
    return Buffer.concat(
      values.map((item) => (typeof item === 'object' ? sequenceItem(item) : Buffer.alloc(0))),
    )
  if (vr === 'US' || vr === 'SS') {
    const out = Buffer.alloc(values.length * 2)
    values.forEach((v, i) =>
      vr === 'US' ? out.writeUInt16LE(Number(v), i * 2) : out.writeInt16LE(Number(v), i * 2),
    )
    return out
  }
  if (vr === 'FL') {
    const out = Buffer.alloc(values.length * 4)
    values.forEach((v, i) => out.writeFloatLE(Number(v), i * 4))
    return out
  }
  return text(
    vr,
    values.map((v) => (typeof v === 'number' ? decimal(v) : typeof v === 'string' ? v : '')).join('\\'),
  )
}

/** A Decimal or Integer String of at most 16 characters (PS3.5 §6.2). */
function decimal(value: number): string {
  return String(Number(value.toFixed(6)))
}

function text(vr: string, value: string): Buffer {
  return padded(Buffer.from(value, 'utf8'), vr === 'UI' ? 0 : 0x20)
}

function padded(bytes: Buffer, filler: number): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from([filler])])
}

function sequenceItem(dataSet: DataSet): Buffer {
  const body = writeDataSet(dataSet)
  return Buffer.concat([itemHeader(0xe000, body.length), body])
}

function itemHeader(elementNumber: number, length: number): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16LE(0xfffe, 0)
  head.writeUInt16LE(elementNumber, 2)
  head.writeUInt32LE(length, 4)
  return head
}

function element(tag: number, vr: string, value: Buffer, length = value.length): Buffer {
  const long = LONG.has(vr)
  const head = Buffer.alloc(long ? 12 : 8)
  head.writeUInt16LE(tag >>> 16, 0)
  head.writeUInt16LE(tag & 0xffff, 2)
  head.write(vr, 4, 'latin1')
  if (long) head.writeUInt32LE(length, 8)
  else head.writeUInt16LE(length, 6)
  return Buffer.concat([head, value])
}

function encapsulate(fragment: Uint8Array): Buffer {
  const bytes = padded(Buffer.from(fragment.buffer, fragment.byteOffset, fragment.byteLength), 0)
  const offsets = Buffer.alloc(4) // one frame, which begins right after the offset table
  return Buffer.concat([
    element(0x7fe00010, 'OB', Buffer.alloc(0), 0xffffffff),
    itemHeader(0xe000, offsets.length),
    offsets,
    itemHeader(0xe000, bytes.length),
    bytes,
    itemHeader(0xe0dd, 0),
  ])
}
